// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFObject
internal import Diagnostics
internal import EventStream
internal import EventTypes
package import ToolSupport

/// What the stream is, and what it says of its events.
package struct CaptureOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("frames, as in 2018, or capture, a stream that describes itself.", valueName: "kind"),
        completion: .list(["frames", "capture"]))
    var format: StreamKind?

    @Flag(help: ArgumentHelp("Sort the events of a capture by time."))
    var sorted = false

    @Option(help: ArgumentHelp("Object with the types of the events.", valueName: "file"), completion: .file())
    var object: String?

    @Option(
        help: ArgumentHelp(
            "The event's type in --object; with several maps PIN-NAME=TYPE.", valueName: "type"))
    var type: [String] = []

    @Option(
        help: ArgumentHelp(
            "The event's type as C, instead of --object: 'struct { u32 pid; }'; of a map that is read its value's, or "
                + "both: 'struct { u32 key; u64 value; }'.", valueName: "text"))
    var layout: [String] = []

    /// A capture or frames, as the maps need it.
    package init() {}

    /// A value of `--format`.
    package enum StreamKind: String, ExpressibleByArgument, CaseIterable {
        case frames
        case capture
    }

    private static let capture: Diagnostic.Hint = "leave --format out, for a capture"

    /// Checks what the parser cannot.
    ///
    /// - Parameters:
    ///   - maps: How many maps there are.
    ///   - readsMaps: Whether maps are read that no events come from.
    ///   - isDumped: Whether it is written by `--last`, which makes captures.
    ///   - others: Options that stand elsewhere and are for captures.
    package func check(maps: Int, readsMaps: Bool = false, isDumped: Bool = false, others: [String] = []) throws {
        if format == .frames && readsMaps {
            throw CommandMistake.value("--format", "frames", "has no place for maps that are read", hint: Self.capture)
        }
        if format == .frames && isDumped {
            throw CommandMistake.exclusive(
                ["--last", "--format"], because: "--last writes captures", leave: "--format")
        }
        if format == .frames && maps > 1 {
            throw CommandMistake.value("--format", "frames", "cannot distinguish several maps", hint: Self.capture)
        }
        let isCapture = isDumped || streamFormat(maps: maps, readsMaps: readsMaps) == .capture
        let ofCaptures = [
            ("--sorted", sorted), ("--object", object != nil), ("--layout", !layout.isEmpty),
        ]
        if !isCapture, let option = ofCaptures.first(where: \.1)?.0 ?? others.first {
            throw CommandMistake.needs(option, ["--format capture"])
        }
        if !layout.isEmpty && object != nil {
            throw CommandMistake.exclusive(["--layout", "--object"], because: "both say what the events are")
        }
        if object == nil && !type.isEmpty { throw CommandMistake.needs("--type", ["--object"]) }
    }

    /// Several maps can only be told apart in a capture, and snapshots are in captures only.
    func streamFormat(maps: Int, readsMaps: Bool) -> StreamWriter.Format {
        format == .capture || maps > 1 || readsMaps ? .capture : .frames
    }

    /// Reads what the command line gives of types, before anything is made.
    ///
    /// - Parameter pins: The maps' pins, in their order.
    func givenTypes(for pins: [String]) throws -> GivenTypes {
        let names = pins.map { String($0.split(separator: "/").last ?? "") }
        guard let path = object else {
            var given = GivenTypes()
            for text in layout {
                let (map, text) = Self.split(text)
                try Self.check(map, names, "--layout")
                given.give([EventType(schema: try .layout(text), origin: .layout)], to: map)
            }
            return given
        }
        let object = try Object.read(path)
        // Nothing that runs here sends events that are laid out for the other byte order.
        try object.checkByteOrder()
        var given = GivenTypes(object: object, isAsked: type.isEmpty)
        for text in type {
            let (map, name) = Self.split(text)
            try Self.check(map, names, "--type")
            given.give([EventType(schema: try object.eventSchema(named: name), origin: .named)], to: map)
        }
        return given
    }

    /// Takes `PIN-NAME=` off: no type and no declaration begins like that.
    private static func split(_ text: String) -> (map: String?, rest: String) {
        let name = text.prefix { $0 == "_" || $0 == "-" || $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard !name.isEmpty, text[name.endIndex...].hasPrefix("=") else { return (nil, text) }
        return (String(name), String(text[name.endIndex...].dropFirst()))
    }

    private static func check(_ map: String?, _ names: [String], _ option: String) throws {
        guard let map, !names.contains(map) else { return }
        throw CommandMistake.value(
            option, map + "=...", "names no map of this run",
            hint: "the maps are \(.chooseName(names), names.joined(separator: ", "))")
    }
}

extension CaptureOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        format = line.value("--format")
        sorted = line.flag("--sorted")
        object = line.value("--object")
        type = line.values("--type")
        layout = line.values("--layout")
    }
}
