// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Decides names, sizes, pins and the order of an object's maps.
struct MapPlanner {
    private let maps: [MapDefinition]
    private let options: MapOptions
    private let facts: MapFacts?
    /// The maps that are created, by their index.
    private let isCreated: [Bool]
    private let pins: [Int: String]
    private let structures: [Int: StructureLayout]
    private(set) var warnings: [Diagnostic] = []

    /// tc's folder of maps that all objects share (`PIN_GLOBAL_NS`).
    private static let globalDirectories = ["tc", "globals"]
    /// `BPF_F_NUMA_NODE`.
    private static let numaNodeFlag: UInt32 = 1 << 2

    /// Looks at all that could be wrong with maps whatever is loaded.
    ///
    /// - Parameters:
    ///   - maps: Those of the object.
    ///   - options: What the user wants.
    ///   - facts: The machine; nil leaves the sizes that depend on it as they are.
    ///   - used: The maps that programs refer to: of those made of data, others are not created; nil creates all.
    ///   - structures: The structures of functions that are registered, by the index of the map; others are not created.
    init(
        _ maps: [MapDefinition], options: MapOptions = MapOptions(), facts: MapFacts? = nil, used: Set<Int>? = nil,
        structures: [Int: StructureLayout] = [:]
    ) throws(ObjectError) {
        var maps = maps
        self.facts = facts
        self.structures = structures
        self.options = options
        var pins: [Int: String] = [:]
        for (name, path) in options.pins.sorted(by: { $0.key < $1.key }) {
            let index = try Self.index(of: name, in: maps, .mapPin)
            guard maps[index].structure == nil else { throw Self.fail(.map(.fixedSize(.mapPin)), maps[index]) }
            pins[index] = path
        }
        for index in maps.indices { maps[index] = maps[index].completed() }
        for (name, bytes) in options.valueSizes.sorted(by: { $0.key < $1.key }) {
            let index = try Self.index(of: name, in: maps, .mapValueSize)
            guard !maps[index].hasFixedSize else { throw Self.fail(.map(.fixedSize(.mapValueSize)), maps[index]) }
            if maps[index].valueSize != bytes { maps[index].valueTypeID = 0 }
            maps[index].valueSize = bytes
        }
        var given: Set<Int> = []
        for (name, entries) in options.sizes.sorted(by: { $0.key < $1.key }) {
            let index = try Self.index(of: name, in: maps, .mapSize)
            guard !maps[index].hasFixedSize else { throw Self.fail(.map(.fixedSize(.mapSize)), maps[index]) }
            maps[index].maxEntries = entries
            given.insert(index)
        }
        let unsized = maps.indices.filter { maps[$0].leavesEntriesToLoader && !given.contains($0) }
        for index in unsized { maps[index].maxEntries = MapDefinition.usualEntries }
        self.pins = pins
        self.maps = maps
        isCreated = maps.indices.map { index in
            maps[index].structure != nil
                ? structures[index] != nil : !maps[index].isData || pins[index] != nil || used?.contains(index) != false
        }
        if let note = Self.note(ofUnsized: unsized.filter { isCreated[$0] }.map { maps[$0].name }) {
            warnings.append(note)
        }
        var seen: [String: MapDefinition] = [:]
        for (index, map) in maps.enumerated() {
            if case .legacy = map.origin {
                do throws(MapNameError) {
                    _ = try MapName(map.name)
                } catch {
                    throw Self.fail(.mapName(error.reason), map)
                }
            }
            // Sections of one name are told apart by their places.
            if !map.isData, let first = seen.updateValue(map, forKey: map.name) {
                throw Self.fail(.duplicateMap(places: [first.placeText, map.placeText]), map)
            }
            if let warning = Self.warning(map), isCreated[index] { warnings.append(warning) }
        }
    }

    /// What is told of maps that got a usual number of entries.
    private static func note(ofUnsized maps: [String]) -> Diagnostic? {
        guard let first = maps.first else { return nil }
        let names = maps.prefix(mostNames).joined(separator: ", ") + (maps.count > mostNames ? ", …" : "")
        let (does, gets) = maps.count == 1 ? ("does", "it gets") : ("do", "they get")
        var note = Diagnostic(
            .mapSizeAssumed, .note, stage: .map,
            "\(names) \(does) not say how many entries there may be: \(gets) \(MapDefinition.usualEntries)",
            nextStep: "\(.mapSize, first, to: "ENTRIES") sets another number")
        note.map = first
        return note
    }

