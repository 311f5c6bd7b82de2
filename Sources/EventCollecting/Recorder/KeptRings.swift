// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import EventStream
internal import Records

/// Rings that keep their newest events themselves, so that nobody drains them: ring buffers in overwrite mode, and perf rings
/// that are written backwards.
struct KeptRings: ~Copyable {
    private var buffers = UniqueArray<OverwrittenRingReader>()
    private var arrays = UniqueArray<PerfRings>()
    /// Where each ring buffer's programs were, from time to time, the oldest first.
    private var marks: [[(time: UInt64, position: UInt64)]] = []
    /// Where reading a ring buffer goes on, if it is followed.
    private var followed: [UInt64?] = []
    /// Records of each followed ring buffer that were passed over and not told of.
    private var passedOver: [UInt64] = []
    /// Followed ring buffers with a record that could not be true, which was not told of.
    private var damaged: Set<Int> = []
    /// Followed ring buffers that could not be copied the last time.
    private var failing: Set<Int> = []
    private var markDue: UInt64 = 0
    private var cpusDue: UInt64 = 0
    /// Between two marks, in nanoseconds.
    private let markInterval: UInt64
    private let time: UInt64?

    /// As many marks are kept of a ring buffer.
    private static let mostMarks: UInt64 = 1024

    /// - Parameter time: How far back events are wanted, in nanoseconds.
    init(time: UInt64?) {
        self.time = time
        markInterval = max(100_000_000, (time ?? 0) / Self.mostMarks)
    }

    /// Whether there are none.
    var isEmpty: Bool { buffers.count == 0 && arrays.count == 0 }

    /// When the next mark is due, in nanoseconds of `CLOCK_MONOTONIC`; nil where none is needed.
    var nextMark: UInt64? { time != nil && buffers.count > 0 ? markDue : nil }

    mutating func add(_ buffer: consuming OverwrittenRingReader) {
        marks.append([])
        followed.append(nil)
        passedOver.append(0)
        buffers.append(buffer)
    }

    mutating func add(_ rings: consuming PerfRings) { arrays.append(rings) }

    /// Puts the rings of arrays into their slots once more, after another daemon that had a map has ended.
    mutating func setSlots() throws(BPFError) {
        for index in 0..<arrays.count { try arrays[index].setSlots() }
    }

    /// Notes where programs are, and follows CPUs that come and go.
    ///
    /// - Returns: What the user should know.
    mutating func tick(_ now: UInt64, poll: borrowing EventPoll) -> [Diagnostic] {
        if let time, now >= markDue {
            markDue = now + markInterval
            for index in 0..<buffers.count {
                marks[index].append((now, buffers[index].producerPosition))
                let old = marks[index].firstIndex { $0.time + time >= now } ?? marks[index].count
                // One from before the time is needed: what came after it may be of the time.
                if old > 1 { marks[index].removeFirst(old - 1) }
            }
        }
        guard now >= cpusDue else { return [] }
        cpusDue = now + 1_000_000_000
        var notes: [Diagnostic] = []
        // What a ring keeps goes with its CPU.
        var sink = ClosureSink({ _ in }, lost: { _ in })
        for index in 0..<arrays.count { notes += arrays[index].followCPUs(poll: poll, into: &sink) }
        return notes
    }

    /// Hands what came since the last call to a sink, of ring buffers whose events are looked at.
    ///
    /// A ring buffer that cannot be copied does not keep those behind it from their turn.
    ///
    /// - Parameter isLast: Whether records that a program is still writing are passed over, as lost ones; they are
    ///   waited for otherwise.
    /// - Returns: Whether the sink was full, and which ring buffers could not be copied, each told once.
    mutating func follow(
        into sink: inout some SampleSink & ~Copyable, isLast: Bool
    ) -> (hasMore: Bool, failures: [BPFError]) {
        var failures: [BPFError] = []
        for index in 0..<buffers.count {
            do throws(BPFError) {
                guard try follow(index, into: &sink, isLast: isLast) else { return (true, failures) }
                failing.remove(index)
            } catch {
                if failing.insert(index).inserted { failures.append(error) }
            }
        }
        return (false, failures)
    }

