// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import EventCollecting
import EventPrinting
import EventStream
import ToolSupport

/// An output that takes what programs print: beside the stream, or in it.
protocol TextTaking: StreamOutput, ~Copyable {
    /// Takes whole lines with their newlines, any bytes.
    ///
    /// - Parameter writer: That of the stream.
    /// - Returns: False, with nothing taken, if what is there must be written first.
    mutating func take(_ text: CaptureText, _ writer: inout StreamWriter) -> Bool

    /// Shows what is shown at times, if it is time.
    ///
    /// - Returns: When it is time again, in ns of `CLOCK_MONOTONIC`; nil is never.
    mutating func draw() -> UInt64?

    /// Reads the names of the kernel's functions, as long as those of programs are among them.
    func prepareNames()

    /// Ends what is shown: the programs are off by then.
    ///
    /// - Returns: What it leads to.
    mutating func finish() -> ExitStatus
}

/// A capture has blocks of text.
extension EventOutput: TextTaking {
    mutating func take(_ text: CaptureText, _ writer: inout StreamWriter) -> Bool { writer.noteText(text) }
    mutating func draw() -> UInt64? { nil }
    func prepareNames() {}
    mutating func finish() -> ExitStatus { .success }
}

/// A printer in the same process as a collecting loop's output.
///
/// The stream goes from the writer's memory into the reader of captures, and no further.
struct PrintedStream: ~Copyable, TextTaking {
    private var printer: LivePrinter
    private var watch = ReaderWatch()

    /// What is made lines of at once, so that a reader who is slow is noticed.
    private static let portion = 1 << 18

    init(_ printer: consuming LivePrinter) { self.printer = printer }

    /// Looks whether the types that the stream begins with have what the user names.
    mutating func check(_ preamble: [UInt8]) throws { try printer.check(preamble) }

    var name: String { "stdout" }
    private(set) var account = OutputAccount()
    var preamble: [UInt8] = []
    var isBlocked: Bool { watch.isWaiting }
    var deadline: ContinuousClock.Instant? { nil }
    var isDone: Bool { printer.isDone }

    mutating func watch(with poll: borrowing EventPoll, token: UInt64) throws(BPFError) {
        try watch.begin(printer.output, poll, token: token)
    }

    mutating func noteOccurrence(_ readiness: EventPoll.Interest) {
        // Which is how `| head` ends: nothing is wrong with that.
        if !readiness.isDisjoint(with: .broken) { printer.noteReaderGone() }
    }

    mutating func goesOn(after signal: SignalSource.Signal) -> Bool { false }

    mutating func write(_ writer: inout StreamWriter, poll: borrowing EventPoll, isLast: Bool) throws(Errno) {
        printer.push()
        while writer.pendingBytes > 0, !printer.hasLines || printer.isDone {
            let border = writer.border(within: Self.portion)
            let count = border > 0 ? border : writer.pending.byteCount
            if !printer.isDone { printer.take(writer.pending.extracting(first: count)) }
            writer.markWritten(count)
            account.bytes += count
            printer.push()
        }
        try watch.wait(printer.hasLines && !printer.isDone, for: printer.output, poll)
    }

    mutating func abandon(_ writer: inout StreamWriter) -> (events: Int, endsInFrame: Bool) {
        let (events, _) = writer.unwritten
        writer.discard()
        return (events, false)
    }

    func diagnostic(_ errno: Errno) -> Diagnostic {
        Diagnostic(.outputFailed, stage: .stream, "cannot write to stdout", cause: errno.described)
    }

    mutating func take(_ text: CaptureText, _ writer: inout StreamWriter) -> Bool {
        printer.take(text: text.bytes, from: text.origin)
        return true
    }

    mutating func draw() -> UInt64? { printer.draw() }

    func prepareNames() { printer.prepareNames() }

    mutating func finish() -> ExitStatus { printer.finish() }
}
