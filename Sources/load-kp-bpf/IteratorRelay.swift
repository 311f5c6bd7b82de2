// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// Carries what the programs of iterators write to stdout, one iterator after the other.
///
/// A reader that stalls is waited for with the signals, never in write(2).
struct IteratorRelay: ~Copyable {
    private let output: DataOutput
    private let poll: EventPoll
    private let deadline: ContinuousClock.Instant?
    private var buffer = [UInt8](repeating: 0, count: LinkReader.usualSize)

    private enum Token {
        static let signal: UInt64 = 0
        static let output: UInt64 = 1
    }

    /// Whether it goes on after a piece.
    private enum Progress {
        case more
        /// stdout's reader has gone, or the time is up.
        case enough
    }

    /// - Parameter milliseconds: How long at most; nil is until the end.
    init(_ signals: borrowing SignalSource, milliseconds: Int64?) throws {
        let output: DataOutput
        do throws(Errno) {
            output = try DataOutput()
        } catch {
            throw Self.failure(error)
        }
        let poll = try EventPoll()
        try poll.add(signals.rawDescriptor, token: Token.signal, .readable)
        if output.isPollable { try poll.add(output.rawDescriptor, token: Token.output, .broken) }
        self.output = output
        self.poll = poll
        deadline = milliseconds.map { ContinuousClock().now + .milliseconds($0) }
    }

    /// What is left of the time, once the iterators are through; nil is without end.
    var millisecondsLeft: Int64? {
        deadline.map { max(0, Int64((($0 - ContinuousClock().now) / .milliseconds(1)).rounded(.up))) }
    }

    private var isTimeUp: Bool { deadline.map { $0 <= ContinuousClock().now } ?? false }

    /// Runs all iterators that are attached, as far as there is time.
    ///
    /// - Throws: ``EndedBySignal`` if a signal came before the end: what was written then is not all.
    mutating func run(_ links: borrowing LinkList, _ signals: borrowing SignalSource) throws {
        for index in 0..<links.count where links[index].target?.target.runsWhenRead == true {
            guard case .more = try run(links[index], signals) else { return }
        }
    }

    private mutating func run(_ link: borrowing Link, _ signals: borrowing SignalSource) throws -> Progress {
        var reader = try link.reader()
        while true {
            if let signal = signals.take() { throw EndedBySignal(signal: signal) }
            guard !isTimeUp else { return .enough }
            guard let count = try reader.readOnce(into: &buffer) else { continue }
            guard count > 0 else { return .more }
            guard case .more = try write(count, signals) else { return .enough }
        }
    }

    /// Writes the beginning of the buffer.
    private func write(_ count: Int, _ signals: borrowing SignalSource) throws -> Progress {
        var start = 0
        while start < count {
            do throws(Errno) {
                start += try output.write(unsafe buffer.span.bytes.extracting(start..<count))
            } catch {
                guard error == .brokenPipe else { throw Self.failure(error) }
                return .enough
            }
            if start < count, case .enough = try waitForReader(signals) { return .enough }
        }
        return .more
    }

    private func waitForReader(_ signals: borrowing SignalSource) throws -> Progress {
        if let signal = signals.take() { throw EndedBySignal(signal: signal) }
        var left = -1
        if let deadline {
            let rest = (deadline - ContinuousClock().now) / .milliseconds(1)
            guard rest > 0 else { return .enough }
            left = Int(min(rest.rounded(.up), 1e9))
        }
        guard output.isPollable else { return .more }
        try poll.change(output.rawDescriptor, token: Token.output, [.writable, .broken])
        _ = poll.wait(milliseconds: left)
        return .more
    }

    private static func failure(_ errno: Errno) -> BPFError {
        BPFError(.readKernelFile, always: .outputFailed, errno: errno, "cannot write to stdout")
    }
}
