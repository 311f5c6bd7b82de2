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
                    throw .kernel(placed(error, map: step.name.text))
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
                    loaded.add(try load(program, step, loaded.maps.descriptors, types), program.definition)
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
        _ program: LinkedProgram, _ step: LoadPlan.ProgramStep, _ descriptors: [Int32], _ types: Int32?
    ) throws(LoadError) -> ProgramHandle {
        let instructions: [Instruction]
        do throws(ObjectError) {
            instructions = try program.instructions(mapDescriptors: descriptors)
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
                throw .verifier(VerifierError(errno: errno, log: log, program: program, object: object))
            case .refused(let errno):
                throw .kernel(placed(refusal(of: program, step, errno), map: nil))
            }
        }
    }

    private func refusal(of program: LinkedProgram, _ step: LoadPlan.ProgramStep, _ errno: Errno) -> BPFError {
        var refusal = BPFError(
            .loadProgram, errno: errno, "the kernel does not load program \(program.definition.name)",
            cause: errno == .invalidArgument
                ? "it refused the program without looking at its instructions: type \(step.type), "
                    + "attach type, name, license or version" : nil)
        refusal.diagnostic.program = program.definition.name
        refusal.diagnostic.section = program.definition.section
        return refusal
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
