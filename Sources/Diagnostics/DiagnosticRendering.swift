// SPDX-License-Identifier: Apache-2.0

extension Diagnostic {
    /// The diagnostic as lines of text, without a final newline.
    ///
    ///     error: cannot attach to sys_bpff: this kernel has no such function
    ///       object: test_prog1.o, section prog, program test_prog
    ///       why: ...
    ///       next: ...
    ///
    /// - Parameter tool: The name that goes in front of the first line.
    public func text(tool: String? = nil) -> String {
        var lines = [(tool.map { $0 + ": " } ?? "") + severity.rawValue + ": " + message]
        if !place.isEmpty { lines.append("  where: " + place.joined(separator: ", ")) }
        if let source {
            lines.append("  source: \(source.file):\(source.line)" + (source.column > 0 ? ":\(source.column)" : ""))
            if !source.text.isEmpty { lines.append("    | " + source.text) }
        }
        if let cause { lines.append("  why: " + cause) }
        lines += details.map { "    " + $0 }
        if let nextStep { lines.append("  next: " + nextStep) }
        return lines.map(\.terminalSafe).joined(separator: "\n")
    }

    private var place: [String] {
        [("object", object), ("section", section), ("program", program), ("map", map)]
            .compactMap { name, value in value.map { "\(name) \($0)" } }
            + (instruction.map { ["instruction \($0)"] } ?? [])
    }

    /// The diagnostic as a JSON object; members that are not known are left out.
    ///
    /// - Parameters:
    ///   - tool: The tool that reports it, if it is one.
    ///   - exit: The value of its member `exit`, if it ends a process.
    public func json(tool: String? = nil, exit: Int32? = nil) -> JSONValue {
        var members: [(String, JSONValue)] = tool.map { [("tool", .string($0))] } ?? []
        members += [
            ("event", .string(severity.rawValue)), ("code", .string(code.rawValue)),
            ("stage", .string(stage.rawValue)), ("message", .string(message)),
        ]
        for (name, value) in [
            ("object", object), ("section", section), ("program", program), ("map", map), ("cause", cause),
            ("next", nextStep),
        ] {
            if let value { members.append((name, .string(value))) }
        }
        if let instruction { members.append(("instruction", .integer(Int64(instruction)))) }
        if let source {
            members.append(
                (
                    "source",
                    .object([
                        ("file", .string(source.file)), ("line", .integer(Int64(source.line))),
                        ("column", .integer(Int64(source.column))), ("text", .string(source.text)),
                    ])
                ))
        }
        if !details.isEmpty { members.append(("details", .array(details.map { .string($0) }))) }
        if let exit { members.append(("exit", .integer(Int64(exit)))) }
        return .object(members)
    }
}
