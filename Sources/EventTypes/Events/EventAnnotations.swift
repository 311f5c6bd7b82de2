// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF
internal import Diagnostics

/// Reads what the source of a program says of its events: the variables that the macros of `bpf_event.h` define.
///
/// `bpf_event_3_map_event` is a pointer to the type of the events of `map_event`. If the number belongs to a
/// `bpf_event_tag_3` too, that is a structure whose one member names the field that tells them from others, and holds
/// its value.
struct EventAnnotations {
    /// The section of the variables.
    static let sectionName = TypePlaces.eventTypesSection
    private static let typePrefix = "bpf_event_"
    private static let tagPrefix = "bpf_event_tag_"
    /// Annotations of one object that are read.
    private static let limit = 1_024

    /// One annotation; what is wrong with one that cannot be used is its fault.
    struct Annotation {
        let map: String
        let result: Result<EventType, EventFault>
    }

    private let types: BTF
    private let schemas: SchemaCutter
    private let places: [String: Int]
    private let bytes: ByteReader

    /// Annotations need BTF and what the section holds; nil if the object has none.
    init?(_ object: Object, _ file: borrowing ELFFile, _ schemas: SchemaCutter) {
        guard let section = file.firstSection(named: Self.sectionName), section.type == ELF.SectionType.programBits,
            let types = object.typeInfo.types
        else { return nil }
        do throws(ObjectError) {
            bytes = try file.bytes(of: section)
        } catch {
            return nil
        }
        self.types = types
        self.schemas = schemas
        places = object.typePlaces.sections[Self.sectionName]?.symbols ?? [:]
    }

    /// All annotations, in the order of the source.
    ///
    /// The number of a type and that of its tag are next to each other: objects that were linked repeat numbers.
    func all() -> [Annotation] {
        let variables = variables()
        var found: [Annotation] = []
        for (index, variable) in variables.enumerated() {
            guard let (number, map) = variable.numberAndMap else { continue }
            let next = variables.indices.contains(index + 1) ? variables[index + 1] : nil
            do throws(EventFault) {
                let schema = try schema(pointedToBy: variable.type)
                var tag: EventTag?
                if let next, next.name == Self.tagPrefix + number { tag = try self.tag(next) }
                let type = EventType(schema: schema, tag: tag, origin: .annotated)
                found.append(Annotation(map: map, result: .success(type)))
            } catch {
                found.append(Annotation(map: map, result: .failure(error)))
            }
        }
        return found
    }

    /// A variable of the section.
    private struct Variable {
        let name: String
        let type: Int
        /// Bytes from the start of the section.
        let place: Int

        /// What the name of an annotation tells; nil of a tag's.
        var numberAndMap: (number: String, map: String)? {
            guard name.hasPrefix(typePrefix), !name.hasPrefix(tagPrefix) else { return nil }
            let parts = name.dropFirst(typePrefix.count).split(
                separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, Int(parts[0]) != nil, !parts[1].isEmpty else { return nil }
            return (String(parts[0]), String(parts[1]))
        }
    }

    private func variables() -> [Variable] {
        var found: [Variable] = []
        for id in types.firstID..<types.endID {
            guard let section = types[id], section.kind == .dataSection, section.count <= Self.limit,
                types.name(of: section) == Self.sectionName
            else { continue }
            for entry in types.variables(of: section).prefix(Self.limit - found.count) {
                guard let type = types[entry.type], type.kind == .variable else { continue }
                let name = types.name(of: type)
                found.append(Variable(name: name, type: type.sizeOrType, place: places[name] ?? entry.offset))
            }
        }
        return found.sorted { $0.place < $1.place }
    }

    private func schema(pointedToBy variable: Int) throws(EventFault) -> EventSchema {
        guard let pointer = types.resolved(variable), pointer.kind == .pointer else {
            throw EventFault(words: "its annotation is not a pointer to a type")
        }
        return try schemas.schema(ofType: pointer.sizeOrType)
    }

    private func tag(_ variable: Variable) throws(EventFault) -> EventTag {
        guard let type = types.resolved(variable.type), type.kind == .structure,
            let member = types.member(of: type, at: 0), types.size(of: member.type) == 8,
            let value = bytes.u64(variable.place)
        else { throw EventFault(words: "the value that distinguishes its type from others cannot be read") }
        return EventTag(field: types.string(member.nameOffset), value: Int64(bitPattern: value))
    }
}
