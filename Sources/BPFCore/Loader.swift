// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import Diagnostics
internal import SystemPackage

/// Carries a load plan out, step by step; whatever goes wrong, what was made until then is let go again.
public struct Loader: Sendable {
    /// What the plan leaves to the machine it is carried out on.
    public struct Options: Sendable {
        /// The mount point of the bpf file system that pins go to.
        public var mountPoint = PinPath.usualMountPoint
        /// `LINUX_VERSION_CODE` for an object that states none; kernels before 5.0 compare it with their own.
        public var kernelVersion: UInt32
        /// Asked before each map and program: true ends the load with an error, and what was made is let go.
        public var isEnding: @Sendable () -> Bool = { false }

        /// Creates options.
        public init(kernelVersion: UInt32) { self.kernelVersion = kernelVersion }
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
    public init(_ plan: LoadPlan, of object: Object, options: Options) {
        self.plan = plan
        self.object = object
        self.options = options
    }

    /// Creates or reuses the maps and loads the programs.
    public func load() throws(LoadError) -> LoadedObject {
        var loaded = LoadedObject(maps: LoadedMaps(count: object.maps.count))
        // Maps and programs hold the types themselves once they are there.
        let handle = try types(&loaded)
        let types = handle.descriptor
        let features = KernelFeatures()
        for step in plan.steps {
            if options.isEnding() {
                throw .kernel(
                    BPFError(
                        .loadProgram, errno: .interrupted, "\(object.name) is not loaded",
                        cause: "the load was asked to end"))
            }
            switch step {
            case .map(let step):
                do throws(BPFError) {
                    try loaded.maps.add(step, mountPoint: options.mountPoint, types: types)
                } catch {
                    throw .kernel(doubted(placed(error, map: step.name.text)))
                }
            case .insertInner(let outer, let key, let inner):
                do throws(BPFError) {
                    try loaded.maps.insert(inner: inner, into: outer, key: key)
                } catch {
                    throw .kernel(placed(error, map: object.maps[outer].name))
                }
            case .insertProgram(let map, let key, let function):
                guard let index = loaded.definitions.firstIndex(where: { $0.name == function }) else { continue }
                do throws(BPFError) {
                    try loaded.maps.insert(program: loaded.descriptor(ofProgram: index), into: map, key: key)
                } catch {
                    throw .kernel(placed(error, map: object.maps[map].name))
                }
            case .load(let step):
                let program = plan.programs[step.program]
                do throws(LoadError) {
                    let places = fetchesToDrop(program, features)
                    let handle = try load(program, step, loaded.maps.descriptors, types, withoutFetch: places)
                    if !places.isEmpty { loaded.maps.note(Self.note(on: program, withoutFetch: places, object)) }
                    loaded.add(handle, program.definition)
                } catch {
                    guard step.isOptional else { throw error }
                    loaded.omit(LoadPlan.Omission(program.definition, because: error.diagnostic))
                }
            }
        }
        extendLifetime(handle)
        return loaded
    }

    /// The object's types in the kernel, as far as it takes them.
    ///
    /// What it knows is asked only where it refused: on most kernels the first attempt is the only one.
    private func types(_ loaded: inout LoadedObject) throws(LoadError) -> LoadedTypes {
        guard let types = plan.types else { return LoadedTypes() }
        do throws(BTFError) {
            if let handle = try? BTFHandle.loadQuietly(types.bytes(for: Set(BTFFeature.allCases))) {
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
                types: Diagnostic(.warning, stage: .program, error.description, exitStatus: .success),
                object: object.name)
        }
        return LoadedTypes()
    }

    private func load(
        _ program: LinkedProgram, _ step: LoadPlan.ProgramStep, _ descriptors: [Int32], _ types: Int32?,
        withoutFetch places: [Int]
    ) throws(LoadError) -> ProgramHandle {
        let instructions: [Instruction]
        do throws(ObjectError) {
            instructions = try program.instructions(mapDescriptors: descriptors).withoutFetch(at: places)
        } catch {
            throw .object(error)
        }
        var attributes = ProgramHandle.Attributes(
            type: step.type.rawValue, name: step.name, instructions: instructions, license: step.license,
            kernelVersion: step.kernelVersion ?? options.kernelVersion)
        attributes.expectedAttachType = step.attachType?.rawValue ?? 0
        attributes.flags = step.flags
        attributes.attachBTFID = step.attachPoint?.id ?? 0
        attributes.attachTarget = step.attachPoint.flatMap { $0.module == 0 ? nil : $0.module }
        attributes.descriptors = program.moduleDescriptors
        if let types {
            attributes.btf = types
            attributes.functionInfo = program.functionInfo.map { .init(recordSize: $0.recordSize, bytes: $0.bytes) }
            attributes.lineInfo = program.lineInfo.map { .init(recordSize: $0.recordSize, bytes: $0.bytes) }
        }
        do throws(ProgramLoadError) {
            return try ProgramHandle.load(attributes)
        } catch {
            switch error {
            case .verifier(let errno, let log):
                throw .verifier(
                    VerifierError(
                        errno: errno, log: log, program: program, object: object, release: release,
                        needs: plan.lacking(step, in: release)))
            case .refused(let errno):
                throw .kernel(placed(refusal(of: program, step, errno), map: nil))
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
            .loadProgram, errno: errno, "the kernel does not load program \(program.definition.name)", cause: cause,
            details: KernelNeed.hints(Array(needs.dropFirst()))
                + doubts,
            nextStep: needs.first?.nextStep
                ?? (doubts.isEmpty ? nil : "use a kernel that is built with \(options.joined(separator: " and "))"))
        refusal.diagnostic.program = program.definition.name
        refusal.diagnostic.section = program.definition.section
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
            .note, stage: .program,
            "\(places.count == 1 ? "an atomic addition" : "\(places.count) atomic additions") of program "
                + "\(program.definition.name) \(places.count == 1 ? "is" : "are") loaded in the form of older kernels",
            cause: "kernels before 5.12 do not know additions that give the old value back, and nothing uses it here",
            exitStatus: .success)
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