    /// Maps that a note names.
    private static let mostNames = 8

    private static func warning(_ map: MapDefinition) -> Diagnostic? {
        var note: Diagnostic
        if map.pinning > 2 {
            note = Diagnostic(
                .pinningUnknown, .note, stage: .map,
                "pinning \(map.pinning) is neither 1 nor 2: \(map.name) is pinned at the root of bpffs")
        } else if let addresses = map.content?.addresses {
            note = Diagnostic(
                .dataPointersNull, .warning, stage: .map,
                "pointers in section \(map.section) stay as the file has them, mostly null",
                cause:
                    "\(addresses.count == 1 ? "one address is" : "\(addresses.count) addresses are") to be filled in,"
                    + " the first of \(addresses.symbol) at byte \(addresses.offset), and data has no place to point to",
                nextStep: "use arrays instead of pointers: char names[][16] = {…}")
            note.section = map.section
        } else {
            return nil
        }
        note.map = map.name
        return note
    }

    /// The map that an option names: by its name, or by the one that the kernel is given.
    private static func index(
        of name: String, in maps: [MapDefinition], _ setting: Diagnostic.Setting.Kind
    ) throws(ObjectError) -> Int {
        if let index = maps.firstIndex(where: { $0.name == name }) ?? maps.firstIndex(where: { $0.kernelName == name })
        {
            return index
        }
        let all = maps.map(\.name)
        var error = ObjectError(
            .map(.noMap(setting, near: EditDistance.names(near: name, among: all), all: all)))
        error.map = name
        throw error
    }

    // MARK: - Steps

    /// What is done before programs are loaded: plain maps, maps of maps, what is put into those.
    func steps() throws(ObjectError) -> [LoadPlan.Step] {
        var steps: [LoadPlan.Step] = []
        for index in maps.indices where isCreated[index] && !maps[index].type.holdsMaps {
            steps.append(.map(step(index)))
        }
        let outers = maps.indices.filter { maps[$0].type.holdsMaps }
        guard !outers.isEmpty else { return steps }
        var byID: [UInt32: [Int]] = [:]
        for index in maps.indices where maps[index].id != 0 { byID[maps[index].id, default: []].append(index) }
        for outer in outers {
            if let inner = maps[outer].inner {
                steps.append(.map(step(outer, template: step(inner, at: outer))))
            } else {
                steps.append(.map(step(outer, innerTemplate: try template(of: outer, byID))))
            }
        }
        for outer in outers {
            for inner in maps[outer].innerID == 0 ? [] : byID[maps[outer].innerID] ?? [] {
                if let step = try insertion(of: inner, into: outer) { steps.append(step) }
            }
            for slot in maps[outer].slots {
                guard case .map(let inner) = slot.target else { continue }
                try check(slot, of: maps[outer])
                guard !maps[inner].type.holdsMaps else {
                    throw Self.fail(.nestedMaps(inner: maps[inner].name), maps[outer])
                }
                steps.append(.insertInner(outer: outer, key: slot.index, inner: inner))
            }
        }
        return steps
    }

    /// What is done after programs are loaded: those that maps name go into their slots.
    ///
    /// - Parameter loaded: The names of the programs that are loaded; slots of others stay empty, with a warning.
    mutating func programSlots(loaded: Set<String>) throws(ObjectError) -> [LoadPlan.Step] {
        var steps: [LoadPlan.Step] = []
        for (index, map) in maps.enumerated() {
            for slot in map.slots {
                guard case .program(let name) = slot.target else { continue }
                try check(slot, of: map)
                guard loaded.contains(name) else {
                    var warning = Diagnostic(
                        .slotEmpty, .warning, stage: .map, "slot \(slot.index) of map \(map.name) stays empty",
                        cause: "the program \(name) that goes there is not loaded",
                        nextStep: "load it too: tail calls to that slot do nothing")
                    warning.map = map.name
                    warning.program = name
                    warnings.append(warning)
                    continue
                }
                steps.append(.insertProgram(map: index, key: slot.index, function: name))
            }
        }
        return steps
    }

