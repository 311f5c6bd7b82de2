// SPDX-License-Identifier: Apache-2.0

public import Records

/// A writer takes what rings hold: as frames, or into a capture's blocks, where losses and damage go in between.
extension StreamWriter: SampleSink {
    /// Takes a sample.
    ///
    /// - Returns: ``SampleAnswer/full``, with nothing added, if what is there must be written first.
    @inline(__always)
    public mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
        guard format == .frames else {
            return sorter.isOn ? takeInOrderOfTime(sample, context) : takeAsItComes(sample, context)
        }
        // A ring gives no larger ones; a sink takes samples from whoever has some.
        guard sample.byteCount <= Self.maximumFrameSize else { return .tooLarge }
        let count = Self.frameHeaderSize &+ sample.byteCount
        guard count <= buffer.room || reserve(count) else { return .full }
        buffer.put(size: UInt32(truncatingIfNeeded: sample.byteCount), sample)
        buffer.seal(events: 1)
        return .taken
    }

    /// Adds a block about samples that are missing; frames have none.
    public mutating func take(_ loss: SampleLoss) -> SampleAnswer {
        noteLoss(CaptureLoss(loss)) ? .taken : .full
    }

    /// Into the open block.
    @inline(__always)
    private mutating func takeAsItComes(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
        if context.source != block.source || context.rawCPU != block.cpu { begin(context) }
        let layout: CaptureLayout =
            context.isTold ? [.context, .padded] : context.isPadded ? .padded : []
        let count = layout.sizeOffset &+ 4 &+ sample.byteCount
        let padded = (count &+ 7) & ~7
        guard sample.byteCount <= Self.largestCapturedEvent else { return lose(context) }
        guard makeRoom(for: padded, layout: layout) else { return .full }
        if context.isTold {
            block.note(time: context.rawTime)
            buffer.put(context.rawProcess, context.rawTime)
        }
        buffer.put(size: UInt32(truncatingIfNeeded: sample.byteCount), sample)
        buffer.pad(padded &- count)
        block.count &+= 1
        return .taken
    }

    /// Into the memory that holds records until their turn.
    private mutating func takeInOrderOfTime(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
        let count = 4 &+ sample.byteCount
        let padded = (count &+ 7) & ~7
        guard sorter.canHold(sample.byteCount) else {
            guard flushSorted() else { return .full }
            return takeAsItComes(sample, context)
        }
        guard makeSortingRoom(for: TimeSorter.frontSize &+ padded) else { return .full }
        sorter.begin(
            time: context.isTold ? context.rawTime : progress.readTime, count: TimeSorter.frontSize &+ padded,
            context: context.rawProcess, cpu: context.rawCPU, source: context.source)
        sorter.put(UInt32(truncatingIfNeeded: sample.byteCount))
        sorter.put(sample)
        sorter.pad(padded &- count)
        return .taken
    }

    @inline(never)
    private mutating func begin(_ context: SampleContext) {
        begin(source: context.source, cpu: context.cpu.map { UInt32(truncatingIfNeeded: $0) })
    }

    @inline(never)
    private mutating func lose(_ context: SampleContext) -> SampleAnswer {
        let loss = SampleLoss(source: context.source, cpu: context.cpu, samples: 1, cause: .tooLarge)
        return take(loss) == .taken ? .tooLarge : .full
    }
}

extension CaptureLoss {
    /// What a ring's reader says is missing, as a capture has it.
    init(_ loss: SampleLoss) {
        let cause: Cause =
            switch loss.cause {
            case .ringFull: .ringFull
            case .damagedRing: .damagedRing
            case .tooLarge: .tooLarge
            case .noReader: .noReader
            }
        self.init(
            source: loss.source, cpu: loss.cpu.map { UInt32(truncatingIfNeeded: $0) }, events: loss.samples,
            from: loss.from, to: loss.to, cause: cause)
    }
}
