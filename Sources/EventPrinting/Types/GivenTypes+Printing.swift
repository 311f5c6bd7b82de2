// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF
internal import Diagnostics
internal import EventTypes
internal import ToolSupport

extension GivenTypes {
    /// Reads what the options name.
    ///
    /// - Throws: `InputFile.Failure`, `ObjectError`, `EventSchemaError`, `LayoutError` or `CommandMistake`.
    init(_ options: TypeOptions, _ objectOptions: TypeObjectOptions?, reporter: Reporter) throws {
        let (tags, _) = try options.tags()
        let type = objectOptions?.type
        var names = tags ?? TypeNames()
        names.type = type
        let areNamed = tags != nil || type != nil
        if let text = options.layout {
            guard objectOptions?.object == nil, !areNamed else {
                let others = [
                    ("--object", objectOptions?.object != nil), ("--type", type != nil), ("--tag", tags != nil),
                ].filter(\.1).map(\.0)
                throw CommandMistake.exclusive(
                    ["--layout"] + others, because: "--layout says all of the event",
                    leave: CommandMistake.list(others, "and"))
            }
            self.init()
            give([EventType(schema: try EventSchema.layout(text), origin: .layout)])
            return
        }
        guard let path = objectOptions?.object else {
            if areNamed { self.init(names: names) } else { self.init() }
            return
        }
        let object = try Object.read(path)
        self.init(object: object, isAsked: !areNamed)
        if areNamed {
            give(try names.types { name throws(EventSchemaError) in try object.eventSchema(named: name) })
        }
        for note in events?.flatMap(\.notes) ?? [] {
            var diagnostic = Diagnostic(.eventsUntyped, .note, stage: .object, note.terminalSafe)
            diagnostic.object = path
            reporter.report(diagnostic)
        }
    }

    /// What is given for the events of a source.
    ///
    /// - Parameter name: Its map's name; nil for a stream that does not say it.
    /// - Throws: If the object has several maps of events and none is named.
    func choice(ofMap name: String?) throws(InputFailure) -> Choice {
        guard name == nil, typedMaps.count > 1 else {
            return choice(ofMap: name.map { [$0] } ?? [], isOnly: name == nil)
        }
        var diagnostic = Diagnostic(
            .mapNotChosen, stage: .arguments,
            "the object sends events to several maps, and the stream names none",
            cause: "its maps are " + typedMaps.map(\.map.terminalSafe).joined(separator: ", "),
            nextStep: "name one by --map")
        diagnostic.object = object?.name
        throw InputFailure(diagnostic: diagnostic)
    }
}

extension TypeNames {
    /// The types, among those that a stream carries.
    ///
    /// - Throws: If there is none of a name.
    func types(among carried: [EventType]) throws(InputFailure) -> [EventType] {
        try types { name throws(InputFailure) in try Self.find(name, in: carried) }
    }

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
