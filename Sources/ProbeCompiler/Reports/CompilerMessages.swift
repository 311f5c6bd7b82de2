// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// What `swiftc` says (`-diagnostic-style llvm`), as values: `Probe.swift:4:12: error: cannot find 'x' in scope`.
struct CompilerMessages {
    /// One message and the notes that belong to it.
    struct Message: Hashable {
        enum Kind: String { case error, warning, note }
        var kind: Kind
        var place: SourcePlace
        var text: String
        var notes: [Message] = []
    }

    private(set) var messages: [Message] = []

    init(_ output: String) {
        var told: Set<Message> = []
        var isRepeated = false
        for line in IRText.lines(output) {
            guard let message = Self.message(line) else { continue }
            if message.kind == .note, !messages.isEmpty {
                guard !isRepeated else { continue }
                messages[messages.count - 1].notes.append(message)
            } else {
                isRepeated = !told.insert(message).inserted
                if !isRepeated { messages.append(message) }
            }
        }
    }

    /// A line that begins with a place; nil for others, such as lines of source.
    static func message(_ line: Substring) -> Message? {
        for kind in [Message.Kind.error, .warning, .note] {
            guard let mark = IRText.place(of: ": \(kind.rawValue): ", in: line), let place = place(line[..<mark]) else {
                continue
            }
            let text = Substring(line[mark...].utf8.dropFirst(kind.rawValue.utf8.count + 4))
            return Message(kind: kind, place: place, text: String(text))
        }
        return nil
    }

    /// The place that is written as `FILE:LINE:COLUMN`.
    static func place(_ text: Substring) -> SourcePlace? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, let line = Int(parts[parts.count - 2]), let column = Int(parts[parts.count - 1]),
            line > 0
        else { return nil }
        return SourcePlace(file: parts.dropLast(2).joined(separator: ":"), line: line, column: column)
    }

    /// What a user is told of the messages of one kind.
    func diagnostics(_ kind: Message.Kind) -> [Diagnostic] {
        messages.filter { $0.kind == kind }.map { message in
            var diagnostic = Diagnostic(
                Self.code(of: message.text), kind == .error ? .error : .warning, stage: .object,
                Self.words(message.text),
                cause: Self.cause(of: message.text), nextStep: Self.advice(message.text))
            diagnostic.source = message.place.label
            for note in message.notes.prefix(8) where note.place.line > 0 && !note.place.file.hasPrefix("<") {
                var label = note.place.label
                label.role = .secondary
                label.message = note.text
                diagnostic.labels.append(label)
            }
            return diagnostic
        }
    }

    /// The places that messages name.
    var places: Set<String> { Set(messages.flatMap { [$0.place] + $0.notes.map(\.place) }.map(\.file)) }

    // MARK: - Words

    private static let noAllocations = " in -no-allocations mode"

    private static func code(of text: String) -> Diagnostic.Code {
        if text.hasSuffix(noAllocations) || text.contains("cannot use allocating") { return .probeAllocation }
        if text.contains("'any ") && text.contains("embedded Swift") { return .probeExistential }
        return .probeSource
    }

    private static func words(_ text: String) -> String {
        text.hasSuffix(noAllocations) ? String(text.dropLast(noAllocations.count)) : text
    }

    private static func cause(of text: String) -> String? {
        switch code(of: text) {
        case .probeAllocation: "BPF has no memory to allocate"
        case .probeExistential: "the function is known only when the program runs, and BPF calls known functions only"
        case .probeSource where text.hasSuffix("does not conform to protocol 'BitwiseCopyable'"):
            "it holds more than numbers and arrays of them; C's unions and bit-fields count as more"
        default: nil
        }
    }

    private static func advice(_ text: String) -> Diagnostic.Hint? {
        switch code(of: text) {
        case .probeAllocation:
            "use structs, InlineArray, Text and maps in place of classes, Array, String and closures that stay"
        case .probeExistential: "write a generic parameter, or an enumeration of the types"
        case .probeSource where text.hasPrefix("no such module"): "a probe imports BPFKit and nothing else"
        case .probeSource where text == "missing argument label 'terminator:' in call":
            "a program of the kernel has no output for print: write trace(\"… \\(x)\"), or send an event"
        default: nil
        }
    }
}
