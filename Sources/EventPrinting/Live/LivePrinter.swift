// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
package import ToolSupport

/// Prints the blocks of a capture while the same process writes them.
///
/// It never waits for the reader of its lines before ``finish()``: whoever collects the events asks ``hasLines`` and keeps
/// further events for as long as lines wait.
package struct LivePrinter: ~Copyable {
    private let writer: LineWriter
    private var sink: EventSink
    private var reader = CaptureReader()
    private let reporter: Reporter
    private var failure: Diagnostic?
    /// When the table of what most events have is drawn; nil if none is.
    private var top: TopClock?

    /// - Parameter interval: How often the table of what most events have is drawn, in ns; nil if none is.
    init(_ writer: LineWriter, _ sink: consuming EventSink, reporter: Reporter, drawsTopEvery interval: UInt64?) {
        top = interval.map { TopClock(interval: $0) }
        self.writer = writer
        self.sink = sink
        self.reporter = reporter
    }

    /// Where the lines go.
    package var output: DataOutput { _read { yield writer.output } }

    /// Whether nothing more is wanted: the reader has gone, all events are there that were asked for, or an error came.
    package var isDone: Bool { failure != nil || sink.isDone }

    /// Whether lines wait for their reader.
    package var hasLines: Bool { writer.hasLines(sink.display.lines) }

    /// Notes that nobody reads the lines any more.
    package func noteReaderGone() { writer.noteReaderGone() }

    /// Makes lines of whole blocks.
    package mutating func take(_ blocks: RawSpan) {
        do throws(CaptureError) {
            try reader.read(blocks) { item, offset, block in sink.take(item, at: offset, in: block) }
        } catch {
            failure = error.diagnostic
        }
    }

    /// Takes in what the stream begins with, and looks whether it has what the user names.
    ///
    /// - Throws: An error for a field that no type has: the programs need not run for it to be told.
    package mutating func check(_ preamble: [UInt8]) throws {
        unsafe take(preamble.span.bytes)
        if let failure { throw InputFailure(diagnostic: failure) }
        let maps = sink.display.selection.maps
        try sink.display.types.checkFields { map in maps?.contains(map) ?? true }
    }

    /// Prints lines that programs print.
    ///
    /// - Parameters:
    ///   - text: Whole lines with their newlines, any bytes.
    ///   - origin: Where they come from: `bpf_printk`, or the name of an iterator.
    package mutating func take(text: [UInt8], from origin: String) {
        sink.display.show(text: text, from: origin, at: nil)
    }

    /// Draws what is drawn at times, if it is time.
    ///
    /// - Returns: When it is time again, in ns of `CLOCK_MONOTONIC`; nil is never.
    package mutating func draw() -> UInt64? {
        sink.drawTop(&top, for: writer)
        return top?.due
    }

    /// Reads the names of the kernel's functions, for stacks that are shown when the programs in them are gone.
    package func prepareNames() { sink.display.types.prepareNames() }

    /// Writes what the reader takes now.
    package mutating func push() { writer.push(&sink.display.lines) }

    /// Shows what is told at the end, and waits for the reader until a signal comes.
    ///
    /// - Returns: What the events lead to.
    package mutating func finish() -> ExitStatus {
        writer.endLive()
        sink.finish()
        let unwritten = writer.finish(&sink.display.lines)
        if let failure = failure ?? unwritten ?? sink.display.failure?.diagnostic {
            reporter.report(failure)
            return ExitStatus(failure.code)
        }
        return sink.display.report.finish()
    }
}
