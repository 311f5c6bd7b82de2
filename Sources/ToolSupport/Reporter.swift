// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// Where a tool's own words go: diagnostics to stderr, its state to the stream it promised, as text or as JSON lines.
///
/// Every report is one write(2), so that lines of several processes on one terminal do not mix. stderr is never waited
/// for: what a stalled one does not take is told later, and what is too much is counted.
package struct Reporter: Sendable {
    /// How reports look.
    package enum Format: Sendable {
        /// Lines for people.
        case text
        /// One JSON object a line.
        case json
    }

    /// A stream of the process.
    package enum Stream: Int32, Sendable {
        /// stdout
        case standardOutput = 1
        /// stderr
        case standardError = 2
    }

    /// The tool's name, in front of its diagnostics.
    package let tool: String
    /// How reports look.
    package let format: Format
    /// Whether only errors are told.
    package let quiet: Bool
    /// Where the tool's state (`Running.`) goes.
    package let statusStream: Stream
    /// Whether notes are told.
    package var tellsNotes = true
    /// The codes of warnings and notes that are not told.
    package let silenced: Set<String>

    /// Creates a reporter.
    package init(
        tool: String, format: Format = .text, quiet: Bool = false,
        statusStream: Stream = .standardError, silenced: Set<String> = []
    ) {
        self.silenced = silenced
        self.tool = tool
        self.format = format
        self.quiet = quiet
        self.statusStream = statusStream
    }

    /// The same with the tool's state on stderr, for one whose stdout is data.
    package var onStandardError: Reporter {
        var other = Reporter(
            tool: tool, format: format, quiet: quiet, statusStream: .standardError, silenced: silenced)
        other.tellsNotes = tellsNotes
        return other
    }

    /// Tells a diagnostic on stderr; warnings and notes are kept back when quiet.
    package func report(_ diagnostic: Diagnostic) {
        guard diagnostic.severity == .error || !(quiet || silenced.contains(diagnostic.code.rawValue)),
            diagnostic.severity != .note || tellsNotes
        else { return }
        switch format {
        case .text:
            let isColoured = ColourMode.auto.isOn(for: Stream.standardError.rawValue)
            let text = diagnostic.text(tool: tool, wording: .options, isColoured: isColoured)
            write(line: text, to: .standardError, waits: false)
        case .json: write(json: json(diagnostic), to: .standardError)
        }
    }

    /// The JSON form, with the exit code that an error leads to.
    private func json(_ diagnostic: Diagnostic) -> JSONValue {
        diagnostic.json(
            tool: tool, exit: diagnostic.severity == .error ? ExitStatus(diagnostic.code).rawValue : nil,
            wording: .options)
    }

    /// Shows a text of many lines on stderr, each line made safe for the terminal.
    ///
    /// - Parameters:
    ///   - text: The text, such as the verifier's log.
    ///   - event: The value of `event` in the JSON form, where the text is the member `text`.
    package func show(_ text: String, event: String) {
        switch format {
        case .text:
            write(text, to: .standardError, waits: true)
        case .json:
            write(
                json: .object([
                    ("tool", .string(tool)), ("event", .string(event)), ("text", .string(text)),
                ]), to: .standardError, waits: true)
        }
    }

    /// Tells a state of the tool, unless quiet.
    ///
    /// - Parameters:
    ///   - text: The line for people, without a newline.
    ///   - event: The value of `event` in the JSON form.
    ///   - members: What else the JSON form tells.
    ///   - stream: Another stream than the tool's usual one.
    package func status(
        _ text: String, event: String, _ members: [(String, JSONValue)] = [], on stream: Stream? = nil
    ) {
        guard !quiet else { return }
        switch format {
        case .text: write(text, to: stream ?? statusStream)
        case .json:
            write(
                json: .object([("tool", .string(tool)), ("event", .string(event))] + members),
                to: stream ?? statusStream)
        }
    }

    /// Writes what could not be written before; to be called now and then by who runs for long.
    package func flush() {
        MessageStream.standardError.write([])
        tellDropped()
    }

    /// Writes what waits, for as long as the readers take something.
    func finish() {
        MessageStream.standardOutput.finish(stall: nil)
        MessageStream.standardError.finish(stall: Self.patience)
        if tellDropped() { MessageStream.standardError.finish(stall: Self.patience) }
    }

    /// How long, in milliseconds, a stalled stderr is waited for at the end.
    private static let patience: Int64 = 2000

    /// Whether words of a tool wait for their reader.
    static var hasWaiting: Bool { MessageStream.standardError.hasWaiting }

    /// Writes a text and a newline, whatever is in the text.
    ///
    /// stdout has what the tool was run for, and is waited for; stderr is not, unless it is asked to.
    ///
    /// - Returns: False if the stream is closed or broken.
    @discardableResult
    func write(_ text: String, to stream: Stream, waits: Bool = false) -> Bool {
        write(line: text.terminalSafeLines, to: stream, waits: waits)
    }

    /// Writes a JSON object as a line; JSON has its own escapes.
    private func write(json: JSONValue, to stream: Stream, waits: Bool = false) {
        write(line: json.line, to: stream, waits: waits)
    }

    /// The one way to the two streams.
    @discardableResult
    private func write(line: String, to stream: Stream, waits: Bool) -> Bool {
        let bytes = Array((line + "\n").utf8)
        switch stream {
        case .standardOutput:
            MessageStream.standardOutput.write(bytes)
            return MessageStream.standardOutput.finish(stall: nil)
        case .standardError:
            let isOpen = MessageStream.standardError.write(bytes)
            if waits { MessageStream.standardError.finish(stall: nil) }
            tellDropped()
            return isOpen
        }
    }

    /// Tells how many messages were not shown.
    ///
    /// - Returns: False if there were none, or others still wait.
    @discardableResult
    private func tellDropped() -> Bool {
        guard let count = MessageStream.standardError.takeDropped() else { return false }
        let note = Diagnostic(
            .messagesDropped, .warning, stage: .stream, "\(count) messages were not shown: stderr stalled")
        let text = format == .json ? json(note).line : note.text(tool: tool, wording: .options)
        MessageStream.standardError.write(Array((text + "\n").utf8))
        return true
    }
}
