// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
public import Diagnostics
internal import SystemPackage

/// Where a tool's own words go: diagnostics to stderr, its state to the stream it promised, as text or as JSON lines.
///
/// Every report is one write(2), so that lines of several processes on one terminal do not mix.
public struct Reporter: Sendable {
    /// How reports look.
    public enum Format: Sendable {
        /// Lines for people.
        case text
        /// One JSON object a line.
        case json
    }

    /// A stream of the process.
    public enum Stream: Int32, Sendable {
        /// stdout
        case standardOutput = 1
        /// stderr
        case standardError = 2
    }

    /// The tool's name, in front of its diagnostics.
    public let tool: String
    /// How reports look.
    public let format: Format
    /// Whether only errors are told.
    public let quiet: Bool
    /// Where the tool's state (`Running.`) goes.
    public let statusStream: Stream

    /// Creates a reporter.
    public init(
        tool: String, format: Format = .text, quiet: Bool = false,
        statusStream: Stream = .standardError
    ) {
        self.tool = tool
        self.format = format
        self.quiet = quiet
        self.statusStream = statusStream
    }

    /// Tells a diagnostic on stderr; warnings and notes are kept back when quiet.
    public func report(_ diagnostic: Diagnostic) {
        guard diagnostic.severity == .error || !quiet else { return }
        switch format {
        case .text: Self.write(diagnostic.text(tool: tool), to: .standardError)
        case .json: Self.write(diagnostic.json(tool: tool).line, to: .standardError)
        }
    }

    /// Shows a text of many lines on stderr, each line made safe for the terminal.
    ///
    /// - Parameters:
    ///   - text: The text, such as the verifier's log.
    ///   - event: The value of `event` in the JSON form, where the text is the member `text`.
    public func show(_ text: String, event: String) {
        switch format {
        case .text:
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            Self.write(lines.map { String($0).terminalSafe }.joined(separator: "\n"), to: .standardError)
        case .json:
            Self.write(
                JSONValue.object([
                    ("tool", .string(tool)), ("event", .string(event)), ("text", .string(text)),
                ]).line, to: .standardError)
        }
    }

    /// Tells a state of the tool, unless quiet.
    ///
    /// - Parameters:
    ///   - text: The line for people, without a newline.
    ///   - event: The value of `event` in the JSON form.
    ///   - members: What else the JSON form tells.
    ///   - stream: Another stream than the tool's usual one.
    public func status(
        _ text: String, event: String, _ members: [(String, JSONValue)] = [], on stream: Stream? = nil
    ) {
        guard !quiet else { return }
        switch format {
        case .text: Self.write(text, to: stream ?? statusStream)
        case .json:
            Self.write(
                JSONValue.object([("tool", .string(tool)), ("event", .string(event))] + members).line,
                to: stream ?? statusStream)
        }
    }

    /// Writes a line; a report that a closed or full stream does not take is lost, and the tool's work goes on.
    ///
    /// - Returns: False if the stream did not take all of it.
    @discardableResult
    static func write(_ line: String, to stream: Stream) -> Bool {
        let bytes = Array((line + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe CBPF.write(stream.rawValue, buffer.baseAddress.map { unsafe $0 + sent }, buffer.count - sent)
            }
            if count > 0 {
                sent += count
            } else if Errno.last != .interrupted {
                return false
            }
        }
        return true
    }
}
