// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension Object {
    /// What types the events of its maps have, as far as the object tells: by annotation, else by inference.
    ///
    /// One entry for each map of events, in the order of the maps, that has a type or a reason why it has none. What is
    /// damaged is a note, and no type.
    public func events() -> [MapEvents] {
        do throws(ObjectError) {
            let opened = try ELFFile(file)
            return EventReader(self, opened).events()
        } catch {
            // The same bytes were read before.
            return []
        }
    }
}

/// Puts together what the sources of types tell.
struct EventReader {
    private let object: Object
    private let annotations: [EventAnnotations.Annotation]

    init(_ object: Object, _ file: borrowing ELFFile) {
        self.object = object
        annotations = EventAnnotations(object, file)?.all() ?? []
    }

    func events() -> [MapEvents] {
        let maps = object.maps.map(\.name)
        var events: [MapEvents] = []
        for map in object.maps {
            let own = annotations.filter { $0.map == map.name }
            if !own.isEmpty {
                events.append(annotated(map, own))
            }
        }
        var seen = Set(maps)
        for annotation in annotations where seen.insert(annotation.map).inserted {
            let near = EditDistance.names(near: annotation.map, among: maps)
            let hint = near.isEmpty ? "" : ": did you mean \(near.joined(separator: ", "))?"
            events.append(
                MapEvents(
                    map: annotation.map, types: [],
                    notes: ["an annotation names the map \(annotation.map), which the object does not have\(hint)"]))
        }
        return events
    }

    private func annotated(_ map: MapDefinition, _ annotations: [EventAnnotations.Annotation]) -> MapEvents {
        var types: [EventType] = []
        var notes: [String] = []
        for annotation in annotations {
            switch annotation.result {
            case .success(let type): if !types.contains(type) { types.append(type) }
            case .failure(let fault): notes.append("an annotation of \(map.name) is not used: \(fault.words)")
            }
        }
        if !map.type.holdsEvents {
            notes.append("\(map.name) is annotated, but a map of type \(map.type) has no events")
            types = []
        }
        return MapEvents(map: map.name, types: types, notes: notes)
    }
}
