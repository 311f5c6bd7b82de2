// SPDX-License-Identifier: Apache-2.0

public import BPFCore
internal import Records
internal import Synchronization

/// Events as they come, for `for try await`.
///
/// The buffer between the reading thread and the loop is bounded: while it is full, events stay in their rings, and what
/// those have no room for is counted in ``Event/lostBefore``.
public struct EventSequence: AsyncSequence, Sendable {
    /// Hands out the events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var records: EventRecords.AsyncIterator

        /// The next event; nil after the end.
        public mutating func next() async throws(BPFError) -> Event? {
            var lost: UInt64 = 0
            while let record = try await records.next() {
                switch record {
                case .lost(let loss): lost &+= loss.samples ?? 1
                case .event(var event):
                    event.lostBefore = lost
                    return event
                }
            }
            return nil
        }
    }

    let records: EventRecords

    /// Begins to iterate; all iterators take from the same events.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(records: records.makeAsyncIterator()) }
}

/// Events and the losses between them, for `for try await`.
///
/// Reading ends when the last copy of this value and its iterators are gone, or the task that iterates is cancelled.
public struct EventRecords: AsyncSequence, Sendable {
    /// Hands out the records.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let pump: Pump

        /// The next record; nil after the end.
        public mutating func next() async throws(BPFError) -> EventRecord? { try await pump.next() }
    }

    private let pump: Pump

    init(_ group: consuming ReaderGroup, _ decoders: EventDecoders) throws(BPFError) {
        let queue = RecordQueue(waker: group.waker)
        pump = Pump(queue)
        try ReaderThread.start(group) { (group: inout ReaderGroup) in
            var sink = QueueSink(queue: queue, decoders: decoders)
            do throws(BPFError) {
                try group.run(into: &sink)
                queue.end(nil)
            } catch {
                queue.end(error)
            }
        }
    }

    /// Begins to iterate; all iterators take from the same records.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pump: pump) }

    /// The end of the queue that loops hold: letting go of it ends the reading.
    final class Pump: Sendable {
        private let queue: RecordQueue

        init(_ queue: RecordQueue) { self.queue = queue }

        deinit { queue.waker.end() }

        func next() async throws(BPFError) -> EventRecord? {
            let queue = queue
            let result = await withTaskCancellationHandler {
                await withCheckedContinuation { queue.take($0) }
            } onCancel: {
                queue.waker.end()
                queue.end(nil)
            }
            return try result.get()
        }
    }
}

/// Records on their way from the reading thread to a loop.
final class RecordQueue: Sendable {
    typealias Waiting = CheckedContinuation<Result<EventRecord?, BPFError>, Never>

    private struct State {
        var records: [EventRecord] = []
        var taken = 0
        var waiting: [Waiting] = []
        var wasFull = false
        var end: Result<EventRecord?, BPFError>?
    }

    /// Records that are kept at most.
    private static let capacity = 8192

    let waker: Waker
    private let state = Mutex(State())

    init(waker: Waker) { self.waker = waker }

    /// Whether there is room for one more; if not, the reader is woken once there is.
    func hasRoom() -> Bool {
        state.withLock { state in
            state.wasFull = state.records.count - state.taken >= Self.capacity
            return !state.wasFull
        }
    }

    func append(_ record: EventRecord) {
        let waiting: Waiting? = state.withLock { state in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            state.records.append(record)
            return nil
        }
        waiting?.resume(returning: .success(record))
    }

    func take(_ continuation: Waiting) {
        let (result, wakes): (Result<EventRecord?, BPFError>?, Bool) = state.withLock { state in
            guard state.taken < state.records.count else {
                if let end = state.end { return (end, false) }
                state.waiting.append(continuation)
                return (nil, false)
            }
            let record = state.records[state.taken]
            state.taken += 1
            if state.taken == state.records.count || state.taken >= Self.capacity {
                state.records.removeFirst(state.taken)
                state.taken = 0
            }
            let wakes = state.wasFull && state.records.count - state.taken <= Self.capacity / 2
            if wakes { state.wasFull = false }
            return (.success(record), wakes)
        }
        if wakes { waker.wake() }
        if let result { continuation.resume(returning: result) }
    }

    func end(_ failure: BPFError?) {
        let waiting: [Waiting] = state.withLock { state in
            if state.end == nil { state.end = failure.map { .failure($0) } ?? .success(nil) }
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiting in waiting { waiting.resume(returning: failure.map { .failure($0) } ?? .success(nil)) }
    }
}

/// Puts what the rings hold into a queue, as far as it has room.
private struct QueueSink: SampleSink {
    let queue: RecordQueue
    let decoders: EventDecoders

    mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
        guard queue.hasRoom() else { return .full }
        queue.append(.event(decoders.event(sample, context)))
        return .taken
    }

    mutating func take(_ loss: SampleLoss) -> SampleAnswer {
        guard queue.hasRoom() else { return .full }
        queue.append(.lost(loss))
        return .taken
    }
}
