// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import SystemPackage
import ToolSupport

/// Carries what programs print with `bpf_printk` and `bpf_stream_printk` to stdout until a signal comes or the time is up.
///
/// A reader that stalls is waited for with the signals, never in write(2); what the kernel's buffer does not hold
/// meanwhile is lost there, as with `trace_pipe`.
struct TraceRelay: ~Copyable {
    private let trace: TraceInstance
    private let output: DataOutput
    private var streams: ProgramStreams
    private var nextLook = ContinuousClock.now
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

    /// - Parameter streams: What the programs print each by itself.
    init(_ streams: ProgramStreams) throws {
        let output: DataOutput
        do throws(Errno) {
            output = try DataOutput()
        } catch {
            throw Self.failure(error)
        }
        let trace = try TraceInstance()
        self.output = output
        self.trace = trace
        self.streams = streams
    }

    /// Relays until the end.
    ///
    /// - Parameters:
    ///   - programs: The programs whose streams are read.
    ///   - milliseconds: How long at most; nil is until a signal.
    ///   - report: Takes what the kernel reports of the programs.
    mutating func run(
        _ signals: borrowing SignalSource, _ programs: borrowing ProgramList, milliseconds: Int64?,
        _ report: (Diagnostic) -> Void
    ) throws {
        let poll = try EventPoll()
        try poll.add(signals.rawDescriptor, token: Token.signal, .readable)
        try poll.add(trace.descriptor, token: Token.trace, .readable)
        if output.isPollable { try poll.add(output.rawDescriptor, token: Token.output, .broken) }
        let clock = ContinuousClock()
        let deadline = milliseconds.map { clock.now + .milliseconds($0) }
        while !isReaderGone {
            var left = -1
            if let deadline {
                let rest = (deadline - clock.now) / .milliseconds(1)
                guard rest > 0 else { break }
                left = Int(min(rest.rounded(.up), 1e9))
            }
            if let interval = streams.interval {
                // A look that is due waits for the reader, who is told of by poll.
                let rest = pending.isEmpty ? max(0, (nextLook - clock.now) / .milliseconds(1)) : Double(interval)
                left = min(left < 0 ? .max : left, Int(rest.rounded(.up)))
            }
            let occurrences = poll.wait(milliseconds: left)
            if signals.take() != nil { break }
            if occurrences.contains(where: { $0.token == Token.output && !$0.readiness.isDisjoint(with: .broken) }) {
                break
            }
            let hadPending = !pending.isEmpty
            try look(at: programs, clock.now, report)
            try move(reads: Self.readsPerTurn)
            guard output.isPollable, hadPending == pending.isEmpty else { continue }
            // With something left to write the kernel's lines wait, and the reader is waited for.
            try poll.change(trace.descriptor, token: Token.trace, pending.isEmpty ? .readable : [])
            try poll.change(
                output.rawDescriptor, token: Token.output, pending.isEmpty ? .broken : [.writable, .broken])
        }
        try move(reads: Self.readsAtEnd)
        guard pending.isEmpty, !isReaderGone else { return }
        pending = String.terminalSafeLines(try streams.lines(of: programs) + streams.lastLines(of: programs))
        try move(reads: Self.readsAtEnd)
    }

    /// Takes what the programs have printed each by itself, if it is time and nothing else waits to be written.
    private mutating func look(
        at programs: borrowing ProgramList, _ now: ContinuousClock.Instant, _ report: (Diagnostic) -> Void
    ) throws {
        guard let interval = streams.interval, now >= nextLook, pending.isEmpty else { return }
        nextLook = now + .milliseconds(interval)
        pending = String.terminalSafeLines(try streams.lines(of: programs))
        try streams.reports(of: programs).forEach(report)
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
