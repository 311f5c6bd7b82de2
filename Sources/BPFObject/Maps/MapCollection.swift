// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// All maps of an object while it is read: legacy ones, those of `.maps`, then those made of data.
struct MapCollection {
    private(set) var maps: [MapDefinition] = []
    /// The index of each declared map by its place.
    private(set) var places = SectionPlaces()
    /// The index of the map of each section of data.
    private(set) var sections: [Int: Int] = [:]

    mutating func add(_ map: MapDefinition, section: Int? = nil) throws(ObjectError) {
        guard maps.count < Limits.maps else {
            throw ObjectError(
                .tooMany("maps", count: UInt64(maps.count) + 1, limit: Limits.maps), section: map.section)
        }
        if let section {
            if map.isData {
                sections[section] = maps.count
            } else {
                places[section: section, map.offset] = maps.count
            }
        }
        maps.append(map)
    }

    /// Gives a section of an arena's variables to the arena.
    mutating func set(arenaContent: [UInt8], section: Int, ofMap index: Int) {
        maps[index].arenaContent = arenaContent
        sections[section] = index
    }

    mutating func set(_ slots: [MapSlot], ofMap index: Int) { maps[index].slots = slots }
}
