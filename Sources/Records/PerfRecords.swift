// SPDX-License-Identifier: Apache-2.0

/// The unread records of a perf ring (`<linux/perf_event.h>`), in any memory.
///
/// Every length is checked before it is used. What the kernel never writes is counted, and reading goes on where that
/// is safe, so that a damaged ring costs samples and not the process.
public struct PerfRecords: ~Escapable {
    /// What the kernel puts into a sample (`sample_type`).
    public enum Layout: Sendable {
        /// `PERF_SAMPLE_RAW`: u32 size, then that many bytes.
        case raw
        /// `PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW`: u32 pid, u32 tid, u64 time, and the raw bytes.
        case context

        /// The bytes in front of the size.
        @inlinable
        var contextSize: UInt64 { self == .raw ? 0 : 16 }
    }

    /// What is known of a ring from one pass to the next.
    public struct Memory: Sendable, Equatable {
        /// Lost samples that were told already, and whose records are still to come.
        public var toldLosses: UInt64 = 0
        /// The time of the last sample in ns; 0 as long as none is known.
        public var latestTime: UInt64 = 0

        /// Creates what is known of a new ring.
        public init() {}
    }

    /// What one pass over a ring found.
    public struct Pass: Sendable, Equatable {
        /// Where reading stopped: the new `data_tail`.
        public var tail: UInt64
        /// What is known of the ring now.
        public var memory = Memory()
        /// Samples that the sink took.
        public var samples = 0
        /// Samples that the kernel reports as lost (`PERF_RECORD_LOST`), without those that were told before.
        public var lost: UInt64 = 0
        /// Samples that the sink can have no room for.
        public var tooLarge = 0
        /// Records of kinds that a ring of BPF output does not hold.
        public var unknown = 0
        /// Records with lengths that cannot be true.
        public var corrupt = 0
        /// Whether reading stopped because the sink was full.
        public var isSinkFull = false

        /// A pass that has read nothing yet.
        @inlinable
        public init(tail: UInt64, memory: Memory = Memory()) {
            self.tail = tail
            self.memory = memory
        }
    }

    /// `PERF_RECORD_LOST`: u64 id, u64 lost.
    @usableFromInline static let lostType: UInt32 = 2
    /// `PERF_RECORD_SAMPLE`.
    @usableFromInline static let sampleType: UInt32 = 9
    @usableFromInline static let headerSize: UInt64 = 8

    @usableFromInline let data: RawSpan
    @usableFromInline let tail: UInt64
    @usableFromInline let head: UInt64
    @usableFromInline let layout: Layout
    @usableFromInline let memory: Memory
    @usableFromInline let source: UInt32
    @usableFromInline let cpu: UInt32

    /// The records between two positions of a ring.
    ///
    /// - Parameters:
    ///   - data: The data area of the ring; its size is a power of two.
    ///   - tail: The position of the first unread byte. Positions count up for ever and wrap in `data`.
    ///   - head: The position after the last byte that the kernel has written.
    ///   - layout: What the kernel puts into each sample.
    ///   - memory: What is known of the ring from the pass before.
    ///   - source: The number of the map.
    ///   - cpu: The CPU whose ring it is; nil if it is not known.
    @_lifetime(copy data)
    public init(
        _ data: RawSpan, from tail: UInt64, to head: UInt64, layout: Layout = .raw, memory: Memory = Memory(),
        source: UInt32 = 0, cpu: Int? = nil
    ) {
        self.data = data
        self.tail = tail
        self.head = head
        self.layout = layout
        self.memory = memory
        self.source = source
        self.cpu = cpu.map { UInt32(truncatingIfNeeded: $0) } ?? .max
    }

    /// Hands each sample to a sink, and what was lost between them.
    ///
    /// A record whose own header cannot be true ends the pass at `head`, since nothing tells where the next one starts;
    /// a sample that claims more bytes than its record has is left out, and the next record is read.
    ///
    /// - Parameter sink: The pass stops in front of the first sample or loss that it has no room for.
    @inlinable
    public func deliver<Sink: SampleSink & ~Copyable>(to sink: inout Sink) -> Pass {
        var pass = Pass(tail: tail, memory: memory)
        let size = UInt64(data.byteCount)
        guard size >= Self.headerSize, size & (size - 1) == 0, head &- tail <= size, tail % 8 == 0 else {
            pass.corrupt = head == tail ? 0 : 1
            pass.tail = head
            return pass
        }
        switch layout {
        case .raw: deliver(to: &sink, isTold: false, &pass)
        case .context: deliver(to: &sink, isTold: true, &pass)
        }
        return pass
    }

