// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import ToolSupport

/// Carries what programs print with `bpf_printk` and `bpf_stream_printk` to stdout until a signal comes or the time is up.
///
/// A reader that stalls is waited for with the signals, never in write(2); what the kernel's buffer does not hold
/// meanwhile is lost there, as with `trace_pipe`.
struct TraceRelay: ~Copyable {
    private let trace: TraceInstance
    private let output: DataOutput
    private var pending: [UInt8] = []
    private var isReaderGone = false

    private enum Token {
        static let signal: UInt64 = 0
        static let trace: UInt64 = 1
        static let output: UInt64 = 2
    }

    /// Reads of the kernel's buffer between two looks at signals and clock, and at the end.
    ///
    /// Programs that print on write(2) print on ours too, so that the kernel may never run out of lines.
    private static let readsPerTurn = 64
    private static let readsAtEnd = 4096

    /// Begins to listen.
    init() throws {
        let output: DataOutput
        do throws(Errno) {
            output = try DataOutput()
        } catch {
            throw Self.failure(error)
        }
        let trace = try TraceInstance()
        self.output = output
        self.trace = trace
    }

    /// Relays until the end.
    ///
    /// - Parameters:
    ///   - upkeep: What else is seen to; it takes what the programs print each by itself.
    ///   - milliseconds: How long at most; nil is until a signal.
    mutating func run(
        _ loaded: inout BPFCollection, _ upkeep: inout Upkeep, _ signals: borrowing SignalSource, milliseconds: Int64?
    ) throws {
        let poll = try EventPoll()
        try poll.add(signals.rawDescriptor, token: Token.signal, .readable)
        try poll.add(trace.descriptor, token: Token.trace, .readable)
        if output.isPollable { try poll.add(output.rawDescriptor, token: Token.output, .broken) }
        let end = RunEnd(milliseconds: milliseconds)
        var isStalled = false
        while true {
            try move(reads: Self.readsPerTurn)
            // With something left to write the lines of programs wait, and so do the kernel's: the reader is waited for.
            let turn = try upkeep.turn(&loaded, takesLines: pending.isEmpty)
            if !turn.lines.isEmpty {
                pending = String.terminalSafeLines(turn.lines)
                try move(reads: 1)
            }
            guard let due = turn.due, !isReaderGone, end.milliseconds != 0 else { break }
            if output.isPollable, isStalled == pending.isEmpty {
                isStalled = !pending.isEmpty
                try poll.change(trace.descriptor, token: Token.trace, isStalled ? [] : .readable)
                try poll.change(
                    output.rawDescriptor, token: Token.output, isStalled ? [.writable, .broken] : .broken)
            }
            let occurrences = poll.wait(milliseconds: end.milliseconds(until: due).map { Int(clamping: $0) } ?? -1)
            if signals.take() != nil { break }
            if occurrences.contains(where: { $0.token == Token.output && !$0.readiness.isDisjoint(with: .broken) }) {
                break
            }
        }
        try move(reads: Self.readsAtEnd)
        guard pending.isEmpty, !isReaderGone else { return }
        pending = String.terminalSafeLines(try upkeep.lastLines(loaded))
        try move(reads: Self.readsAtEnd)
    }

    /// Writes what is left, and then what the kernel has, as far as the reader takes it.
    private mutating func move(reads: Int) throws {
        for _ in 0..<reads where !isReaderGone {
            // The names of processes and what programs print are bytes of others.
            if pending.isEmpty { pending = String.terminalSafeLines(try trace.read()) }
            guard !pending.isEmpty else { return }
            do throws(Errno) {
                let count = try output.write(unsafe pending.span.bytes)
                guard count > 0 else { return }
                pending.removeFirst(count)
            } catch {
                guard error == .brokenPipe else { throw Self.failure(error) }
                isReaderGone = true
            }
        }
    }

    private static func failure(_ errno: Errno) -> BPFError {
        BPFError(.readKernelFile, always: .outputFailed, errno: errno, "cannot write to stdout")
    }
}
