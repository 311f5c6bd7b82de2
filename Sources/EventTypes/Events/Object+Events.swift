// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import BTF
internal import Diagnostics

extension Object {
    /// What types the events of its maps have, as far as the object tells: by annotation, else by inference.
    ///
    /// One entry for each map of events, in the order of the maps, that has a type or a reason why it has none. What is
    /// damaged is a note, and no type.
    public func events() -> [MapEvents] {
        do throws(ObjectError) {
            let opened = try ELFFile(file)
            let schemas = SchemaCutter(self)
            let annotations = EventAnnotations(self, opened, schemas)?.all() ?? []
            return EventReader(self, annotations, schemas).events(opened)
        } catch {
            // The same bytes were read before.
            return []
        }
    }

    /// The debug information, or why there is none, as a clause.
    func debugInformation(_ opened: borrowing ELFFile) -> Result<DWARF, EventFault> {
        do throws(EventFault) {
            guard let sections = try DWARFSections(opened) else {
                return .failure(EventFault(words: "it has no debug information: compile with -g"))
            }
            let dwarf = DWARF(sections)
            // What is the only type in one half may not be in the whole.
            return dwarf.damage.map { .failure(EventFault(words: $0)) } ?? .success(dwarf)
        } catch {
            return .failure(EventFault(words: error.words))
        }
    }
}

/// Puts together what the sources of types tell.
private struct EventReader {
    private let object: Object
    private let annotations: [EventAnnotations.Annotation]
    private let schemas: SchemaCutter

    init(_ object: Object, _ annotations: [EventAnnotations.Annotation], _ schemas: SchemaCutter) {
        self.object = object
        self.schemas = schemas
        self.annotations = annotations
    }

    func events(_ file: borrowing ELFFile) -> [MapEvents] {
        let maps = object.maps.map(\.name)
        var events: [MapEvents] = []
        var inference: TypeInference?
        for (index, map) in object.maps.enumerated() {
            let own = annotations.filter { $0.map == map.name }
            let annotated = own.isEmpty ? nil : annotated(map, own)
            if let annotated, !annotated.types.isEmpty || !map.type.holdsEvents {
                events.append(annotated)
            } else if map.type.holdsEvents {
                let inferring = inference ?? self.inference(file)
                inference = inferring
                let inferred = declared(map, inferring.events(ofMap: index))
                events.append(
                    MapEvents(map: map.name, types: inferred.types, notes: (annotated?.notes ?? []) + inferred.notes))
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

    /// What the definition of a map names as the type of its values is the type of its events, if it is a structure.
    ///
    /// Events of other sizes than that keep what was found of them.
    private func declared(_ map: MapDefinition, _ inferred: MapEvents) -> MapEvents {
        guard let types = object.typeInfo.types, map.valueTypeID != 0,
            let type = types.resolved(map.valueTypeID), type.kind == .structure || type.kind == .union,
            let schema = try? EventSchema.schema(ofType: map.valueTypeID, in: types)
        else { return inferred }
        let declared = EventType(schema: schema, tag: nil, origin: .declared)
        let others = inferred.types.filter { $0.schema.size != schema.size }
        let notes = inferred.notes.filter { note in others.contains { note == $0.note(map: map.name) } }
        return MapEvents(map: map.name, types: [declared] + others, notes: [declared.note(map: map.name)] + notes)
    }

    private func inference(_ file: borrowing ELFFile) -> TypeInference {
        switch object.debugInformation(file) {
        case .success(let dwarf): TypeInference(object, dwarf, schemas, missing: "")
        case .failure(let fault):
            // What is damaged is not made up for: lines are read where debug information was stripped, or never there.
            TypeInference(
                object, nil, schemas, missing: fault.words,
                readsLines: !file.sections.contains { $0.name.hasPrefix(".debug_") })
        }
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
