// SPDX-License-Identifier: Apache-2.0

extension Diagnostic {
    /// The diagnostic as lines of text, without a final newline.
    ///
    ///     error: cannot attach to sys_bpff: this kernel has no such function
    ///       where: object test_prog1.o, section prog, program test_prog
    ///       why: ...
    ///       next: ...
    ///
    /// One that is about lines of source files is drawn with these as a compiler does.
    ///
    /// - Parameters:
    ///   - tool: The name that goes in front of the first line.
    ///   - wording: The words for settings: those of the library, or the options of a tool.
    ///   - isColoured: Whether a terminal shows the text.
    public func text(tool: String? = nil, wording: Wording = .library, isColoured: Bool = false) -> String {
        let source = SourceDrawing(labels)
        let isDrawn = severity == .error && (source != nil || !kernelText.isEmpty)
        let mark = severity.rawValue + (isDrawn ? "[\(code.rawValue)]" : "")
        var text = DrawnText(margin: source?.width)
        text.add([
            ((tool.map { $0 + ": " } ?? ""), .plain), (mark, severity == .error ? .error : .strong),
            (": " + headline(wording), .strong),
        ])
        if let source { text.lines += source.lines }
        if !place.isEmpty { text.note("where", place.joined(separator: ", ")) }
        if let first = kernelText.first { text.note("the kernel says", first) }
        for line in kernelText.dropFirst() { text.more(line) }
        if let cause { text.note("why", cause) }
        for line in quotes { text.more(line) }
        if !path.isEmpty { text.note("path", Self.route(path)) }
        if let hint { text.note("next", hint.text(wording)) }
        if let correction { text.note("write", correction) }
        if isDrawn, tool != nil {
            text.note("more", wording.words(Setting(.explanation, code.rawValue)))
        }
        return text.rendered(isColoured: isColoured)
    }

    /// `prog.bpf.c:12, 13, 17`: the file is named where it changes.
    private static func route(_ path: [Label]) -> String {
        var file: String?
        return path.map { label in
            defer { file = label.file }
            return (label.file == file ? "" : label.file + ":") + "\(label.line)"
        }.joined(separator: ", ")
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
        if let correction { members.append(("write", .string(correction))) }
        if !kernelText.isEmpty { members.append(("kernel", .array(kernelText.map { .string($0) }))) }
        if let instruction { members.append(("instruction", .integer(Int64(instruction)))) }
        if let source, !source.file.isEmpty { members.append(("source", source.json)) }
        if !labels.isEmpty { members.append(("labels", .array(labels.map(\.labelJSON)))) }
        if !path.isEmpty { members.append(("path", .array(path.map(\.json)))) }
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
            // As it always was in JSON, without its indentation.
            ("text", .string(file.isEmpty ? text : unindentedText)),
        ]
    }

    /// The place alone.
    var json: JSONValue { .object(place) }

    /// The place with its part in the diagnostic.
    var labelJSON: JSONValue {
        var members = [("role", JSONValue.string(role.rawValue))] + place
        if let columns, !columns.isEmpty { members.append(("end", .integer(Int64(columns.upperBound)))) }
        if let message { members.append(("message", .string(message))) }
        if let function { members.append(("function", .string(function))) }
        return .object(members)
    }
}
