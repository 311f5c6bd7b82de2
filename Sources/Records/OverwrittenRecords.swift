// SPDX-License-Identifier: Apache-2.0

/// The records of a copy that was made of a ring buffer in overwrite mode.
public struct OverwrittenRecords: ~Escapable {
    /// What one pass over the copy found.
    public struct Pass: Sendable, Equatable {
        /// The position of the next record.
        public var position: UInt64
        /// Samples that the sink took.
        public var samples = 0
        /// Samples that the sink can have no room for.
        public var tooLarge = 0
        /// Whether the sink had no room for the next one.
        public var isSinkFull = false
        /// Whether a record could not be true, and the rest was left out.
        public var isDamaged = false
    }

    private let copy: RawSpan
    private let window: OverwrittenWindow
    private let source: UInt32

    /// The records of a copy.
    ///
    /// - Parameters:
    ///   - copy: What the area had from the start of the window to its end.
    ///   - window: What was found there before it was copied.
    ///   - source: The number of the map.
    @_lifetime(copy copy)
    public init(_ copy: RawSpan, _ window: OverwrittenWindow, source: UInt32 = 0) {
        self.copy = copy
        self.window = window
        self.source = source
    }

    /// Hands each whole sample to a sink, the oldest first.
    ///
    /// - Parameters:
    ///   - first: The position of a record to begin with: what `overwrite_pos` was once the copy was made, if that is
    ///     later than the start of the window, or where the pass before ended.
    ///   - sink: The pass stops in front of the first sample that it has no room for.
    ///   - end: The position of a record to stop in front of; nil is the end of the window.
    public func deliver(
        from first: UInt64, to sink: inout some SampleSink & ~Copyable, until end: UInt64? = nil
    ) -> Pass {
        var pass = Pass(position: first)
        let context = SampleContext(source: source)
        var unfinished = window.unfinished.drop { OverwrittenWindow.isBehind($0, first) }
        let end = end ?? window.end
        while pass.position != end {
            let start = pass.position &- window.start
            guard let record = record(at: start) else {
                pass.isDamaged = true
                return pass
            }
            // A program may have finished it before the copy was made, but after some of it was copied.
            let wasUnfinished = unfinished.first == pass.position
            if wasUnfinished { unfinished.removeFirst() }
            if !record.isDiscarded && !wasUnfinished {
                switch sink.take(copy.extracting(record.bytes), context) {
                case .taken: pass.samples += 1
                case .tooLarge: pass.tooLarge += 1
                case .full:
                    pass.isSinkFull = true
                    return pass
                }
            }
            pass.position &+= record.taken
        }
        return pass
    }

    /// How many samples there are from a position on.
    public func samples(from first: UInt64) -> Int {
        var counter = Counter()
        _ = deliver(from: first, to: &counter)
        return counter.samples
    }

    /// Whether the records from a position on end where the window does.
    public func areWhole(from first: UInt64) -> Bool {
        var counter = Counter()
        return !deliver(from: first, to: &counter).isDamaged
    }

    private struct Counter: SampleSink {
        var samples = 0

        mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
            samples += 1
            return .taken
        }
    }

    private func record(at start: UInt64) -> (bytes: Range<Int>, taken: UInt64, isDiscarded: Bool)? {
        let front = UInt64(RingBufferCursor.headerSize)
        guard start <= UInt64(copy.byteCount), UInt64(copy.byteCount) - start >= front else { return nil }
        let at = Int(start)
        let header = unsafe copy.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self)
        let length = UInt64(header & ~(RingBufferCursor.busyBit | RingBufferCursor.discardBit))
        let taken = (length + front + 7) & ~7
        guard taken <= UInt64(copy.byteCount) - start else { return nil }
        let sample = at + Int(front)
        return (sample..<(sample + Int(length)), taken, header & RingBufferCursor.discardBit != 0)
    }
}
