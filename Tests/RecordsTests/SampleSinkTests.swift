// SPDX-License-Identifier: Apache-2.0

import Records
import RingImages
import Testing

/// What a sink is told, and what its answers do, over rings in plain memory.
struct SampleSinkTests {
    /// Keeps what it gets, as far as it has room.
    private struct Shelf: SampleSink {
        enum Item: Equatable {
            case sample([UInt8], SampleContext)
            case loss(SampleLoss)
        }

        var room = Int.max
        /// Samples of more bytes are too large.
        var largest = Int.max
        var items: [Item] = []

        var samples: [[UInt8]] {
            items.compactMap { item in if case .sample(let bytes, _) = item { bytes } else { nil } }
        }
        var contexts: [SampleContext] {
            items.compactMap { item in if case .sample(_, let context) = item { context } else { nil } }
        }

        mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
            guard sample.byteCount <= largest else { return .tooLarge }
            return add(.sample(sample.withUnsafeBytes { Array($0) }, context))
        }

        mutating func take(_ loss: SampleLoss) -> SampleAnswer { add(.loss(loss)) }

        private mutating func add(_ item: Item) -> SampleAnswer {
            guard items.count < room else { return .full }
            items.append(item)
            return .taken
        }
    }

    /// Takes only what it must.
    private struct Counter: SampleSink {
        var count = 0

        mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
            count += 1
            return .taken
        }
    }

    @Test func `a sample of a perf ring comes with CPU, process, thread and time, wherever the ring wraps`() {
        for position in stride(from: 0, to: 4096, by: 8) {
            var ring = RingImage(size: 4096, position: UInt64(4096 + position))
            (ring.source, ring.cpu) = (7, 3)
            ring.append(event: event(20), pid: 41, tid: 42, time: 1_000_000)
            ring.append(event: event(300, seed: 5), pid: 41, tid: 43, time: 1_000_001)
            var shelf = Shelf()
            let pass = ring.drain(.context, into: &shelf)
            #expect(pass.samples == 2 && pass.memory.latestTime == 1_000_001)
            #expect(shelf.samples == [event(20), event(300, seed: 5)])
            let contexts = shelf.contexts
            #expect(contexts.allSatisfy { $0.source == 7 && $0.cpu == 3 && $0.pid == 41 && $0.isPadded })
            #expect(contexts.map(\.tid) == [42, 43] && contexts.map(\.time) == [1_000_000, 1_000_001])
        }
    }

    @Test func `a ring that does not tell process and time gives none, and a ring buffer no CPU either`() {
        var (shelf, ring, buffer) = (Shelf(), RingImage(size: 4096), RingBufferImage(size: 4096))
        (ring.cpu, buffer.source) = (0, 9)
        ring.append(event: event(12))
        buffer.append(event(5))
        _ = ring.drain(into: &shelf)
        let pass = buffer.drain(into: &shelf)
        #expect(pass.samples == 1 && shelf.samples == [event(12), event(5)])
        let (first, second) = (shelf.contexts[0], shelf.contexts[1])
        #expect(first.cpu == 0 && first.time == nil && first.pid == nil && first.tid == nil && first.isPadded)
        #expect(second.source == 9 && second.cpu == nil && second.time == nil && !second.isPadded)
    }

    @Test func `a full sink gets the same sample and the same loss again, and each once`() {
        for room in 1...4 {
            var ring = RingImage(size: 4096)
            ring.cpu = 2
            for time in UInt64(1)...3 {
                ring.append(event: event(8, seed: Int(time)), pid: 1, tid: 1, time: time)
                ring.append(lost: time)
            }
            var items: [Shelf.Item] = []
            var memory = PerfRecords.Memory()
            while ring.tail != ring.head {
                var shelf = Shelf(room: room)
                let pass = ring.drain(.context, memory: memory, into: &shelf)
                #expect(pass.isSinkFull == (ring.tail != ring.head))
                memory = pass.memory
                items += shelf.items
            }
            let losses = items.compactMap { item in if case .loss(let loss) = item { loss } else { nil } }
            #expect(items.count == 6 && losses.map(\.samples) == [1, 2, 3] && losses.map(\.cpu) == [2, 2, 2])
            #expect(losses.map(\.from) == [1, 2, 3] && losses.map(\.to) == [2, 3, nil])
            #expect(losses.allSatisfy { $0.cause == .ringFull })
        }
    }

    @Test func `a damaged record is a loss in its place`() {
        var ring = RingImage(size: 4096)
        ring.append(event: event(4))
        ring.append(type: 9, body: bytes(UInt32(4096)) + event(12))
        ring.append(event: event(4, seed: 9))
        var shelf = Shelf()
        let pass = ring.drain(into: &shelf)
        #expect(pass.samples == 2 && pass.corrupt == 1)
        #expect(shelf.items[1] == .loss(SampleLoss(source: 0, cpu: nil, samples: 1, cause: .damagedRing)))
    }

    @Test func `a sample that is too large for the sink is counted, and the next one is read`() {
        var (shelf, ring, buffer) = (Shelf(largest: 100), RingImage(size: 4096), RingBufferImage(size: 4096))
        for size in [12, 200, 20] {
            ring.append(event: event(size))
            buffer.append(event(size))
        }
        let perf = ring.drain(into: &shelf)
        let ringBuffer = buffer.drain(into: &shelf)
        #expect(perf.samples == 2 && perf.tooLarge == 1 && perf.tail == ring.head)
        #expect(ringBuffer.samples == 2 && ringBuffer.tooLarge == 1 && ringBuffer.stop == .end)
        #expect(shelf.samples.map(\.count) == [12, 20, 12, 20])
    }

    @Test func `a sink that knows nothing of losses reads on behind them`() {
        var (counter, ring) = (Counter(), RingImage(size: 4096))
        ring.append(lost: 4)
        ring.append(event: event(4))
        let pass = ring.drain(into: &counter)
        #expect(counter.count == 1 && pass.lost == 4 && pass.tail == ring.head)
    }
}