    private func check(_ slot: MapSlot, of map: MapDefinition) throws(ObjectError) {
        guard map.keySize == 4 else { throw Self.fail(.map(.slotKeySize(map.keySize)), map) }
        guard map.type == .hashOfMaps || slot.index < map.maxEntries else {
            throw Self.fail(.map(.slotIndex(slot.index, entries: map.maxEntries)), map)
        }
    }

    private func step(_ index: Int, innerTemplate: Int? = nil, template: LoadPlan.MapStep? = nil) -> LoadPlan.MapStep {
        var step = step(maps[index], at: index)
        step.pin = pin(index)
        if let structure = structures[index] {
            step.structure = structure
            step.valueSize = UInt32(truncatingIfNeeded: structure.value.count)
        }
        step.innerTemplate = innerTemplate
        step.template = template
        return step
    }

    private func step(_ map: MapDefinition, at index: Int) -> LoadPlan.MapStep {
        var step = LoadPlan.MapStep(map: index, name: MapName(fitting: map.kernelName), type: map.type)
        step.keySize = map.keySize
        step.valueSize = map.type.holdsMaps ? 4 : map.valueSize
        step.maxEntries = facts?.entries(map.maxEntries, of: map.type) ?? map.maxEntries
        step.flags = map.flags
        step.numaNode = map.flags & Self.numaNodeFlag != 0 ? map.numaNode : 0
        step.mapExtra = map.mapExtra
        if map.type.takesTypes {
            step.keyTypeID = map.keyTypeID
            step.valueTypeID = map.valueTypeID
        }
        step.content = map.content
        step.arenaContent = map.arenaContent
        return step
    }

    /// The originals' meanings: 2 is tc's shared folder, and any other number but 0 the root of bpffs.
    ///
    /// libbpf knows 1 only, and means the same.
    private func pin(_ index: Int) -> LoadPlan.Pin? {
        if let path = pins[index] { return LoadPlan.Pin(path: path) }
        return switch maps[index].pinning {
        case 0: nil
        case 2: LoadPlan.Pin(directories: Self.globalDirectories, name: maps[index].name)
        default: LoadPlan.Pin(directories: [], name: maps[index].name)
        }
    }

    /// The map that the inner ones are like: the first of that id, as in tc.
    private func template(of outer: Int, _ byID: [UInt32: [Int]]) throws(ObjectError) -> Int {
        let map = maps[outer]
        let inner: Int
        if let index = map.innerMapIndex {
            // Counted within the outer map's own section.
            let siblings = maps.indices.filter { maps[$0].section == map.section }
            guard index < UInt32(siblings.count) else { throw Self.fail(.unknownInnerMap(index), map) }
            inner = siblings[Int(index)]
        } else {
            guard map.innerID != 0 else { throw Self.fail(.noInnerMap, map) }
            guard let first = byID[map.innerID]?.first else { throw Self.fail(.unknownInnerMap(map.innerID), map) }
            inner = first
        }
        guard !maps[inner].type.holdsMaps else { throw Self.fail(.nestedMaps(inner: maps[inner].name), map) }
        return inner
    }

    /// The step that puts an inner map into its slot; nil if it has none.
    private func insertion(of inner: Int, into outer: Int) throws(ObjectError) -> LoadPlan.Step? {
        guard let slot = maps[inner].innerIndex, maps[inner].innerID == 0 else { return nil }
        let outerMap = maps[outer]
        guard !maps[inner].type.holdsMaps else { throw Self.fail(.nestedMaps(inner: maps[inner].name), outerMap) }
        guard outerMap.keySize == 4 else {
            throw Self.fail(.innerKeySize(outerMap.keySize, outer: outerMap.name), maps[inner])
        }
        guard outerMap.type != .arrayOfMaps || slot < outerMap.maxEntries else {
            throw Self.fail(.innerIndex(slot, outer: outerMap.name, entries: outerMap.maxEntries), maps[inner])
        }
        return .insertInner(outer: outer, key: slot, inner: inner)
    }

    private static func fail(_ reason: ObjectError.Reason, _ map: MapDefinition) -> ObjectError {
        var error = ObjectError(reason, section: map.section)
        error.map = map.name
        return error
    }
}
