// SPDX-License-Identifier: Apache-2.0

/// The records of a perf ring that is written backwards (`attr.write_backward`), the newest ones over the oldest.
///
/// The head goes down, so the newest record is the one at the head and the older ones follow it; where the oldest one ends
/// nothing tells, so it is the last that is whole. The ring must stand still (`PERF_EVENT_IOC_PAUSE_OUTPUT`), or be a copy.
public struct BackwardRecords: ~Escapable {
    /// The records that are there.
    public struct Index: Sendable, Equatable {
        /// A record: how far behind the head it begins, and its bytes.
        struct Record: Sendable, Equatable {
            var start: UInt32
            var length: UInt32
            var isLoss: Bool
        }

        /// In the reverse of the order in which they come out.
        var records: [Record] = []
        /// Whether a header was met that cannot be true, before the ring was gone through.
        public var isDamaged = false

        /// How many there are.
        public var count: Int { records.count }
    }

    /// As many contexts of a CPU may be in the middle of an output: a task, and interrupts over it.
    private static let contexts: UInt32 = 4

    private let data: RawSpan
    private let head: UInt64
    private let layout: PerfRecords.Layout
    private let source: UInt32
    private let cpu: Int?

    /// The records behind a head.
    ///
    /// - Parameters:
    ///   - data: The data area of the ring; its size is a power of two below 4 GiB.
    ///   - head: The position of the newest record (`data_head`), which counts down from 0 and wraps in `data`.
    ///   - layout: What the kernel puts into each sample.
    ///   - source: The number of the map.
    ///   - cpu: The CPU whose ring it is.
    @_lifetime(copy data)
    public init(
        _ data: RawSpan, head: UInt64, layout: PerfRecords.Layout, source: UInt32 = 0, cpu: Int? = nil
    ) {
        self.data = data
        self.head = head
        self.layout = layout
        self.source = source
        self.cpu = cpu
    }

    /// Finds the records.
    ///
    /// What a program may have been writing when the ring was paused lies over the oldest ones: as much as four outputs of
    /// the largest size that is there are left out where the ring is full.
    ///
    /// - Parameter isSettled: Whether nothing was being written any more, so that nothing need be left out.
    public func index(isSettled: Bool = false) -> Index {
        var index = Index()
        let size = UInt64(data.byteCount)
        guard size >= 8, size & (size - 1) == 0, size < 1 << 32, head % 8 == 0 else {
            index.isDamaged = head != 0
            return index
        }
        // As long as it has not gone round, the kernel has written down from 0.
        let written = min(0 &- head, size)
        var at: UInt64 = 0
        while at < written {
            let place = Int((head &+ at) & (size - 1))
            let type = unsafe data.unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self)
            let length = UInt64(unsafe data.unsafeLoadUnaligned(fromByteOffset: place + 6, as: UInt16.self))
            guard length >= 8, length % 8 == 0, length <= written - at else {
                // In a full ring it is the rest of a record that was written over.
                index.isDamaged = written < size
                break
            }
            index.records.append(
                Index.Record(start: UInt32(at), length: UInt32(length), isLoss: type == PerfRecords.lostType))
            at += length
        }
        if written == size, !isSettled { leaveOutOldest(&index.records) }
        // The sample that came after a loss is not there.
        if index.records.last?.isLoss == true { index.records.removeLast() }
        // What was lost stands in front of the sample that came after it, at a lower place, and comes out before it.
        var number = 0
        while number + 1 < index.records.count {
            let isLoss = index.records[number].isLoss
            if isLoss { index.records.swapAt(number, number + 1) }
            number += isLoss ? 2 : 1
        }
        return index
    }

    private func leaveOutOldest(_ records: inout [Index.Record]) {
        let largest = records.reduce(0) { max($0, $1.length) }
        let sure = UInt32(data.byteCount) - min(UInt32(data.byteCount), largest * Self.contexts)
        while let last = records.last, last.start + last.length > sure { records.removeLast() }
    }

    /// Hands the records to a sink, the oldest first, and losses in their places.
    ///
    /// - Parameters:
    ///   - left: How many records of the index are left, as the pass before told; at first all.
    ///   - index: What ``index(isSettled:)`` found.
    ///   - sink: The pass stops in front of the first record that it has no room for.
    /// - Returns: How many are left, and how many samples the sink took.
    public func deliver(
        _ left: Int, of index: Index, to sink: inout some SampleSink & ~Copyable
    ) -> (left: Int, samples: Int) {
        var left = min(left, index.count)
        var samples = 0
        while left > 0 {
            let record = index.records[left - 1]
            let start = head &+ UInt64(record.start)
            let pass = sink.take(
                contentsOf: PerfRecords(
                    data, from: start, to: start &+ UInt64(record.length), layout: layout, source: source, cpu: cpu))
            guard !pass.isSinkFull else { break }
            samples += pass.samples
            left -= 1
        }
        return (left, samples)
    }
}
