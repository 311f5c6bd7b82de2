// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BasicContainers
internal import BPFObject
internal import Diagnostics

/// Carries a load plan out, step by step; whatever goes wrong, what was made until then is let go again.
struct Loader: Sendable {
    /// What the plan leaves to the machine it is carried out on.
    struct Options: Sendable {
        /// The mount point of the bpf file system that pins go to.
        var mountPoint = PinPath.usualMountPoint
        /// `LINUX_VERSION_CODE` for an object that states none; kernels before 5.0 compare it with their own.
        var kernelVersion: UInt32
        /// Asked before each map and program: true ends the load with an error, and what was made is let go.
        var isEnding: @Sendable () -> Bool = { false }
        /// Programs that others can stand in for: should the kernel refuse one, the load goes on.
        var replaceable: Set<String> = []

        /// Creates options.
        init(kernelVersion: UInt32) { self.kernelVersion = kernelVersion }
    }

    private let object: Object
    private let plan: LoadPlan
    private let options: Options

    /// Prepares to carry a plan out.
    ///
    /// - Parameters:
    ///   - plan: The plan, made of `object`.
    ///   - object: The object.
    ///   - options: What the plan leaves open.
    init(_ plan: LoadPlan, of object: Object, options: Options) {
        self.plan = plan
        self.object = object
        self.options = options
    }

    /// Creates or reuses the maps and loads the programs.
    func load() throws(BPFError) -> LoadedObject {
        var loaded = LoadedObject(maps: MapList(names: object.maps.map(\.name)))
        try load(into: &loaded)
        return loaded
    }

    /// Loads the programs of the plan, and the maps that are not there yet.
    ///
    /// - Parameter isAddition: Whether another plan of the object was carried out before.
    func load(into loaded: inout LoadedObject, isAddition: Bool = false) throws(BPFError) {
        // Maps and programs hold the types themselves once they are there.
        let handle = try types(&loaded)
        let types = handle.descriptor
        let features = KernelFeatures()
        // The kernel keeps what a program uses of them.
        var modules = ModuleTypes()
        for step in plan.steps {
            if options.isEnding() {
                throw BPFError(
                    .loadProgram, .loadInterrupted, errno: .interrupted, "\(object.name) is not loaded",
                    cause: "the load was asked to end")
            }
            switch step {
            case .map(let step):
                guard loaded.maps.descriptors[step.map] < 0 else { continue }
                do throws(BPFError) {
                    if let structure = step.structure {
                        let module = try modules.descriptor(of: structure.object.module)
                        let map = try StructureMap.create(
                            structure, name: step.name.text, types: types, module: module)
                        try loaded.maps.add(structure: map, step)
                    } else {
                        try loaded.maps.add(step, mountPoint: options.mountPoint, types: types)
                    }
                } catch {
                    throw doubted(placed(error, map: step.name.text))
                }
            // Maps of maps were made and filled with the first programs.
            case .insertInner where isAddition: continue
            case .insertInner(let outer, let key, let inner):
                do throws(BPFError) {
                    try loaded.maps.insert(inner: inner, into: outer, key: key)
                } catch {
                    throw placed(error, map: object.maps[outer].name)
                }
            case .insertProgram(let map, let key, let function):
                guard let index = loaded.programs.index(of: function) else { continue }
                do throws(BPFError) {
                    try loaded.maps.insert(program: loaded.programs.descriptor(at: index), into: map, key: key)
                } catch {
                    throw placed(error, map: object.maps[map].name)
                }
            case .load(let step):
                let program = plan.programs[step.program]
                do throws(BPFError) {
                    let places = fetchesToDrop(program, features)
                    let handle = try load(
                        program, step, loaded.maps.descriptors, types, &modules, withoutFetch: places)
                    if !places.isEmpty { loaded.maps.note(Self.note(on: program, withoutFetch: places, object)) }
                    loaded.programs.add(handle, program.definition)
                } catch {
                    if error.isOfProgramAlone, self.options.replaceable.contains(program.definition.name) {
                        loaded.refuse(program.definition, error)
                        continue
                    }
                    guard step.isOptional else { throw error }
                    loaded.omit(LoadPlan.Omission(program.definition, because: error.diagnostic))
                }
            }
        }
        extendLifetime(handle)
    }

