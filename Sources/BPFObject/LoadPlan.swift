// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// What loading a program of an object would create, in which order: a value to print, to test and to carry out.
public struct LoadPlan: Sendable {
    /// What the user may decide.
    public struct Options: Sendable, Equatable {
        /// The license of an object without one: the originals gave every program this.
        public var assumedLicense = "GPL"
        /// Names of programs that may be left out if they cannot be loaded here; those of `?` sections may.
        public var optionalPrograms: Set<String> = []

        /// Creates the usual options.
        public init() {}
    }

    /// Where a map is pinned, below the root of bpffs.
    public struct Pin: Sendable, Equatable, CustomStringConvertible {
        /// Directories from the root on; none is the root itself.
        public let directories: [String]
        /// The name of the pin, which is that of the map.
        public let name: MapName

        /// The path below the root, such as `tc/globals/counters`.
        public var description: String { (directories + [name.text]).joined(separator: "/") }
    }

    /// A map to reuse from its pin or to create, and then to pin.
    public struct MapStep: Sendable, Equatable {
        /// The index in `Object.maps`.
        public let map: Int
        /// The name to create it with.
        public let name: MapName
        /// The kind of map.
        public let type: MapType
        /// Bytes of a key.
        public let keySize: UInt32
        /// Bytes of a value; 4 for a map of maps, whatever the file says.
        public let valueSize: UInt32
        /// The number of entries at most.
        public let maxEntries: UInt32
        /// Bits of `BPF_F_*`.
        public let flags: UInt32
        /// The NUMA node, used when `flags` has `BPF_F_NUMA_NODE`.
        public let numaNode: UInt32
        /// Where it is pinned; nil is nowhere.
        public let pin: Pin?
        /// For a map of maps: the index in `Object.maps` of the map to give as `inner_map_fd`.
        public let innerTemplate: Int?
    }

    /// A program to load.
    public struct ProgramStep: Sendable, Equatable {
        /// The index in `programs`.
        public let program: Int
        /// The name to load it with.
        public let name: String
        /// Its section.
        public let section: String
        /// How many instructions it has with the functions that it calls.
        public let instructionCount: Int
        /// Its type.
        public let type: ProgramType
        /// The `expected_attach_type` to load it with; nil is none.
        public let attachType: AttachType?
        /// Whether a kernel that does not know the attach type loads it without.
        public let attachTypeIsOptional: Bool
        /// `prog_flags`: `BPF_F_SLEEPABLE`, `BPF_F_XDP_HAS_FRAGS`.
        public let flags: UInt32
        /// What of the kernel's BTF it is made for (`attach_btf_id`).
        public let attachPoint: KernelObject?
        /// The license to load it with.
        public let license: String
        /// The kernel version that the object asks for; nil leaves it to the loader.
        public let kernelVersion: UInt32?
        /// Whether the others are loaded if the kernel refuses this one.
        public let isOptional: Bool
    }

    /// A program that is left out, since it was marked optional.
    public struct Omission: Sendable {
        /// The program.
        public let program: ProgramDefinition
        /// Why it cannot be loaded.
        public let reason: Diagnostic
    }

    /// One step.
    public enum Step: Sendable, Equatable {
        /// Reuse or create a map.
        case map(MapStep)
        /// Put a map into a slot of a map of maps; both are indices in `Object.maps`.
        case insertInner(outer: Int, key: UInt32, inner: Int)
        /// Load a program.
        case load(ProgramStep)
    }

    /// The steps in their order.
    public let steps: [Step]
    /// The programs that are loaded.
    public let programs: [LinkedProgram]
    /// The programs that are not, although they were asked for.
    public let omissions: [Omission]
    /// What the user should know before the steps are carried out.
    public let warnings: [Diagnostic]

    private let mapNames: [String]

    /// Plans the load of programs and of the maps of their object.
    ///
    /// The order is tc's: plain maps, then maps of maps, then the slots of those, then the programs.
    ///
    /// - Parameters:
    ///   - object: The object.
    ///   - programs: Those of its programs that are wanted.
    ///   - kernel: What is asked for the types, symbols and functions that the programs use.
    ///   - options: What the user may decide.
    /// - Throws: An error for what this machine cannot load, before anything is created.
    public init(
        object: Object, programs: [ProgramDefinition], kernel: any KernelEnvironment, options: Options = Options()
    ) throws(ObjectError) {
        do throws(ObjectError) {
            try object.checkByteOrder()
            var planner = ProgramPlanner(object: object, kernel: kernel, options: options)
            try planner.plan(programs)
            let maps = try MapPlanner(object.maps)
            steps = try maps.steps() + planner.steps.map(Step.load)
            self.programs = planner.linked
            omissions = planner.omissions
            var warnings = maps.warnings + planner.warnings
            for index in warnings.indices { warnings[index].object = object.name }
            self.warnings = warnings
            mapNames = object.maps.map(\.name)
        } catch {
            var error = error
            error.object = object.name
            throw error
        }
    }
}

extension LoadPlan: CustomStringConvertible {
    /// The plan as text, a line for each step.
    public var description: String { steps.map(line).joined(separator: "\n") }

    private func name(_ map: Int) -> String { mapNames.indices.contains(map) ? mapNames[map] : "map \(map)" }

    private func line(_ step: Step) -> String {
        switch step {
        case .map(let map):
            var text =
                "map \(map.name): \(map.type), key \(map.keySize), value \(map.valueSize), entries \(map.maxEntries)"
            if map.flags != 0 { text += ", flags 0x" + String(map.flags, radix: 16) }
            if let inner = map.innerTemplate { text += ", of maps like \(name(inner))" }
            if let pin = map.pin { text += ", pinned at \(pin)" }
            return text
        case .insertInner(let outer, let key, let inner): return "insert \(name(inner)) into \(name(outer)) at \(key)"
        case .load(let program):
            return "load \(program.name) (section \(program.section)): \(program.type), "
                + "\(program.instructionCount) instructions, license \(program.license)"
        }
    }
}
