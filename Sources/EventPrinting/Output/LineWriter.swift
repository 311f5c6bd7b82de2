// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventDecoding
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

    /// Whether the events are collected by the same process: the reader of the lines is not waited for as long as there is
    /// memory, and signals are the collecting loop's.
    private(set) var isLive: Bool
    /// The bytes of the lines that wait which are written, where they did not leave whole.
    private var sent = 0

    /// Lines of more bytes than this leave at once, whether more input waits or not.
    static let flushSize = 1 << 17
    /// Lines of more bytes than this wait for their reader in any case.
    private static let liveLimit = 1 << 24

    init(_ output: consuming DataOutput, _ signals: consuming SignalSource, isLive: Bool = false) {
        self.output = output
        self.signals = signals
        self.isLive = isLive
    }

    /// Whether lines wait for their reader.
    func hasLines(_ lines: borrowing LineBuffer) -> Bool { lines.count > sent }

    /// Writes what the reader takes now.
    func push(_ lines: inout LineBuffer) {
        guard end == nil else { return drop(&lines) }
        do throws(End) {
            while sent < lines.count {
                let count = try write(lines.bytes.extracting(sent..<lines.count))
                guard count > 0 else { return }
                sent += count
            }
            drop(&lines)
        } catch {
            end = error
            drop(&lines)
        }
    }

    /// Notes that nobody reads the lines any more.
    func noteReaderGone() { end = end ?? .readerGone }

    /// From here on the reader is waited for, until a signal comes.
    func endLive() {
        isLive = false
        ending.isPatient = false
    }

    private func drop(_ lines: inout LineBuffer) {
        lines.removeAll()
        sent = 0
    }

    /// To be called behind each event: writes the lines where they are many.
    @inline(__always)
    func step(_ lines: inout LineBuffer) {
        if lines.count >= Self.flushSize || isEnding || !isLive && SignalSource.isAsked { look(&lines) }
    }

    /// Whether what takes long is to be left: a signal came, or nothing more is written.
    ///
    /// Costs no system call. In a live run the signal stays with the loop that collects.
    var isAskedToStop: Bool { isEnded || SignalSource.isAsked || isEnding && ending.isOver }

    @inline(never)
    private func look(_ lines: inout LineBuffer) {
        guard end == nil else { return drop(&lines) }
        if isLive {
            push(&lines)
            return lines.count > Self.liveLimit ? waitLive(&lines) : ()
        }
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
        defer { drop(&lines) }
        while sent < lines.count {
            let count = try write(lines.bytes.extracting(sent..<lines.count))
            sent += count
            if count == 0 { try waitForReader() }
        }
    }

    /// Writes the last lines.
    ///
    /// - Returns: Why not all of them are written, if that is to be told; that their reader has gone, or a signal came, is
    ///   not.
    func finish(_ lines: inout LineBuffer) -> Diagnostic? {
        do throws(End) {
            if let end { throw end }
            try flush(&lines)
        } catch {
            if case .failed(let diagnostic) = error { return diagnostic }
        }
        return nil
    }

    /// One block of events became more text than is kept: the rest of it waits for the reader, until a signal comes.
    private func waitLive(_ lines: inout LineBuffer) {
        while end == nil, hasLines(lines) {
            var polls = Polls(input: nil, signals: signals.rawDescriptor, output: output, waitsForRoom: true)
            polls.wait(milliseconds: -1)
            if polls.hasSignal {
                end = .signal
                return drop(&lines)
            }
            push(&lines)
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
