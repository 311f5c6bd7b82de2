// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import Glibc
internal import ToolSupport

/// The loop over several captures: it always reads on in the file that is furthest behind in time.
///
/// A file has a piece of 64 KiB at a time, and what has begun of a block. Where the system has no more descriptors, files
/// that are far ahead are closed until it is their turn.
struct MergePrinter: ~Copyable {
    private typealias End = LineWriter.End

    private let writer: LineWriter
    private let reporter: Reporter
    private var sink: MergeSink
    private var lanes: [MergeLane]
    private var status = ExitStatus.success

    /// Bytes that are read of a file at a time.
    private static let pieceSize = 1 << 16

    init(_ writer: LineWriter, _ sink: consuming MergeSink, _ lanes: [MergeLane], reporter: Reporter) {
        self.writer = writer
        self.reporter = reporter
        self.sink = sink
        self.lanes = lanes
    }

    /// Opens files; those for which there are no descriptors wait closed.
    static func open(_ paths: [String]) throws -> [MergeLane] {
        DescriptorLimit.raise()
        // What is opened later, such as stdout, must find room.
        let reserve = (0..<8).compactMap { _ in try? OpenedFile.duplicate(of: STDERR_FILENO) }
        defer { withExtendedLifetime(reserve) {} }
        var lanes: [MergeLane] = []
        for path in paths {
            while true {
                do {
                    lanes.append(try MergeLane(path))
                    break
                } catch let failure as MergeLane.Failure {
                    guard failure.isAtLimit, closeSome(&lanes, but: lanes.count) else { throw failure }
                }
            }
        }
        return lanes
    }

    /// Closes files that are furthest ahead.
    ///
    /// - Returns: False if there are none.
    private static func closeSome(_ lanes: inout [MergeLane], but number: Int) -> Bool {
        let open = lanes.indices.filter { $0 != number && lanes[$0].isOnDisk && lanes[$0].file != nil }
        guard !open.isEmpty else { return false }
        for other in open.sorted(by: { lanes[$0].newest > lanes[$1].newest }).prefix(max(open.count / 2, 1)) {
            _ = lanes[other].closeForNow()
        }
        return true
    }

    /// Prints all files to their ends.
    mutating func run() -> ExitStatus {
        var piece = [UInt8](repeating: 0, count: Self.pieceSize)
        do throws(End) {
            writer.ending.isPatient = lanes.contains { !$0.isOnDisk }
            while let number = next() {
                if SignalSource.isAsked { try writer.lookForSignals() }
                try read(number, &piece)
                sink.release(upTo: lanes.lazy.filter { !$0.isOver }.map(\.newest).min() ?? .max)
                if let end = writer.end { throw end }
                if sink.isDone { throw .enough }
                if writer.output.kind == .terminal || sink.display.lines.count >= LineWriter.flushSize {
                    try writer.flush(&sink.display.lines)
                }
            }
            throw .endOfInput
        } catch {
            return finish(error)
        }
    }

    /// The file that is furthest behind; nil if all are read.
    private func next() -> Int? {
        var next: Int?
        for number in lanes.indices where !lanes[number].isOver {
            if let best = next, lanes[best].newest <= lanes[number].newest { continue }
            next = number
        }
        return next
    }

    private mutating func read(_ number: Int, _ piece: inout [UInt8]) throws(End) {
        try waitForInput(number)
        let count: Int?
        do {
            count = try lanes[number].read(into: &piece)
        } catch {
            if (error as? MergeLane.Failure)?.isAtLimit == true, Self.closeSome(&lanes, but: number) { return }
            return fail(number, error)
        }
        guard let count else { return }
        do throws(CaptureError) {
            if count == 0 {
                try Self.finish(&lanes[number], &sink)
                sink.end(&lanes[number])
                lanes[number].finish()
            } else {
                try unsafe Self.take(piece.span.extracting(0..<count).bytes, &lanes[number], &sink)
            }
        } catch {
            fail(number, error)
        }
    }

    private static func take(_ bytes: RawSpan, _ lane: inout MergeLane, _ sink: inout MergeSink) throws(CaptureError) {
        var reader = CaptureReader()
        swap(&reader, &lane.reader)
        defer { swap(&reader, &lane.reader) }
        try reader.read(bytes) { item, offset, block in sink.take(item, at: offset, in: block, &lane) }
    }

    private static func finish(_ lane: inout MergeLane, _ sink: inout MergeSink) throws(CaptureError) {
        var reader = CaptureReader()
        swap(&reader, &lane.reader)
        try reader.finish { item, offset, block in sink.take(item, at: offset, in: block, &lane) }
    }

    /// Tells why no more of a file is read; the others go on.
    private mutating func fail(_ number: Int, _ error: any Error) {
        if var diagnostic = (error as? any DiagnosticError)?.diagnostic {
            if !(error is MergeLane.Failure) { diagnostic.details.append("in \(lanes[number].name.terminalSafe)") }
            reporter.report(diagnostic)
            status = status == .success ? ExitStatus(diagnostic.code) : status
        }
        sink.end(&lanes[number])
        lanes[number].finish()
    }

    /// Returns when there is something to read: files on a disk need no waiting.
    private mutating func waitForInput(_ number: Int) throws(End) {
        guard !lanes[number].isOnDisk, !lanes[number].hasHead, let descriptor = lanes[number].file?.rawDescriptor else {
            return
        }
        while true {
            var polls = Polls(input: descriptor, signals: writer.signals.rawDescriptor, output: writer.output)
            polls.wait(milliseconds: sink.display.lines.count > 0 ? 0 : writer.ending.timeout)
            if polls.hasSignal { try writer.lookForSignals() }
            if writer.ending.isOver { throw .signal }
            if polls.hasInput { return }
            if polls.isOutputBroken { throw .readerGone }
            if writer.ending.timeout == 0 { throw .signal }
            try writer.flush(&sink.display.lines)
        }
    }

    // MARK: The end

    private mutating func finish(_ end: End) -> ExitStatus {
        switch end {
        case .readerGone: return sink.display.report.finish()
        case .failed(let diagnostic), .damaged(let diagnostic):
            reporter.report(diagnostic)
            return ExitStatus(diagnostic.code)
        case .signal: sink.finish(isCut: writer.ending.isOver, isWhole: false)
        case .enough: sink.finish(isWhole: false)
        case .endOfInput: sink.finish(isWhole: true)
        }
        if let failure = writer.finish(&sink.display.lines) ?? sink.display.failure?.diagnostic
            ?? (sink.failure as? any DiagnosticError)?.diagnostic
        {
            reporter.report(failure)
            return ExitStatus(failure.code)
        }
        let isWhole = if case .endOfInput = end { true } else { false }
        let report = MergeReport(sink.sortedAccounts, isWhole: isWhole, reporter: reporter)
        report.tell()
        if isWhole, let host = sink.absentHosts.first {
            let mistake = MergeOptions.absent(host, among: Set(sink.sortedAccounts.map(\.host)))
            reporter.report(mistake.diagnostic)
            if status == .success { status = .usage }
        }
        if isWhole, let incomplete = report.incomplete {
            reporter.report(incomplete)
            if status == .success { status = .badData }
        }
        let reported = sink.display.report.finish()
        return status == .success ? reported : status
    }
}