    /// The loop that everything of this package waits for: no allocation, and no call where the sink is inlined.
    @inlinable
    @inline(__always)
    func deliver<Sink: SampleSink & ~Copyable>(to sink: inout Sink, isTold: Bool, _ pass: inout Pass) {
        let context: UInt64 = isTold ? 16 : 0
        let mask = UInt64(data.byteCount &- 1)
        var tail = pass.tail
        var samples = 0
        var latestTime = pass.memory.latestTime
        while tail != head {
            let left = head &- tail
            // Records are a multiple of 8 bytes long, so neither a header nor a word of 8 bytes ever wraps.
            let at = Int(truncatingIfNeeded: tail & mask)
            // { u32 type; u16 misc; u16 size; }
            let type = unsafe data.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self)
            let length = UInt64(unsafe data.unsafeLoadUnaligned(fromByteOffset: at &+ 6, as: UInt16.self))
            guard left >= Self.headerSize, length >= Self.headerSize, length % 8 == 0, length <= left else {
                guard note(damaged: nil, in: &sink, &pass) else { break }
                tail = head
                break
            }
            if type == Self.sampleType {
                let sizeAt = Int(truncatingIfNeeded: (tail &+ Self.headerSize &+ context) & mask)
                let raw = unsafe UInt64(data.unsafeLoadUnaligned(fromByteOffset: sizeAt, as: UInt32.self))
                if length >= 16 &+ context, raw <= length &- 12 &- context {
                    var process = UInt64.max
                    var time: UInt64 = 0
                    if isTold {
                        let (first, second) = ((tail &+ 8) & mask, (tail &+ 16) & mask)
                        process = unsafe data.unsafeLoadUnaligned(
                            fromByteOffset: Int(truncatingIfNeeded: first), as: UInt64.self)
                        time = unsafe data.unsafeLoadUnaligned(
                            fromByteOffset: Int(truncatingIfNeeded: second), as: UInt64.self)
                    }
                    let told = SampleContext(
                        source: source, isPadded: true, isTold: isTold, rawCPU: cpu, rawProcess: process, rawTime: time)
                    let start = sizeAt &+ 4
                    let count = Int(truncatingIfNeeded: raw)
                    let answer =
                        count <= data.byteCount &- start
                        ? sink.take(
                            unsafe data.extracting(
                                unchecked: Range(uncheckedBounds: (start, start &+ count))), told)
                        : takeInPieces(start, count, told, &sink)
                    if answer == .full {
                        pass.isSinkFull = true
                        break
                    }
                    if isTold { latestTime = time }
                    if answer == .taken { samples &+= 1 } else { pass.tooLarge &+= 1 }
                } else {
                    guard note(damaged: 1, in: &sink, &pass) else { break }
                }
            } else {
                pass.memory.latestTime = latestTime
                guard note(type, at: tail, length, in: &sink, &pass) else { break }
            }
            tail &+= length
        }
        pass.tail = tail
        pass.samples &+= samples
        pass.memory.latestTime = latestTime
    }

    /// Hands over a sample that lies around the end of the ring: once in each turn of it.
    @inlinable
    @inline(never)
    func takeInPieces<Sink: SampleSink & ~Copyable>(
        _ start: Int, _ count: Int, _ context: SampleContext, _ sink: inout Sink
    ) -> SampleAnswer {
        // `start` may be the end itself, where the size was the last word.
        let first = max(0, data.byteCount &- start)
        return unsafe withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { whole in
            unsafe data.extracting(last: first).withUnsafeBytes { unsafe whole.copyMemory(from: $0) }
            unsafe data.extracting(first: count &- first).withUnsafeBytes {
                unsafe UnsafeMutableRawBufferPointer(rebasing: whole[first...]).copyMemory(from: $0)
            }
            return unsafe sink.take(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(whole)), context)
        }
    }

    /// Takes in a record that is no sample.
    ///
    /// - Returns: False if the sink has no room for what it tells.
    @inlinable
    @inline(never)
    func note<Sink: SampleSink & ~Copyable>(
        _ type: UInt32, at position: UInt64, _ length: UInt64, in sink: inout Sink, _ pass: inout Pass
    ) -> Bool {
        guard type == Self.lostType else {
            pass.unknown += 1
            return true
        }
        guard length >= 24 else { return note(damaged: nil, in: &sink, &pass) }
        let count = unsafe data.unsafeLoadUnaligned(
            fromByteOffset: Int((position &+ 16) & UInt64(data.byteCount - 1)), as: UInt64.self)
        let told = min(pass.memory.toldLosses, count)
        if count > told {
            let time = pass.memory.latestTime
            let loss = SampleLoss(
                source: source, cpu: cpu == .max ? nil : Int(cpu), samples: count - told, from: time == 0 ? nil : time,
                to: timeOfSample(at: position &+ length), cause: .ringFull)
            guard sink.take(loss) != .full else {
                pass.isSinkFull = true
                return false
            }
            pass.lost &+= count - told
        }
        pass.memory.toldLosses -= told
        return true
    }

    @inlinable
    @inline(never)
    func note<Sink: SampleSink & ~Copyable>(
        damaged samples: UInt64?, in sink: inout Sink, _ pass: inout Pass
    ) -> Bool {
        let loss = SampleLoss(
            source: source, cpu: cpu == .max ? nil : Int(cpu), samples: samples, cause: .damagedRing)
        guard sink.take(loss) != .full else {
            pass.isSinkFull = true
            return false
        }
        pass.corrupt += 1
        return true
    }

    /// The time of the sample at a position: the kernel writes lost samples in front of the next one that fits.
    @usableFromInline
    func timeOfSample(at position: UInt64) -> UInt64? {
        let mask = UInt64(data.byteCount - 1)
        guard layout == .context, head &- position >= 24, head &- position <= UInt64(data.byteCount),
            unsafe data.unsafeLoadUnaligned(fromByteOffset: Int(position & mask), as: UInt32.self) == Self.sampleType
        else { return nil }
        return unsafe data.unsafeLoadUnaligned(fromByteOffset: Int((position &+ 16) & mask), as: UInt64.self)
    }
}
