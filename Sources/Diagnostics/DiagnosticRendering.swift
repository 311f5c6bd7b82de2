// SPDX-License-Identifier: Apache-2.0

extension Diagnostic {
    /// The diagnostic as lines of text, without a final newline.
    ///
    ///     error: cannot attach to sys_bpff: this kernel has no such function
    ///       object: test_prog1.o, section prog, program test_prog
    ///       why: ...
    ///       next: ...
    ///
    /// - Parameters:
    ///   - tool: The name that goes in front of the first line.
    ///   - wording: The words for settings: those of the library, or the options of a tool.
    public func text(tool: String? = nil, wording: Wording = .library) -> String {
        var lines = [(tool.map { $0 + ": " } ?? "") + severity.rawValue + ": " + headline(wording)]
        if !place.isEmpty { lines.append("  where: " + place.joined(separator: ", ")) }
        if let source, !source.file.isEmpty {
            lines.append("  source: \(source.file):\(source.line)" + (source.column > 0 ? ":\(source.column)" : ""))
            if !source.text.isEmpty { lines.append("    | " + source.text) }
        }
        if let cause { lines.append("  why: " + cause) }
        lines += quotes.map { "    " + $0 }
        if let hint { lines.append("  next: " + hint.text(wording)) }
        return lines.map(\.terminalSafe).joined(separator: "\n")
    }

    /// The message, after the setting that it is about.
    private func headline(_ wording: Wording) -> String {
        (setting.map { wording.words($0) + ": " } ?? "") + message
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
    ///   - wording: The words for settings.
    public func json(tool: String? = nil, exit: Int32? = nil, wording: Wording = .library) -> JSONValue {
        var members: [(String, JSONValue)] = tool.map { [("tool", .string($0))] } ?? []
        members += [
            ("event", .string(severity.rawValue)), ("code", .string(code.rawValue)),
            ("stage", .string(stage.rawValue)), ("message", .string(headline(wording))),
        ]
        for (name, value) in [
            ("object", object), ("section", section), ("program", program), ("map", map), ("cause", cause),
            ("next", hint?.text(wording)),
        ] {
            if let value { members.append((name, .string(value))) }
        }
        if let instruction { members.append(("instruction", .integer(Int64(instruction)))) }
        if let source, !source.file.isEmpty { members.append(("source", source.json)) }
        if !labels.isEmpty { members.append(("labels", .array(labels.map(\.labelJSON)))) }
        let actions = hint?.actions ?? []
        if !actions.isEmpty { members.append(("actions", .array(actions.map(\.json)))) }
        let quotes = quotes
        if !quotes.isEmpty { members.append(("details", .array(quotes.map { .string($0) }))) }
        if let exit { members.append(("exit", .integer(Int64(exit)))) }
        return .object(members)
    }
}

extension Diagnostic.Hint.Action {
    /// What to do, and with what.
    var json: JSONValue {
        func action(_ what: String, _ key: String, _ value: JSONValue) -> JSONValue {
            .object([("do", .string(what)), (key, value)])
        }
        return switch self {
        case .set(let setting):
            .object(
                [("do", .string("set")), ("setting", .string(setting.kind.rawValue))]
                    + [("name", setting.name), ("value", setting.value)].compactMap { key, value in
                        value.map { (key, .string($0)) }
                    })
        case .raiseLimit(let limit): action("raise-limit", "limit", .string(limit))
        case .setKernelParameter(let name): action("set-kernel-parameter", "name", .string(name))
        case .gainCapabilities(let names): action("gain-capabilities", "names", .array(names.map { .string($0) }))
        case .chooseName(let names): action("choose-name", "names", .array(names.map { .string($0) }))
        case .chooseFunction(let example): action("choose-function", "example", .string(example))
        case .attachAs(let kind): action("attach-as", "kind", .string(kind))
        case .compile(let arguments): action("compile", "arguments", .string(arguments))
        case .useKernel(let options): action("use-kernel", "options", .array(options.map { .string($0) }))
        case .loadModule(let name): action("load-module", "name", .string(name))
        case .mount(let type): action("mount", "type", .string(type))
        case .remove(let path): action("remove", "path", .string(path))
        case .end(let pid): action("end", "pid", .integer(Int64(pid)))
        }
    }
}

extension Diagnostic.Label {
    private var place: [(String, JSONValue)] {
        [
            ("file", .string(file)), ("line", .integer(Int64(line))), ("column", .integer(Int64(column))),
            ("text", .string(text)),
        ]
    }

    /// The place alone.
    var json: JSONValue { .object(place) }

    /// The place with its part in the diagnostic.
    var labelJSON: JSONValue {
        var members = [("role", JSONValue.string(role.rawValue))] + place
        if let columns, !columns.isEmpty { members.append(("end", .integer(Int64(columns.upperBound)))) }
        if let message { members.append(("message", .string(message))) }
        return .object(members)
    }
}
