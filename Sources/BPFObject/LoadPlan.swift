// SPDX-License-Identifier: Apache-2.0

package import BTF
public import Diagnostics

/// What loading a program of an object would create, in which order: a value to print, to test and to carry out.
public struct LoadPlan: Sendable {
    /// What the user may decide.
    package struct Options: Sendable, Equatable {
        /// The license of an object without one: the originals gave every program this.
        package var assumedLicense = "GPL"
        /// Names of programs that may be left out if they cannot be loaded here; those of `?` sections may.
        package var optionalPrograms: Set<String> = []
        /// Names of programs that were asked for: they may not be left out, whatever their sections say.
        package var neededPrograms: Set<String> = []
        /// What programs are loaded for that have a target in BTF, by their names, where it is not what the section says.
        package var targets: [String: AttachTarget] = [:]
        /// What programs are loaded for (`expected_attach_type`), by their names, where it is not what the section says.
        package var attachTypes: [String: AttachType] = [:]
        /// What is wanted of maps, other than the object says.
        package var maps = MapOptions()
        /// What the sizes of some maps depend on; nil leaves them as the object has them.
        package var machine: MapFacts?

        /// Creates the usual options.
        package init() {}
    }

    /// Where a map is pinned.
    package struct Pin: Sendable, Equatable, CustomStringConvertible {
        /// Directories from the root of bpffs on; none is the root itself.
        package let directories: [String]
        /// The name of the pin, which is that of the map.
        package let name: String
        /// The whole path that the user gave, in place of the directories and the name.
        package let path: String?

        init(directories: [String], name: String) {
            self.directories = directories
            self.name = name
            path = nil
        }

        init(path: String) {
            directories = []
            name = String(path.split(separator: "/").last ?? "")
            self.path = path
        }

        /// The user's path, or the one below the root, such as `tc/globals/counters`.
        package var description: String { path ?? (directories + [name]).joined(separator: "/") }
    }

    /// A map to reuse from its pin or to create, and then to fill and to pin.
    package struct MapStep: Sendable, Equatable {
        /// The index in `Object.maps`; of an inner map that only serves as a pattern, that of the outer one.
        package let map: Int
        /// The name to create it with.
        package let name: MapName
        /// The kind of map.
        package let type: MapType
        /// Bytes of a key.
        package internal(set) var keySize: UInt32 = 0
        /// Bytes of a value; 4 for a map of maps, whatever the file says.
        package internal(set) var valueSize: UInt32 = 0
        /// The number of entries at most.
        package internal(set) var maxEntries: UInt32 = 0
        /// Bits of `BPF_F_*`.
        package internal(set) var flags: UInt32 = 0
        /// The NUMA node, used when `flags` has `BPF_F_NUMA_NODE`.
        package internal(set) var numaNode: UInt32 = 0
        /// `map_extra`, whose meaning the type gives.
        package internal(set) var mapExtra: UInt64 = 0
        /// The id of the key's type in the object's BTF; 0 is none.
        ///
        /// A kernel that refuses the ids creates the map
        /// without.
        package internal(set) var keyTypeID = 0
        /// The id of the value's type in the object's BTF; 0 is none.
        package internal(set) var valueTypeID = 0
        /// What its one value is to hold, and whether it is frozen then (`isReadOnly`) and created with
        /// `BPF_F_MMAPABLE` where the kernel can (`isMappable`); nil if it is not made of data.
        package internal(set) var content: DataContent?
        /// What an arena holds at first; empty for other maps.
        package internal(set) var arenaContent: [UInt8] = []
        /// The structure of functions that is registered with it, as this kernel has it; nil for other maps.
        package internal(set) var structure: StructureLayout?
        /// Where it is pinned; nil is nowhere.
        package internal(set) var pin: Pin?
        /// For a map of maps: the index in `Object.maps` of the map to give as `inner_map_fd`.
        package internal(set) var innerTemplate: Int?
        /// For a map of maps: a map to create before, to give as `inner_map_fd` and to close again.
        package var template: MapStep? {
            get { templates.first }
            set { templates = newValue.map { [$0] } ?? [] }
        }

        /// At most one: a structure cannot hold itself otherwise.
        private var templates: [MapStep] = []

        init(map: Int, name: MapName, type: MapType) {
            self.map = map
            self.name = name
            self.type = type
        }
    }

    /// A program to load.
    package struct ProgramStep: Sendable, Equatable {
        /// The index in `programs`.
        package internal(set) var program: Int
        /// The name to load it with.
        package let name: String
        /// Its section.
        package let section: String
        /// How many instructions it has with the functions that it calls.
        package internal(set) var instructionCount: Int
        /// Its type.
        package let type: ProgramType
        /// The `expected_attach_type` to load it with; nil is none.
        package let attachType: AttachType?
        /// Whether a kernel that does not know the attach type loads it without.
        package let attachTypeIsOptional: Bool
        /// `prog_flags`: `BPF_F_SLEEPABLE`, `BPF_F_XDP_HAS_FRAGS`.
        package let flags: UInt32
        /// What of the kernel's BTF it is made for (`attach_btf_id`).
        package let attachPoint: KernelObject?
        /// The number of the member of the kernel's structure that it is made for, in place of an attach type; nil for
        /// programs that are part of none.
        package let member: UInt32?
        /// The license to load it with.
        package let license: String
        /// The kernel version that the object asks for; nil leaves it to the loader.
        package let kernelVersion: UInt32?
        /// Whether the others are loaded if the kernel refuses this one.
        package let isOptional: Bool
    }

    /// A program that is left out, since it was marked optional.
    public struct Omission: Sendable {
        /// The program.
        public let program: ProgramDefinition
        /// Why it cannot be loaded; a warning, since the others go on.
        public let reason: Diagnostic