    /// The object's types in the kernel, as far as it takes them.
    ///
    /// What it knows is asked only where it refused: on most kernels the first attempt is the only one.
    private func types(_ loaded: inout LoadedObject) throws(BPFError) -> LoadedTypes {
        guard let types = plan.types else { return LoadedTypes() }
        do throws(BTFError) {
            if let handle = try? BTFHandle.loadQuietly(types.bytes(for: BTFFeatures(BTFFeature.allCases))) {
                return LoadedTypes(handle)
            }
            let support = KernelFeatures().support(for: types.usedFeatures)
            let bytes = try types.bytes(for: support)
            do throws(BPFError) {
                return LoadedTypes(try BTFHandle.load(bytes))
            } catch {
                // Without privilege nothing else will do either, and the maps say so better.
                guard error.errno != .notPermitted else { return LoadedTypes() }
                loaded.note(types: error.diagnostic, object: object.name)
            }
        } catch {
            loaded.note(
                types: Diagnostic(.typesNotLoaded, .warning, stage: .program, error.description),
                object: object.name)
        }
        return LoadedTypes()
    }

    private func load(
        _ program: LinkedProgram, _ step: LoadPlan.ProgramStep, _ descriptors: [Int32], _ types: Int32?,
        _ modules: inout ModuleTypes, withoutFetch places: [Int]
    ) throws(BPFError) -> Program {
        let attachModule: Int32?
        let moduleDescriptors: [UInt32: Int32]
        do throws(BPFError) {
            attachModule = try modules.descriptor(of: step.attachPoint?.module ?? 0)
            moduleDescriptors = try modules.descriptors(of: program.moduleVariables.map(\.module) + program.modules)
        } catch {
            throw placed(error, map: nil)
        }
        // Open until the kernel has taken it over from the load.
        var other: Program?
        if let id = step.attachPoint?.program, id != 0 { other = try Program(id: id) }
        let otherDescriptor = other?.descriptor.rawValue
        defer { extendLifetime(other) }
        let instructions: [Instruction]
        do throws(ObjectError) {
            instructions =
                try program.instructions(mapDescriptors: descriptors, moduleDescriptors: moduleDescriptors)
                .withoutFetch(at: places)
        } catch {
            throw error.asBPFError
        }
        var attributes = Program.Attributes(
            type: step.type.rawValue, name: step.name, instructions: instructions, license: step.license,
            kernelVersion: step.kernelVersion ?? options.kernelVersion)
        attributes.expectedAttachType = step.member ?? step.attachType?.rawValue ?? 0
        attributes.flags = step.flags
        attributes.attachBTFID = step.attachPoint?.id ?? 0
        attributes.attachTarget = otherDescriptor ?? attachModule
        attributes.descriptors = program.modules.map { moduleDescriptors[$0] ?? 0 }
        if let types {
            attributes.btf = types
            attributes.functionInfo = program.functionInfo.map { .init(recordSize: $0.recordSize, bytes: $0.bytes) }
            attributes.lineInfo = program.lineInfo.map { .init(recordSize: $0.recordSize, bytes: $0.bytes) }
        }
        do throws(ProgramLoadError) {
            return try Program.load(attributes)
        } catch {
            switch error {
            case .verifier(let errno, let log):
                throw BPFError(
                    verifier: log, errno: errno, program: program, object: object, release: release,
                    needs: plan.lacking(step, in: release))
            case .refused(let errno):
                throw placed(refusal(of: program, step, errno), map: nil)
            }
        }
    }

    /// The running kernel's release, as far as anything tells it.
    private var release: KernelRelease {
        KernelRelease(versionCode: options.kernelVersion == 0 ? KernelVersion.running() : options.kernelVersion)
    }

    private func refusal(of program: LinkedProgram, _ step: LoadPlan.ProgramStep, _ errno: Errno) -> BPFError {
        var cause: String?
        var needs: [KernelNeed] = []
        if [.invalidArgument, .argListTooLong, .notSupported, .notSupportedByKernel].contains(errno) {
            needs = plan.lacking(step, in: release) + program.lacking(in: release).map(\.need)
        }
        let options =
            needs.isEmpty && errno == .invalidArgument ? KernelOption.of(program: step.type) : []
        let doubts = KernelConfig.doubts(of: options)
        if let need = needs.first {
            cause = need.cause(release)
        } else if errno == .invalidArgument {
            cause =
                "it refused the program without looking at its instructions: type \(step.type), attach type"
                + (step.attachType.map { " \($0)" } ?? "") + ", name, license or version"
        } else if errno == .argListTooLong {
            cause =
                "the kernel takes fewer instructions or shorter attributes: it has \(step.instructionCount) instructions"
        }
        var refusal = BPFError(
            .loadProgram, .programRefused, errno: errno, "the kernel does not load program \(program.definition.name)",
            cause: cause,
            details: KernelNeed.hints(Array(needs.dropFirst()))
                + doubts,
            nextStep: needs.first?.hint
                ?? (doubts.isEmpty
                    ? nil
                    : "use a kernel that is built with \(.useKernel(options), options.joined(separator: " and "))"))
        refusal.diagnostic.program = program.definition.name
        refusal.diagnostic.section = program.definition.section
        if errno != .notPermitted { refusal.diagnostic.tell(program.definition.rewriting) }
        refusal.capabilities = PermissionFacts.capabilities(toLoad: step.type)
        return refusal
    }

