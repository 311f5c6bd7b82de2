// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventDecoding
internal import ToolSupport

/// The printing loop: one read, many lines, one write.
///
/// Lines leave when many have gathered, and always before waiting for input, so that a live pipe shows an event at
/// once while a busy one costs few system calls.
struct EventPrinter: ~Copyable {
    private typealias End = LineWriter.End

    private let reporter: Reporter
    private let follow: Bool
    /// Whether lines are for somebody who may go: pictures are files, and are written nevertheless.
    private let printsLines: Bool
    private let writer: LineWriter
    private var stream = StreamInput()
    private var sink: EventSink
    /// When the table of what most events have is drawn; nil if none is.
    private var top: TopClock?
    private var progress: InputProgress?

    /// Milliseconds without input after which events do not wait for others any more.
    private static let orderPause: Int32 = 1000

    init(_ writer: LineWriter, _ sink: consuming EventSink, reporter: Reporter, follow: Bool) {
        self.writer = writer
        printsLines = sink.display.form.pictures?.printsLines ?? true
        self.sink = sink
        self.reporter = reporter
        self.follow = follow
    }

    /// Has the table of what most events have drawn at an interval.
    ///
    /// - Parameter interval: In nanoseconds.
    mutating func drawTop(every interval: UInt64) { top = TopClock(interval: interval) }

    /// Has it told how far a file is read, if it is one whose size is known.
    mutating func showProgress(of input: borrowing EventInput) {
        progress = follow ? nil : input.size.map { InputProgress(size: $0) }
    }

    /// Prints the stream to its end.
    mutating func run(_ input: inout EventInput) -> ExitStatus {
        var chunk = [UInt8](repeating: 0, count: 1 << 17)
        do throws(End) {
            while true {
                writer.ending.isPatient = !input.isOnDisk
                try waitForInput(&input)
                guard let count = try read(&input, into: &chunk) else { continue }
                if count == 0 {
                    try waitForMore(&input)
                    continue
                }
                try unsafe take(chunk.span.extracting(0..<count).bytes)
                progress?.note(count)
                drawTopIfDue()
                if let end = writer.end { throw end }
                if sink.isDone { throw .enough }
                if follow || writer.output.kind == .terminal || sink.display.lines.count >= LineWriter.flushSize {
                    try flush()
                }
            }
        } catch {
            return finish(error)
        }
    }

    private mutating func finish(_ end: End) -> ExitStatus {
        progress?.end()
        var status = ExitStatus.success
        switch end {
        case .readerGone: return finishReports()
        case .failed(let diagnostic):
            reporter.report(diagnostic)
            return ExitStatus(diagnostic.code)
        case .signal: sink.finish(isCut: writer.ending.isOver)
        case .enough: sink.finish()
        case .damaged(let diagnostic):
            sink.finish()
            reporter.report(diagnostic)
            status = .badData
        case .endOfInput:
            do throws(InputFailure) {
                try stream.finish(&sink)
            } catch {
                reporter.report(error.diagnostic)
                status = .badData
            }
            sink.finish()
        }
        if let failure = writer.finish(&sink.display.lines) ?? sink.display.failure?.diagnostic {
            reporter.report(failure)
            return ExitStatus(failure.code)
        }
        let reported = finishReports()
        return status == .success ? reported : status
    }

    private func finishReports() -> ExitStatus { sink.display.report.finish() }

    // MARK: Input

    /// Returns when there is something to read; lines are written before it waits.
    private mutating func waitForInput(_ input: inout EventInput) throws(End) {
        var polls = Polls(
            input: input.rawDescriptor, signals: writer.signals.rawDescriptor, output: writer.output,
            watchesOutput: printsLines)
        var timeout: Int32 = 0
        while true {
            let isShort = wait(&polls, milliseconds: timeout)
            if polls.hasSignal { try writer.lookForSignals() }
            if writer.ending.isOver { throw .signal }
            if polls.hasInput { return }
            if isShort {
                drawTopIfDue()
                try flush()
                continue
            }
            if polls.isOutputBroken { throw .readerGone }
            if timeout == Self.orderPause { sink.release() }
            try flush()
            timeout = writer.ending.timeout
            if timeout == 0 { throw .signal }
            // Nothing has come for as long as events wait to be put in order: nothing is in front of them.
            if timeout < 0 && sink.isWaiting { timeout = Self.orderPause }
        }
    }

    private mutating func read(_ input: inout EventInput, into chunk: inout [UInt8]) throws(End) -> Int? {
        do throws(EventInput.Failure) {
            return try input.read(into: &chunk)
        } catch {
            throw .failed(error.diagnostic)
        }
    }

    /// At the end of the input: leaves, or waits for the file to grow.
    private mutating func waitForMore(_ input: inout EventInput) throws(End) {
        guard follow, input.canGrow, writer.ending.timeout == -1 else { throw .endOfInput }
        switch input.follow() {
        case .read: return
        case .writtenAnew: beginAnew(input.name)
        case .nextFile(let hasGap):
            if hasGap {
                warn("\(input.name) was rotated away unread; files before the one that is read now may be gone")
            }
            do throws(InputFailure) {
                try stream.beginNextFile(&sink)
            } catch {
                throw .damaged(error.diagnostic)
            }
        case .wait: try waitToFollow(&input)
        }
    }

    private mutating func waitToFollow(_ input: inout EventInput) throws(End) {
        sink.display.showKept()
        try flush()
        var polls = Polls(
            input: nil, signals: writer.signals.rawDescriptor, output: writer.output, watchesOutput: printsLines,
            watch: input.waitDescriptor)
        // Events that wait to be put in order do so no longer than in a pipe.
        let isOrdering = sink.isWaiting
        let timeout = isOrdering ? min(Self.orderPause, input.waitMilliseconds) : input.waitMilliseconds
        let isShort = wait(&polls, milliseconds: timeout)
        drawTopIfDue()
        if isShort { try flush() }
        if polls.hasSignal && writer.signals.take() != nil { throw .signal }
        if polls.isOutputBroken { throw .readerGone }
        if isOrdering && !polls.hasNews { sink.release() }
        if case .writtenAnew = input.endWait() { beginAnew(input.name) }
    }

    private mutating func beginAnew(_ name: String) {
        sink.release()
        stream = StreamInput()
        warn("\(name) was written anew; reading it from its start")
    }

    private func warn(_ message: String) {
        reporter.report(Diagnostic(.eventsUntyped, .warning, stage: .stream, message))
    }

    private mutating func take(_ bytes: RawSpan) throws(End) {
        do throws(InputFailure) {
            try stream.take(bytes, &sink)
        } catch {
            throw .damaged(error.diagnostic)
        }
    }

    // MARK: What is drawn at times

    /// Waits, and no longer than until the table is due.
    ///
    /// - Returns: Whether the wait was shorter than it should be, for the table.
    private func wait(_ polls: inout Polls, milliseconds: Int32) -> Bool {
        guard let top else {
            polls.wait(milliseconds: milliseconds)
            return false
        }
        let left = top.millisecondsLeft
        guard milliseconds < 0 || left < milliseconds else {
            polls.wait(milliseconds: milliseconds)
            return false
        }
        polls.wait(milliseconds: left)
        return true
    }

    /// Draws the table, if it is time.
    private mutating func drawTopIfDue() { sink.drawTop(&top, for: writer) }

    // MARK: Output

    /// Writes all lines out, however long their reader takes.
    private mutating func flush() throws(End) {
        if let end = writer.end { throw end }
        try writer.flush(&sink.display.lines)
    }
}