        /// Leaves a program out, because of what would have been an error.
        public init(_ program: ProgramDefinition, because error: Diagnostic) {
            self.program = program
            var reason = error
            reason.severity = .warning
            self.reason = reason
        }
    }

    /// One step.
    package enum Step: Sendable, Equatable {
        /// Reuse or create a map.
        case map(MapStep)
        /// Put a map into a slot of a map of maps; both are indices in `Object.maps`.
        case insertInner(outer: Int, key: UInt32, inner: Int)
        /// Load a program.
        case load(ProgramStep)
        /// Put a loaded program, by the name of its function, into a slot of a program array.
        case insertProgram(map: Int, key: UInt32, function: String)
    }

    /// The steps in their order.
    package private(set) var steps: [Step]
    /// Whether a map has a pin, which outlives the process.
    package var makesPins: Bool {
        steps.contains { step in
            if case .map(let map) = step { map.pin != nil } else { false }
        }
    }
    /// The object's types as the kernel is to get them first; nil if it has none.
    package let types: BTFPreparation?
    /// The programs that are loaded.
    package private(set) var programs: [LinkedProgram]
    /// The programs that are not, although they were asked for.
    package let omissions: [Omission]
    /// What the user should know before the steps are carried out.
    package let warnings: [Diagnostic]

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
    package init(
        object: Object, programs: [ProgramDefinition], kernel: any KernelEnvironment, options: Options = Options()
    ) throws(ObjectError) {
        do throws(ObjectError) {
            try object.checkByteOrder()
            let structures = try StructurePlan(object, programs, kernel: kernel, options: options)
            var planner = ProgramPlanner(object: object, kernel: kernel, structures: structures, options: options)
            try planner.plan(programs)
            let used = Set(planner.linked.flatMap(\.maps))
            var notes: [Diagnostic] = []
            var maps = try MapPlanner(
                Self.filled(object, used, kernel, &notes), options: options.maps, facts: options.machine, used: used,
                structures: structures.layouts)
            steps =
                try maps.steps() + planner.steps.map(Step.load)
                + maps.programSlots(loaded: Set(planner.linked.map(\.definition.name)))
            self.programs = planner.linked
            types = object.typeInfo.types.map { types in
                BTFPreparation(
                    types, sections: object.typePlaces.sections, hiddenNames: object.typePlaces.hiddenNames)
            }
            omissions = planner.omissions
            var warnings = notes + maps.warnings + structures.warnings + planner.warnings
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

extension LoadPlan {
    /// How a program is loaded, by its place in ``programs``.
    package func step(ofProgram index: Int) -> ProgramStep? {
        for case .load(let step) in steps where step.program == index { return step }
        return nil
    }

    /// Loads a program in another form.
    package mutating func replace(_ index: Int, with program: LinkedProgram) {
        guard let place = place(ofProgram: index), case .load(var step) = steps[place] else { return }
        step.instructionCount = program.instructions.count
        steps[place] = .load(step)
        programs[index] = program
    }

    /// Loads a program in another form as well, right behind the first.
    package mutating func add(_ program: LinkedProgram, behind index: Int) {
        guard let place = place(ofProgram: index), case .load(var step) = steps[place] else { return }
        step.program = programs.count
        step.instructionCount = program.instructions.count
        steps.insert(.load(step), at: place + 1)
        programs.append(program)
    }

    private func place(ofProgram index: Int) -> Int? {
        steps.firstIndex { step in
            if case .load(let load) = step { load.program == index } else { false }
        }
    }

    /// The maps of an object with the kernel's configuration in the one that is made of it, if a program reads that.
    private static func filled(
        _ object: Object, _ used: Set<Int>, _ kernel: any KernelEnvironment, _ notes: inout [Diagnostic]
    ) throws(ObjectError) -> [MapDefinition] {
        var maps = object.maps
        guard let section = object.configuration,
            let index = maps.firstIndex(where: { $0.origin == .configuration }), used.contains(index)
        else { return maps }
        let facts: KernelFacts
        var configuration = KernelConfiguration(text: [], source: "")
        do throws(EnvironmentError) {
            facts = try kernel.facts(section.variables.map(\.name))
            if section.needsConfiguration { configuration = try kernel.configuration() }
        } catch {
            throw ObjectError(.environment(error.diagnostic))
        }
        let options = KernelConfigText(configuration.text, names: section.optionNames)
        maps[index].content?.bytes = try section.contents(facts: facts, source: configuration.source) { options[$0] }
        for text in section.cutTexts({ options[$0] }) {
            notes.append(
                Diagnostic(
                    .kconfigTextCut, .note, stage: .object,
                    "\(text.name) is cut: it has \(text.length) bytes in the kernel's configuration, and room for "
                        + "\(text.size - 1) and a NUL in the object",
                    nextStep: "declare it as char [\(text.length + 1)]"))
        }
        return maps
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
            if let inner = map.template { text += ", of maps like \(inner.name)" }
            if map.content?.isReadOnly == true { text += ", read-only" }
            if let structure = map.structure {
                text += ", a \(structure.type) of \(structure.functions.map(\.program).joined(separator: ", "))"
            }
            if let pin = map.pin { text += ", pinned at \(pin)" }
            return text
        case .insertInner(let outer, let key, let inner): return "insert \(name(inner)) into \(name(outer)) at \(key)"
        case .insertProgram(let map, let key, let function): return "insert \(function) into \(name(map)) at \(key)"
        case .load(let program):
            return "load \(program.name) (section \(program.section)): \(program.type), "
                + "\(program.instructionCount) instructions, license \(program.license)"
        }
    }
}
