// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFObject
internal import Diagnostics
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
        case named(TagChoice?, type: String?)
    }

    private let given: Given
    /// The only map whose events are meant.
    let map: String?

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
            given = tags != nil || options.type != nil ? .named(tags, type: options.type) : .nothing
            return
        }
        let object = try Object(parsing: InputFile.read(path, limit: Self.sizeLimit), name: path)
        if tags != nil || options.type != nil {
            given = .all(try Self.types(tags, options.type) { try object.eventSchema(named: $0) })
            return
        }
        let events = object.events()
        for map in events {
            for note in map.notes {
                reporter.report(
                    Diagnostic(.note, stage: .object, note.terminalSafe, object: path, exitStatus: .success))
            }
        }
        given = .object(events, path: path)
    }

    /// Bytes of an object file: what `Object` takes.
    private static let sizeLimit = 32 << 20

    private static func types(
        _ tags: TagChoice?, _ type: String?, _ find: (String) throws -> EventSchema
    ) rethrows -> [EventType] {
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
    /// - Parameters:
    ///   - name: The map's name; nil for a stream that does not tell it.
    ///   - carried: The types that the stream carries for the map.
    /// - Returns: Nil if nothing was given for it.
    /// - Throws: If the object has several maps of events and none is named, or no type of a name.
    func types(ofMap name: String?, carried: [EventType]) throws(InputFailure) -> [EventType]? {
        switch given {
        case .nothing: return nil
        case .all(let types): return types
        case .named(let tags, let type):
            do throws(EventSchemaError) {
                return try Self.types(tags, type) { name throws(EventSchemaError) in
                    try Self.find(name, in: carried)
                }
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        case .object(let events, let path):
            let wanted = name.flatMap { $0.isEmpty ? nil : $0 } ?? map
            if let wanted {
                // The kernel keeps 15 characters of a map's name.
                return events.first { $0.map == wanted || $0.map.utf8.prefix(15).elementsEqual(wanted.utf8) }?.types
            }
            let typed = events.filter { !$0.types.isEmpty }
            guard typed.count <= 1 else {
                throw InputFailure(
                    diagnostic: Diagnostic(
                        stage: .arguments, "the object sends events to several maps, and the stream tells of none",
                        object: path, cause: "its maps are " + typed.map(\.map.terminalSafe).joined(separator: ", "),
                        nextStep: "name one by --map", exitStatus: .usage))
            }
            return typed.first?.types
        }
    }

    /// A type by its name in what the stream carries.
    private static func find(_ name: String, in carried: [EventType]) throws(EventSchemaError) -> EventSchema {
        if let type = carried.first(where: { $0.schema.name == name }) { return type.schema }
        var failure: EventSchemaError?
        for type in carried {
            guard let btf = try? BTF(parsing: type.schema.btf) else { continue }
            do throws(EventSchemaError) {
                return try EventSchema.find(named: name, in: btf)
            } catch {
                failure = failure ?? error
            }
        }
        throw failure ?? EventSchemaError.noTypes(named: name)
    }
}

/// Why a stream cannot be read on, or its events not be shown.
struct InputFailure: DiagnosticError {
    let diagnostic: Diagnostic
}
