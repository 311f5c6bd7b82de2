// SPDX-License-Identifier: Apache-2.0

/// How a sample gets from a ring into a capture; the loop over the ring is compiled for each way.
protocol RecordPath {
    /// Takes what lies behind a sample's header.
    ///
    /// - Parameters:
    ///   - data: The ring.
    ///   - start: Where the sample's bytes begin in it.
    ///   - raw: The bytes behind the size.
    ///   - layout: What is in front of the size.
    /// - Returns: False if what is there must be written first.
    static func add(
        _ data: RawSpan, at start: Int, raw: Int, _ layout: PerfRecords.Layout, to writer: inout StreamWriter
    ) -> Bool
}

/// Into the open block, as the sample is in the ring.
enum ArrivalPath: RecordPath {
    @inline(__always)
    static func add(
        _ data: RawSpan, at start: Int, raw: Int, _ layout: PerfRecords.Layout, to writer: inout StreamWriter
    ) -> Bool {
        let hasContext = layout == .context
        let count = Int(layout.contextSize) &+ 4 &+ raw
        let padded = (count &+ 7) & ~7
        guard writer.makeRoom(for: padded, layout: hasContext ? [.context, .padded] : .padded) else { return false }
        if hasContext {
            let at = (start &+ 8) & (data.byteCount &- 1)
            writer.block.note(time: unsafe data.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
        }
        if padded <= data.byteCount &- start, padded == count, count < PerfRecords.memcpySize {
            writer.buffer.putWords(data, from: start, count: count)
        } else {
            let first = min(count, data.byteCount - start)
            writer.buffer.put(data.extracting(start..<(start + first)))
            writer.buffer.put(data.extracting(0..<(count - first)))
            writer.buffer.pad(padded - count)
        }
        writer.block.count &+= 1
        return true
    }
}

/// Into the memory that holds records until their turn.
enum TimePath: RecordPath {
    static func add(
        _ data: RawSpan, at start: Int, raw: Int, _ layout: PerfRecords.Layout, to writer: inout StreamWriter
    ) -> Bool {
        let count = 4 &+ raw
        let padded = (count &+ 7) & ~7
        guard writer.makeSortingRoom(for: TimeSorter.frontSize &+ padded) else { return false }
        let mask = data.byteCount &- 1
        var context = UInt64.max
        var time = writer.progress.readTime
        if layout == .context {
            context = unsafe data.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self)
            time = unsafe data.unsafeLoadUnaligned(fromByteOffset: (start &+ 8) & mask, as: UInt64.self)
        }
        writer.sorter.begin(
            time: time, count: TimeSorter.frontSize &+ padded, context: context, cpu: writer.block.cpu,
            source: writer.block.source)
        let body = (start &+ Int(layout.contextSize)) & mask
        let first = min(count, data.byteCount - body)
        writer.sorter.put(data.extracting(body..<(body + first)))
        writer.sorter.put(data.extracting(0..<(count - first)))
        writer.sorter.pad(padded - count)
        return true
    }
}

extension PerfRecords {
    /// The loop over a ring for captures: as for frames, but losses and damage go in where they are found.
    static func drainRecords<Path: RecordPath>(
        _ path: Path.Type, _ data: RawSpan, to head: UInt64, layout: Layout, memory: inout Memory,
        into writer: inout StreamWriter, _ pass: inout Pass
    ) {
        let context = layout.contextSize
        let mask = UInt64(data.byteCount - 1)
        while pass.tail != head {
            let left = head &- pass.tail
            let at = Int(pass.tail & mask)
            let type = unsafe data.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self)
            let length = UInt64(unsafe data.unsafeLoadUnaligned(fromByteOffset: at + 6, as: UInt16.self))
            guard left >= headerSize, length >= headerSize, length % 8 == 0, length <= left else {
                guard noteDamage(events: nil, into: &writer, &pass) else { return }
                pass.tail = head
                return
            }
            if type == sampleType {
                let size = Int((pass.tail &+ headerSize &+ context) & mask)
                let raw = unsafe UInt64(data.unsafeLoadUnaligned(fromByteOffset: size, as: UInt32.self))
                if length >= 16 &+ context, raw <= length &- 12 &- context {
                    let start = Int((pass.tail &+ headerSize) & mask)
                    guard Path.add(data, at: start, raw: Int(raw), layout, to: &writer) else {
                        pass.isWriterFull = true
                        return
                    }
                    if context > 0 {
                        let time = Int((pass.tail &+ 16) & mask)
                        memory.latestTime = unsafe data.unsafeLoadUnaligned(fromByteOffset: time, as: UInt64.self)
                    }
                    pass.samples &+= 1
                } else {
                    guard noteDamage(events: 1, into: &writer, &pass) else { return }
                }
            } else if type == lostType, length >= 24 {
                let next = context > 0 ? timeOfSample(data, at: pass.tail &+ length, to: head) : nil
                let count = unsafe data.unsafeLoadUnaligned(
                    fromByteOffset: Int((pass.tail &+ 16) & mask), as: UInt64.self)
                guard noteLost(count, before: next, memory: &memory, into: &writer, &pass) else { return }
            } else if type == lostType {
                guard noteDamage(events: nil, into: &writer, &pass) else { return }
            } else {
                pass.unknown += 1
            }
            pass.tail &+= length
        }
    }

    /// Takes in events that the kernel tells as lost, without those that were told before.
    private static func noteLost(
        _ count: UInt64, before next: UInt64?, memory: inout Memory, into writer: inout StreamWriter, _ pass: inout Pass
    ) -> Bool {
        let told = min(memory.toldLosses, count)
        if count > told {
            let loss = CaptureLoss(
                source: writer.block.source, cpu: writer.block.cpu.known(unless: .max), events: count - told,
                from: memory.latestTime.known(unless: 0), to: next, cause: .ringFull)
            guard writer.noteLoss(loss) else {
                pass.isWriterFull = true
                return false
            }
            pass.lost &+= count - told
        }
        memory.toldLosses -= told
        return true
    }

    private static func noteDamage(events: UInt64?, into writer: inout StreamWriter, _ pass: inout Pass) -> Bool {
        let loss = CaptureLoss(
            source: writer.block.source, cpu: writer.block.cpu.known(unless: .max), events: events, cause: .damagedRing)
        guard writer.noteLoss(loss) else {
            pass.isWriterFull = true
            return false
        }
        pass.corrupt += 1
        return true
    }

    /// The time of the sample at a position: the kernel writes lost events in front of the next one that fits.
    private static func timeOfSample(_ data: RawSpan, at position: UInt64, to head: UInt64) -> UInt64? {
        let mask = UInt64(data.byteCount - 1)
        guard head &- position >= 24, head &- position <= UInt64(data.byteCount),
            unsafe data.unsafeLoadUnaligned(fromByteOffset: Int(position & mask), as: UInt32.self) == sampleType
        else { return nil }
        return unsafe data.unsafeLoadUnaligned(fromByteOffset: Int((position &+ 16) & mask), as: UInt64.self)
    }
}
