// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import Records
internal import ToolSupport

/// A dump that is being written, a part at a time, so that rings are drained meanwhile.
struct Dump: ~Copyable {
    private var output: EventOutput
    private var sink: EarliestSink
    private var copies: KeptCopies
    /// The number of the next block of memory, and of the one after the last.
    private var next: UInt64
    private let end: UInt64
    /// The number of its first block.
    private let first: UInt64
    private var isWhole = false
    /// What it is written for.
    let reason: String
    /// The bytes that are put together between two looks at the rings.
    private static let portion = 1 << 20

    /// Begins a dump of what is kept.
    ///
    /// - Parameters:
    ///   - reason: What it is written for.
    ///   - preamble: What the capture says of itself.
    ///   - lastBlock: The number of the last block of the dump before, behind which its own go on: no two blocks of a run
    ///     have one number.
    ///   - earliest: Events from before are left out, in nanoseconds of `CLOCK_MONOTONIC`.
    ///   - watch: Has the code of processes told in front of those of what is copied.
    init(
        for reason: String, into output: consuming EventOutput, preamble: [UInt8], after lastBlock: UInt64,
        blocks: inout NewestBlocks,
        copies: consuming KeptCopies,
        earliest: UInt64, now: UInt64, poll: borrowing EventPoll, watch: ProcessWatch
    ) throws(BPFError) {
        var output = output
        try output.watch(with: poll, token: LoopToken.output)
        var writer = StreamWriter(format: .capture)
        writer.setPreamble(preamble)
        writer.continueNumbers(after: lastBlock)
        writer.beginRound(at: now)
        (next, end) = (blocks.first, blocks.end)
        first = blocks.first
        blocks.keep = next
        self.reason = reason
        sink = EarliestSink(writer: writer, earliest: earliest, watch: watch)
        self.copies = copies
        self.output = output
    }

    /// Where it goes.
    var name: String { output.name }

    /// The number of its last block so far.
    var lastBlock: UInt64 { sink.writer.lastBlock }

    /// Whether it waits for the reader of its output.
    var isBlocked: Bool { output.isBlocked }

    /// The bytes that went out, and the calls of write(2).
    var account: OutputAccount { output.account }

    /// The events that went into it.
    private(set) var events = 0

    func noteOccurrence(_ readiness: EventPoll.Interest) throws(Errno) { try output.noteOccurrence(readiness) }

    /// Writes a part of what is left.
    ///
    /// - Returns: Whether all of it is written.
    mutating func write(_ blocks: inout NewestBlocks, poll: borrowing EventPoll) throws(Errno) -> Bool {
        if sink.writer.pendingBytes == 0 { fill(&blocks) }
        try output.write(&sink.writer, poll: poll, isLast: true)
        return isWhole && sink.writer.pendingBytes == 0
    }

    private mutating func fill(_ blocks: inout NewestBlocks) {
        while next < end {
            guard sink.writer.pendingBytes < Self.portion,
                blocks.copy(next, earliest: sink.earliest, from: first, to: &sink.writer)
            else { return }
            next += 1
            blocks.keep = next
        }
        blocks.keep = nil
        guard copies.deliver(into: &sink) else { return sink.writer.finishBlock() }
        sink.writer.finishBlock()
        events = Int(clamping: sink.writer.capturedEvents)
        isWhole = sink.writer.finishCapture()
    }

    /// What the user is told when a write failed for good.
    func diagnostic(_ errno: Errno) -> Diagnostic { output.diagnostic(errno) }

    /// Hands on what is not from before a time.
    private struct EarliestSink: ~Copyable, SampleSink {
        var writer: StreamWriter
        let earliest: UInt64
        let watch: ProcessWatch

        mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
            if let time = context.time, time < earliest { return .taken }
            guard watch.take(sample, of: context.source, pid: context.pid, into: &writer) else { return .full }
            return writer.take(sample, context)
        }

        mutating func take(_ loss: SampleLoss) -> SampleAnswer { writer.take(loss) }
    }
}
