// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFObject
internal import EventStream

/// What the stream is, and what it says of its events.
struct CaptureOptions: ParsableArguments {
    @Option(help: ArgumentHelp("frames, as in 2018, or capture, with context.", valueName: "kind"))
    var format: StreamKind?

    @Flag(help: ArgumentHelp("Put a capture's events into the order of time.", visibility: .hidden))
    var sorted = false

    @Option(
        help: ArgumentHelp("Object that has the types of the events.", valueName: "file", visibility: .hidden))
    var object: String?

    @Option(
        help: ArgumentHelp(
            "The event's type in --object; with several maps PIN-NAME=TYPE.", valueName: "type", visibility: .hidden))
    var type: [String] = []

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
            throw ValidationError("--format frames cannot tell several maps apart: leave it out for a capture.")
        }
        let isCapture = streamFormat(maps: maps) == .capture
        if sorted && !isCapture { throw ValidationError("--sorted goes with --format capture.") }
        if object != nil && !isCapture { throw ValidationError("--object goes with --format capture.") }
        if (object == nil) != type.isEmpty { throw ValidationError("--object and --type go together.") }
    }

    /// Several maps can only be told apart in a capture.
    func streamFormat(maps: Int) -> StreamWriter.Format {
        format == .capture || maps > 1 ? .capture : .frames
    }

    /// Finds the types of the maps' events in the object.
    ///
    /// - Parameter paths: The maps' pins, in their order.
    /// - Returns: A schema for each map, or nil where none was named.
    func schemas(for paths: [String]) throws -> [EventSchema?] {
        let names = paths.map { String($0.split(separator: "/").last ?? "") }
        var schemas = [EventSchema?](repeating: nil, count: names.count)
        guard let object else { return schemas }
        for text in type {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let (map, name) = parts.count == 2 ? (parts[0], parts[1]) : (nil, text)
            let schema = try SchemaFile.schema(ofType: name, in: object)
            let indices = names.indices.filter { map == nil || names[$0] == map }
            guard !indices.isEmpty else {
                throw ValidationError(
                    "--type \(text): there is no map of that name; there are: \(names.joined(separator: ", "))")
            }
            for index in indices { schemas[index] = schema }
        }
        return schemas
    }
}
