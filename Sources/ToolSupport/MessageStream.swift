// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Glibc
internal import Synchronization

/// stdout or stderr, for a tool's own words: what its reader does not take now waits in memory, and not in write(2).
///
/// A terminal that was stopped by Ctrl-S, or a pipe that nobody reads, would otherwise hold the tool, and a daemon would
/// lose events while it tells of lost events.
final class MessageStream: Sendable {
    static let standardOutput = MessageStream(STDOUT_FILENO)
    static let standardError = MessageStream(STDERR_FILENO)

    private struct State: ~Copyable {
        var output: DataOutput?
        var waiting: [UInt8] = []
        var dropped = 0
        var hasFailed = false
        /// Whether the last line is one that the next message takes the place of.
        var hasStatus = false
    }

    private let state: Mutex<State>
    /// What may wait, in bytes; further messages are counted only.
    private static let limit = 1 << 18
    /// How long a reader may stall, in milliseconds, once a signal has asked for the end.
    private static let patienceAtEnd: Int64 = 500

    /// - Parameter number: The descriptor, which stays the caller's.
    init(_ number: Int32) {
        var output: DataOutput?
        do throws(Errno) { output = try DataOutput(standard: number) } catch { output = nil }
        state = Mutex(State(output: output))
    }

    /// Writes what waits, and then the bytes, as far as that is possible now.
    ///
    /// - Returns: False if the stream is closed or broken.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        state.withLock { state in
            if state.hasStatus, !bytes.isEmpty {
                state.waiting += Self.lineStart
                state.hasStatus = false
            }
            Self.move(&state)
            if state.waiting.isEmpty || state.waiting.count + bytes.count <= Self.limit {
                state.waiting += bytes
            } else {
                state.dropped += 1
            }
            Self.move(&state)
            return !state.hasFailed
        }
    }

    /// Goes back to the start of the line, and clears it.
    private static let lineStart = Array("\r\u{1b}[K".utf8)

    /// Shows a line without an end, in place of the one before; nothing while messages wait.
    ///
    /// - Parameter status: The line; nil takes the one before away.
    func show(status: [UInt8]?) {
        state.withLock { state in
            Self.move(&state)
            guard state.waiting.isEmpty, !state.hasFailed, status != nil || state.hasStatus else { return }
            state.waiting = Self.lineStart + (status ?? [])
            state.hasStatus = status != nil
            Self.move(&state)
        }
    }

    /// Writes what waits, and waits for the reader as long as it takes something from time to time.
    ///
    /// - Parameter milliseconds: How long it may stall; nil is for ever, until a signal asks the tool to end.
    /// - Returns: Whether nothing waits any more and the stream is not broken.
    @discardableResult
    func finish(stall milliseconds: Int64?) -> Bool {
        var (left, since) = (Int.max, ContinuousClock.now)
        while true {
            let (waiting, number) = state.withLock { state -> (Int, Int32) in
                Self.move(&state)
                return (state.hasFailed ? 0 : state.waiting.count, state.output?.rawDescriptor ?? -1)
            }
            if waiting == 0 { return state.withLock { !$0.hasFailed } }
            if waiting < left { (left, since) = (waiting, .now) }
            let patience = SignalSource.wasAsked ? min(milliseconds ?? .max, Self.patienceAtEnd) : milliseconds
            if let patience, ContinuousClock.now - since >= .milliseconds(patience) { return false }
            Readiness.wait(number, POLLOUT, milliseconds: 50)
        }
    }

    /// The messages that were not shown, once; nil while others wait.
    func takeDropped() -> Int? {
        state.withLock { state in
            guard state.dropped > 0, state.waiting.isEmpty, !state.hasFailed else { return nil }
            defer { state.dropped = 0 }
            return state.dropped
        }
    }

    /// Whether something waits for the reader.
    var hasWaiting: Bool { state.withLock { !$0.waiting.isEmpty || $0.dropped > 0 } }

    private static func move(_ state: inout State) {
        var sent = 0
        defer { state.waiting.removeFirst(sent) }
        while sent < state.waiting.count {
            do throws(Errno) {
                guard
                    let count = try state.output?.write(
                        unsafe state.waiting.span.bytes.extracting(droppingFirst: sent)),
                    count > 0
                else { break }
                sent += count
            } catch {
                // A report that a closed or full stream does not take is lost, and the tool's work goes on.
                sent = state.waiting.count
                state.hasFailed = true
            }
        }
        if state.output == nil {
            sent = state.waiting.count
            state.hasFailed = true
        }
    }
}
