// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
public import BPFObject
public import Diagnostics
internal import SystemPackage

/// Carries a load plan out, step by step; whatever goes wrong, what was made until then is let go again.
public struct Loader: Sendable {
    /// What the plan leaves to the machine it is carried out on.
    public struct Options: Sendable {
        /// The mount point of the bpf file system that pins go to.
        public var mountPoint = PinPath.usualMountPoint
        /// `LINUX_VERSION_CODE` for an object that states none; kernels before 5.0 compare it with their own.
        public var kernelVersion: UInt32

        /// Creates options.
        public init(kernelVersion: UInt32) { self.kernelVersion = kernelVersion }
    }

    private let object: Object
    private let program: ProgramDefinition
    private let plan: LoadPlan
    private let options: Options

    /// Prepares to carry a plan out.
    ///
    /// - Parameters:
    ///   - plan: The plan, made of `object` and `program`.
    ///   - program: The program of the object that is loaded.
    ///   - object: The object.
    ///   - options: What the plan leaves open.
    public init(_ plan: LoadPlan, program: ProgramDefinition, of object: Object, options: Options) {
        self.plan = plan
        self.program = program
        self.object = object
        self.options = options
    }

    /// Creates or reuses the maps and loads the program.
    public func load() throws(LoadError) -> LoadedObject {
        var maps = LoadedMaps(count: object.maps.count)
        for step in plan.steps {
            switch step {
            case .map(let step):
                do throws(BPFError) {
                    try maps.add(step, mountPoint: options.mountPoint)
                } catch {
                    throw .kernel(placed(error, map: step.name.text))
                }
            case .insertInner(let outer, let key, let inner):
                do throws(BPFError) {
                    try maps.insert(inner: inner, into: outer, key: key)
                } catch {
                    throw .kernel(placed(error, map: object.maps[outer].name))
                }
            case .load(let step):
                // Always the last step: it needs the descriptors of all maps.
                return LoadedObject(program: try loadProgram(step, maps.descriptors), maps: maps)
            }
        }
        throw .kernel(placed(BPFError(.loadProgram, "the plan loads no program", exitStatus: .usage), map: nil))
    }

    private func loadProgram(_ step: LoadPlan.ProgramStep, _ descriptors: [Int32]) throws(LoadError) -> ProgramHandle {
        let instructions: [Instruction]
        do throws(ObjectError) {
            instructions = try program.instructions(mapDescriptors: descriptors)
        } catch {
            throw .object(error)
        }
        do throws(ProgramLoadError) {
            return try ProgramHandle.load(
                ProgramHandle.Attributes(
                    type: 2, name: step.name, instructions: instructions, license: step.license,
                    kernelVersion: step.kernelVersion ?? options.kernelVersion))
        } catch {
            switch error {
            case .verifier(let errno, let log):
                throw .verifier(VerifierError(errno: errno, log: log, program: program, object: object))
            case .refused(let errno):
                var refusal = BPFError(
                    .loadProgram, errno: errno, "the kernel does not load program \(program.name)",
                    cause: errno == .invalidArgument
                        ? "it refused the program without looking at its instructions: type, name, license or version"
                        : nil)
                refusal.diagnostic.program = program.name
                refusal.diagnostic.section = program.section
                throw .kernel(placed(refusal, map: nil))
            }
        }
    }

    private func placed(_ error: BPFError, map: String?) -> BPFError {
        var error = error
        error.diagnostic.object = object.name
        error.diagnostic.map = map
        return error
    }
}

/// A loaded program with the maps it uses; everything is let go together.
public struct LoadedObject: ~Copyable {
    /// The program.
    public let program: ProgramHandle
    private var maps: LoadedMaps

    init(program: consuming ProgramHandle, maps: consuming LoadedMaps) {
        self.program = program
        self.maps = maps
    }

    /// What became of each map.
    public var mapReports: [MapReport] { maps.reports }

    /// What the user should know of the pins.
    public var notes: [Diagnostic] { maps.notes }

    /// Lets the pins that were made outlive this value; until then they go with it.
    public mutating func keepPins() { maps.keepPins() }
}

/// What became of a map of the object.
public struct MapReport: Sendable, Equatable {
    /// The map's name.
    public let name: String
    /// The kernel's id of it.
    public let id: UInt32
    /// Where it is pinned, if it is.
    public let pin: String?
    /// Whether it was there before.
    public let isReused: Bool
}

/// The open maps of an object, by their place in it.
struct LoadedMaps: ~Copyable {
    /// The descriptors by the map's index in the object; -1 for what is not there yet.
    private(set) var descriptors: [Int32]
    private(set) var reports: [MapReport] = []
    private(set) var notes: [Diagnostic] = []
    private var plain = UniqueArray<MapHandle>()
    /// The last made comes first, and so is let go first: folders that were made for one hold the later ones too.
    private var pinned = UniqueArray<PinnedMap>()

    init(count: Int) {
        descriptors = Array(repeating: -1, count: count)
    }

    mutating func add(_ step: LoadPlan.MapStep, mountPoint: String) throws(BPFError) {
        let attributes = MapHandle.Attributes(
            type: step.type.rawValue, keySize: step.keySize, valueSize: step.valueSize, maxEntries: step.maxEntries,
            flags: step.flags, numaNode: step.numaNode, name: step.name.text,
            innerMapDescriptor: step.innerTemplate.map { descriptors[$0] })
        guard let pin = step.pin else {
            let map = try MapHandle.create(attributes)
            descriptors[step.map] = map.descriptor.rawValue
            reports.append(
                MapReport(name: attributes.name, id: try map.info().id, pin: nil, isReused: false))
            plain.append(map)
            return
        }
        let map = try PinnedMap.openOrCreate(
            PinPath(mountPoint: mountPoint, folders: pin.directories, name: pin.name.text), attributes)
        descriptors[step.map] = map.map.descriptor.rawValue
        reports.append(
            MapReport(
                name: attributes.name, id: try map.map.info().id, pin: map.path.path, isReused: !map.wasCreated))
        notes += map.notes
        pinned.insert(map, at: 0)
    }

    /// Puts an inner map into a slot of an outer one.
    func insert(inner: Int, into outer: Int, key: UInt32) throws(BPFError) {
        do throws(Errno) {
            try BPFCommand.updateElement(
                map: descriptors[outer], key: key.bytes.span, value: UInt32(bitPattern: descriptors[inner]).bytes.span,
                flags: 0)
        } catch {
            throw BPFError(
                .mapElement, errno: error, "cannot put the inner map into slot \(key)",
                cause: error == .argListTooLong ? "the outer map has no slot of that number" : nil)
        }
    }

    mutating func keepPins() {
        for index in 0..<pinned.count { pinned[index].keepPin() }
    }
}