    /// - Returns: False if the sink was full.
    private mutating func follow(
        _ index: Int, into sink: inout some SampleSink & ~Copyable, isLast: Bool
    ) throws(BPFError) -> Bool {
        guard tellPassedOver(index, to: &sink) else { return false }
        guard followed[index] != buffers[index].producerPosition else { return true }
        let copy = try buffers[index].copy(from: followed[index])
        if followed[index] != nil, copy.pass.overwritten != 0 {
            let loss = SampleLoss(
                source: buffers[index].source, cpu: nil, samples: copy.pass.overwritten.map { UInt64($0) },
                cause: .ringFull)
            guard sink.take(loss) != .full else { return false }
        }
        // What is behind a record that is being written waits with it, so that it comes in its place.
        let end = isLast ? copy.end : copy.firstUnfinished ?? copy.end
        let pass = copy.deliver(from: copy.first, to: &sink, until: end)
        followed[index] = pass.isSinkFull ? pass.position : end
        guard !pass.isSinkFull else { return false }
        if isLast { passedOver[index] &+= UInt64(copy.pass.unfinished) }
        if pass.isDamaged { damaged.insert(index) }
        return tellPassedOver(index, to: &sink)
    }

    /// Tells of records of a ring buffer that were passed over.
    ///
    /// - Returns: False if the sink was full.
    private mutating func tellPassedOver(_ index: Int, to sink: inout some SampleSink & ~Copyable) -> Bool {
        let source = buffers[index].source
        if passedOver[index] > 0 {
            let loss = SampleLoss(source: source, cpu: nil, samples: passedOver[index], cause: .ringFull)
            guard sink.take(loss) != .full else { return false }
            passedOver[index] = 0
        }
        if damaged.contains(index) {
            let loss = SampleLoss(source: source, cpu: nil, samples: nil, cause: .damagedRing)
            guard sink.take(loss) != .full else { return false }
            damaged.remove(index)
        }
        return true
    }

    /// Copies what the rings have; those that cannot be copied are in its ``KeptCopies/failures``.
    ///
    /// - Parameters:
    ///   - earliest: Events from before are left out, in nanoseconds of `CLOCK_MONOTONIC`.
    ///   - isFollowed: Whether what ring buffers have was handed out already.
    func copy(earliest: UInt64, isFollowed: Bool) -> KeptCopies {
        var copies = KeptCopies()
        for index in 0..<buffers.count where !isFollowed {
            let start = marks[index].last { $0.time <= earliest }?.position
            do throws(BPFError) {
                copies.add(try buffers[index].copy(from: start))
            } catch {
                copies.failures.append(error)
            }
        }
        for index in 0..<arrays.count {
            let failures = arrays[index].copy { copies.add($0) }
            copies.failures += failures
        }
        return copies
    }
}

/// What was copied of rings, as far as it is still to be written.
struct KeptCopies: ~Copyable {
    private var buffers = UniqueArray<OverwrittenRingReader.Copy>()
    private var rings = UniqueArray<BackwardCopy>()
    /// How far the first of them was given out.
    private var position: UInt64?
    private var left: Int?

    /// Why rings could not be copied.
    var failures: [BPFError] = []
    /// Samples that programs wrote over while they were copied.
    private(set) var overwritten = 0
    /// Samples that programs were still writing.
    private(set) var unfinished = 0

    init() {}

    mutating func add(_ copy: consuming OverwrittenRingReader.Copy) {
        overwritten += copy.pass.overwritten ?? 0
        unfinished += copy.pass.unfinished
        buffers.append(copy)
    }

    mutating func add(_ copy: consuming BackwardCopy) { rings.append(copy) }

    /// Hands all of it to a sink, and lets go of what it has.
    ///
    /// - Returns: False if the sink has no room for the rest.
    mutating func deliver(into sink: inout some SampleSink & ~Copyable) -> Bool {
        while buffers.count > 0 {
            let pass = buffers[0].deliver(from: position ?? buffers[0].first, to: &sink)
            position = pass.isSinkFull ? pass.position : nil
            if pass.isSinkFull { return false }
            if pass.isDamaged {
                // The next call comes here again.
                position = pass.position
                let loss = SampleLoss(source: buffers[0].source, cpu: nil, samples: nil, cause: .damagedRing)
                guard sink.take(loss) != .full else { return false }
                position = nil
            }
            _ = buffers.remove(at: 0)
        }
        while rings.count > 0 {
            if left == nil, rings[0].isDamaged {
                let loss = SampleLoss(source: rings[0].source, cpu: rings[0].cpu, samples: nil, cause: .damagedRing)
                guard sink.take(loss) != .full else { return false }
            }
            let pass = rings[0].deliver(left ?? rings[0].count, to: &sink)
            left = pass.left > 0 ? pass.left : nil
            if pass.left > 0 { return false }
            _ = rings.remove(at: 0)
        }
        return true
    }
}