    // MARK: - What older kernels lack

    /// The refusal of a map with what else the object asks of a newer kernel: its programs are not reached any more.
    private func doubted(_ error: BPFError) -> BPFError {
        guard let errno = error.errno, [.invalidArgument, .argListTooLong, .notSupported].contains(errno) else {
            return error
        }
        var error = error
        error.diagnostic.details += KernelNeed.hints(plan.lacking(in: release).filter { $0.since != nil })
        return error
    }

    /// The atomic additions that are to be the old ones: those whose result nobody uses, on a kernel before 5.12.
    private func fetchesToDrop(_ program: LinkedProgram, _ features: KernelFeatures) -> [Int] {
        guard program.instructions.contains(where: \.isFetchingAdd), !features.has(.atomicFetch) else { return [] }
        return UnusedFetches(in: program.instructions).indices
    }

    private static func note(
        on program: LinkedProgram, withoutFetch places: [Int], _ object: Object
    ) -> Diagnostic {
        var note = Diagnostic(
            .instructionRewritten, .note, stage: .program,
            "\(places.count == 1 ? "an atomic addition" : "\(places.count) atomic additions") of program "
                + "\(program.definition.name) \(places.count == 1 ? "is" : "are") loaded in the form of older kernels",
            cause: "kernels before 5.12 do not know additions that give the old value back, and nothing uses it here")
        note.object = object.name
        note.program = program.definition.name
        return note
    }

    private func placed(_ error: BPFError, map: String?) -> BPFError {
        var error = error
        error.diagnostic.object = object.name
        error.diagnostic.map = map
        return error
    }
}

extension BPFError {
    /// Whether the kernel refused this program, and may take another one that does the same: no matter of privilege or of
    /// memory.
    var isOfProgramAlone: Bool {
        if verifierLog != nil || isTargetMissing { return true }
        return (code == .programRefused || code == .attachRefused) && errno != .noMemory && errno != .interrupted
    }
}

/// The types of modules that a plan names by their ids, opened once each and held while programs are loaded.
struct ModuleTypes: ~Copyable {
    private var handles = UniqueArray<BTFHandle>()
    private var places: [UInt32: Int] = [:]

    /// The descriptor of a module's BTF; nil for 0, which is the kernel's own.
    mutating func descriptor(of id: UInt32) throws(BPFError) -> Int32? {
        guard id != 0 else { return nil }
        if let place = places[id] { return handles[place].descriptor.rawValue }
        do throws(Errno) {
            handles.append(try BTFHandle.open(id: id))
        } catch {
            throw BPFError(
                .loadTypes, .moduleTypesGone, errno: error, "cannot open the types of a module (BTF id \(id))",
                cause: error == .noSuchFileOrDirectory ? "the module was unloaded meanwhile" : nil)
        }
        places[id] = handles.count - 1
        return handles[handles.count - 1].descriptor.rawValue
    }

    /// The descriptors of several; 0 among the ids is passed over.
    mutating func descriptors(of ids: [UInt32]) throws(BPFError) -> [UInt32: Int32] {
        var found: [UInt32: Int32] = [:]
        for id in ids { found[id] = try descriptor(of: id) }
        return found
    }
}

/// The object's types, if the kernel has them.
struct LoadedTypes: ~Copyable {
    /// The descriptor of the BTF, open as long as this value lives.
    let descriptor: Int32?
    private let handle: BTFHandle?

    init() {
        descriptor = nil
        handle = nil
    }

    init(_ handle: consuming BTFHandle) {
        descriptor = handle.descriptor.rawValue
        self.handle = consume handle
    }
}
