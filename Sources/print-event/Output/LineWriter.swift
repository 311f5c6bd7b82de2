// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventDecoding
internal import SystemPackage
internal import ToolSupport

/// Writes lines while they are made, and looks for signals meanwhile.
///
/// One block of a capture can hold millions of events, and one event can be megabytes of text: whoever makes lines calls
/// ``step(_:)`` behind each, so that the memory is that of the longest line and a signal never waits for the rest.
///
/// A class, since the loop over the input and the making of the lines both write.
final class LineWriter {
    /// Why nothing more is shown.
    enum End: Error {
        /// The stream has ended, or was followed until a signal came.
        case endOfInput
        /// The reader of the lines has gone, which is how `| head` ends; nothing is wrong with that.
        case readerGone
        /// All events are there that were asked for, or one cannot be shown.
        case enough
        /// A second signal, or a first one and nothing more to do.
        case signal
        /// The stream is damaged from here on.
        case damaged(Diagnostic)
        /// Reading or writing failed.
        case failed(Diagnostic)
    }

    let output: DataOutput
    let signals: SignalSource
    var ending = Ending()
    /// Why the lines that are made are not written any more; nil as long as they are.
    private(set) var end: End? { didSet { isEnded = end != nil } }
    /// Whether there is an ``end``, which is large to look at for each event.
    private(set) var isEnded = false
    /// Whether a signal came and the time for the rest runs.
    private var isEnding = false

    /// Lines of more bytes than this leave at once, whether more input waits or not.
    static let flushSize = 1 << 17

    init(_ output: consuming DataOutput, _ signals: consuming SignalSource) {
        self.output = output
        self.signals = signals
    }

    /// To be called behind each event: writes the lines where they are many.
    @inline(__always)
    func step(_ lines: inout LineBuffer) {
        if lines.count >= Self.flushSize || isEnding || SignalSource.isAsked { look(&lines) }
    }

    @inline(never)
    private func look(_ lines: inout LineBuffer) {
        guard end == nil else { return lines.removeAll() }
        do throws(End) {
            try lookForSignals()
            if lines.count >= Self.flushSize { try flush(&lines) }
        } catch {
            end = error
        }
    }

    /// Lets what is told at the end be written, if it was only a signal that ended the events.
    func beginLast() {
        ending.beginLast()
        if case .signal? = end, !ending.isOver { end = nil }
    }

    /// Takes the signals that have come.
    ///
    /// - Throws: ``End/signal`` if the tool should end now.
    func lookForSignals() throws(End) {
        let goesOn = ending.take(signals)
        isEnding = ending.timeout >= 0
        if !goesOn { throw .signal }
    }

    /// Writes all lines out, however long their reader takes.
    func flush(_ lines: inout LineBuffer) throws(End) {
        defer { lines.removeAll() }
        var sent = 0
        while sent < lines.count {
            let count = try write(lines.bytes.extracting(sent..<lines.count))
            sent += count
            if count == 0 { try waitForReader() }
        }
    }

    private func write(_ bytes: RawSpan) throws(End) -> Int {
        do throws(Errno) {
            return try output.write(bytes)
        } catch .brokenPipe {
            throw .readerGone
        } catch {
            throw .failed(
                Diagnostic(
                    .outputFailed, stage: .stream, "cannot write the lines to stdout", cause: error.described,
                    nextStep: error == .noSpace ? "make room, or write to another disk" : nil))
        }
    }

    private func waitForReader() throws(End) {
        var polls = Polls(input: nil, signals: signals.rawDescriptor, output: output, waitsForRoom: true)
        polls.wait(milliseconds: ending.timeout)
        if polls.hasSignal { try lookForSignals() }
        if !polls.hasRoom && ending.timeout == 0 { throw .signal }
    }
}
