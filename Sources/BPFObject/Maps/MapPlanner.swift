// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Decides names, pins and the order of an object's maps.
struct MapPlanner {
    private let maps: [MapDefinition]
    private let names: [MapName]
    private(set) var warnings: [Diagnostic] = []

    /// tc's folder of maps that all objects share (`PIN_GLOBAL_NS`).
    private static let globalDirectories = ["tc", "globals"]
    /// `BPF_F_NUMA_NODE`.
    private static let numaNodeFlag: UInt32 = 1 << 2

    init(_ maps: [MapDefinition]) throws(ObjectError) {
        self.maps = maps
        var names: [MapName] = []
        var seen: Set<String> = []
        for map in maps {
            do throws(MapNameError) {
                names.append(try MapName(map.name))
            } catch {
                throw Self.fail(.mapName(error.reason), map)
            }
            guard seen.insert(map.name).inserted else { throw Self.fail(.duplicateMap, map) }
            if map.pinning > 2 {
                var note = Diagnostic(
                    .note, stage: .map,
                    "pinning \(map.pinning) is neither 1 nor 2: \(map.name) is pinned at the root of bpffs",
                    exitStatus: .success)
                note.map = map.name
                warnings.append(note)
            }
        }
        self.names = names
    }

    func steps() throws(ObjectError) -> [LoadPlan.Step] {
        var steps: [LoadPlan.Step] = []
        for index in maps.indices where !maps[index].type.holdsMaps {
            steps.append(.map(step(index, innerTemplate: nil)))
        }
        let outers = maps.indices.filter { maps[$0].type.holdsMaps }
        guard !outers.isEmpty else { return steps }
        var byID: [UInt32: [Int]] = [:]
        for index in maps.indices where maps[index].id != 0 { byID[maps[index].id, default: []].append(index) }
        for outer in outers {
            steps.append(.map(step(outer, innerTemplate: try template(of: outer, byID))))
        }
        for outer in outers where maps[outer].innerID != 0 {
            for inner in byID[maps[outer].innerID] ?? [] {
                if let step = try insertion(of: inner, into: outer) { steps.append(step) }
            }
        }
        return steps
    }

    private func step(_ index: Int, innerTemplate: Int?) -> LoadPlan.MapStep {
        let map = maps[index]
        return LoadPlan.MapStep(
            map: index, name: names[index], type: map.type, keySize: map.keySize,
            valueSize: map.type.holdsMaps ? 4 : map.valueSize, maxEntries: map.maxEntries, flags: map.flags,
            numaNode: map.flags & Self.numaNodeFlag != 0 ? map.numaNode : 0, pin: pin(index),
            innerTemplate: innerTemplate)
    }

    /// The originals' meanings: 2 is tc's shared folder, and any other number but 0 the root of bpffs.
    private func pin(_ index: Int) -> LoadPlan.Pin? {
        switch maps[index].pinning {
        case 0: nil
        case 2: LoadPlan.Pin(directories: Self.globalDirectories, name: names[index])
        default: LoadPlan.Pin(directories: [], name: names[index])
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
