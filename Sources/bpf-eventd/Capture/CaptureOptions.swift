// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFObject
internal import EventStream
internal import EventTypes
internal import ToolSupport

/// What the stream is, and what it says of its events.
struct CaptureOptions: ParsableArguments {
    @Option(help: ArgumentHelp("frames, as in 2018, or capture, a stream that describes itself.", valueName: "kind"))
    var format: StreamKind?

    @Flag(help: ArgumentHelp("Sort the events of a capture by time."))
    var sorted = false

    @Option(help: ArgumentHelp("Object with the types of the events.", valueName: "file"))
    var object: String?

    @Option(
        help: ArgumentHelp(
            "The event's type in --object; with several maps PIN-NAME=TYPE.", valueName: "type"))
    var type: [String] = []

    @Option(
        help: ArgumentHelp(
            "The event's type as C, instead of --object: 'struct { u32 pid; }'.", valueName: "text"))
    var layout: [String] = []

    /// A value of `--format`.
    enum StreamKind: String, ExpressibleByArgument {
        case frames
        case capture
    }

    /// Checks what the parser cannot.
    ///
    /// - Parameter maps: How many maps there are.
    func check(maps: Int) throws {
        if format == .frames && maps > 1 {
            throw ValidationError("--format frames cannot distinguish several maps: leave it out for a capture.")
        }
        let isCapture = streamFormat(maps: maps) == .capture
        if sorted && !isCapture { throw ValidationError("--sorted goes with --format capture.") }
        if object != nil && !isCapture { throw ValidationError("--object goes with --format capture.") }
        if !layout.isEmpty && !isCapture { throw ValidationError("--layout goes with --format capture.") }
        if !layout.isEmpty && object != nil {
            throw ValidationError("--layout and --object both say what the events are: use one of them.")
        }
        if object == nil && !type.isEmpty { throw ValidationError("--type goes with --object.") }
    }

    /// Several maps can only be told apart in a capture.
    func streamFormat(maps: Int) -> StreamWriter.Format {
        format == .capture || maps > 1 ? .capture : .frames
    }

    /// Reads what the command line gives of types, before anything is made.
    ///
    /// - Parameter pins: The maps' pins, in their order.
    func givenTypes(for pins: [String]) throws -> GivenTypes {
        let names = pins.map { String($0.split(separator: "/").last ?? "") }
        var given = GivenTypes()
        for text in layout {
            let (map, text) = Self.split(text)
            let type = EventType(schema: try .layout(text), origin: .layout)
            for number in try Self.numbers(of: map, names, "--layout") {
                given.named[number] = [CaptureSchema(type, source: number)]
            }
        }
        guard let object else { return given }
        let file = try SchemaFile(object)
        guard !type.isEmpty else { return GivenTypes(events: file.events()) }
        for text in type {
            let (map, name) = Self.split(text)
            for number in try Self.numbers(of: map, names, "--type") {
                given.named[number] = [try file.schema(ofType: name, source: number)]
            }
        }
        return given
    }

    /// Takes `PIN-NAME=` off: no type and no declaration begins like that.
    private static func split(_ text: String) -> (map: String?, rest: String) {
        let name = text.prefix { $0 == "_" || $0 == "-" || $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard !name.isEmpty, text[name.endIndex...].hasPrefix("=") else { return (nil, text) }
        return (String(name), String(text[name.endIndex...].dropFirst()))
    }

    private static func numbers(of map: String?, _ names: [String], _ option: String) throws -> [UInt32] {
        let indices = names.indices.filter { map == nil || names[$0] == map }
        guard !indices.isEmpty else {
            throw ValidationError(
                "\(option) \(map ?? "")=: there is no map of that name; there are: \(names.joined(separator: ", "))")
        }
        return indices.map { UInt32($0) }
    }
}
