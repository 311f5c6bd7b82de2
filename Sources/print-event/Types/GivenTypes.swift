// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import ArgumentParser
internal import BPFObject
internal import Diagnostics
internal import EventTypes
internal import ToolSupport

/// The types of events that the command line tells; they go before those in the stream.
struct GivenTypes {
    private enum Given {
        case nothing
        /// The types of all events, or of those of `--map`.
        case all([EventType])
        /// What an object says of each of its maps.
        case object([MapEvents], path: String)
        /// A type by its name, among those that the stream carries.
        case named(NamedTypes)
    }

    /// What is given for the events of a map.
    enum Choice {
        /// Nothing: what the stream carries counts.
        case carried
        /// These types, and a key that distinguishes them from those of other maps.
        case given([EventType], key: String)
        /// These of the types that the stream carries.
        case named(NamedTypes)
    }

    /// Types by their names.
    struct NamedTypes {
        fileprivate let tags: TagChoice?
        fileprivate let type: String?

        /// The types, among those that a stream carries.
        ///
        /// - Throws: If there is none of a name.
        func types(among carried: [EventType]) throws(InputFailure) -> [EventType] {
            try GivenTypes.chosen(tags, type) { name throws(InputFailure) in try GivenTypes.find(name, in: carried) }
        }
    }

    private let given: Given
    /// The only map whose events are meant.
    let map: String?

    /// The object whose maps tell the types.
    var object: String? { if case .object(_, let path) = given { path } else { nil } }

    /// Reads what the options name.
    ///
    /// - Throws: `InputFile.Failure`, `ObjectError`, `EventSchemaError`, `LayoutError` or `ValidationError`.
    init(_ options: TypeOptions, tags: TagChoice?, reporter: Reporter) throws {
        map = options.map
        if let text = options.layout {
            guard options.object == nil, options.type == nil, tags == nil else {
                throw ValidationError("--layout says all of the event: leave out --object, --type and --tag.")
            }
            given = .all([EventType(schema: try EventSchema.layout(text), origin: .layout)])
            return
        }
        guard let path = options.object else {
            given = tags != nil || options.type != nil ? .named(NamedTypes(tags: tags, type: options.type)) : .nothing
            return
        }
        let object = try Object(parsing: InputFile.read(path, limit: Self.sizeLimit), name: path)
        if tags != nil || options.type != nil {
            given = .all(
                try Self.chosen(tags, options.type) { name throws(EventSchemaError) in
                    try object.eventSchema(named: name)
                })
            return
        }
        let events = object.events()
        for map in events {
            for note in map.notes {
                var diagnostic = Diagnostic(.eventsUntyped, .note, stage: .object, note.terminalSafe)
                diagnostic.object = path
                reporter.report(diagnostic)
            }
        }
        given = .object(events, path: path)
    }

    /// Bytes of an object file: what `Object` takes.
    private static let sizeLimit = 32 << 20

    private static func chosen<Failure: Error>(
        _ tags: TagChoice?, _ type: String?, _ find: (String) throws(Failure) -> EventSchema
    ) throws(Failure) -> [EventType] {
        var types: [EventType] = []
        for choice in tags?.types ?? [] {
            types.append(
                EventType(
                    schema: try find(choice.type),
                    tag: EventTag(field: tags?.field ?? "", value: choice.value), origin: .named))
        }
        if let type { types.append(EventType(schema: try find(type), origin: .named)) }
        return types
    }

    /// The types of the events of a map.
    ///
    /// - Parameter name: The map's name; nil for a stream that does not say it.
    /// - Throws: If the object has several maps of events and none is named.
    func types(ofMap name: String?) throws(InputFailure) -> Choice {
        switch given {
        case .nothing: return .carried
        case .all(let types): return .given(types, key: "")
        case .named(let named): return .named(named)
        case .object(let events, let path):
            let wanted = name.flatMap { $0.isEmpty ? nil : $0 } ?? map
            if let wanted {
                // The kernel keeps 15 characters of a map's name.
                let found = events.first { $0.map == wanted || $0.map.utf8.prefix(15).elementsEqual(wanted.utf8) }
                return found.map { .given($0.types, key: $0.map) } ?? .carried
            }
            let typed = events.filter { !$0.types.isEmpty }
            guard typed.count <= 1 else {
                var diagnostic = Diagnostic(
                    .mapNotChosen, stage: .arguments,
                    "the object sends events to several maps, and the stream names none",
                    cause: "its maps are " + typed.map(\.map.terminalSafe).joined(separator: ", "),
                    nextStep: "name one by --map")
                diagnostic.object = path
                throw InputFailure(diagnostic: diagnostic)
            }
            return typed.first.map { .given($0.types, key: $0.map) } ?? .carried
        }
    }

    /// A type by its name in what the stream carries.
    private static func find(_ name: String, in carried: [EventType]) throws(InputFailure) -> EventSchema {
        if let type = carried.first(where: { $0.schema.name == name }) { return type.schema }
        var failure: EventSchemaError?
        for type in carried {
            do throws(EventSchemaError) {
                return try EventSchema.find(named: name, in: type.schema)
            } catch {
                failure = failure ?? error
            }
        }
        throw InputFailure(
            diagnostic: failure?.diagnostic
                ?? Diagnostic(
                    .streamWithoutTypes, stage: .arguments,
                    "the stream carries no types, so \(name.terminalSafe) is not among them",
                    nextStep: "name the object that has it: --object prog.o"))
    }
}

/// Why a stream cannot be read on, or its events not be shown.
struct InputFailure: DiagnosticError {
    let diagnostic: Diagnostic
}
