// SPDX-License-Identifier: Apache-2.0

/// Keeps the newest blocks of a capture in memory of a bounded size: each new one takes the room of the oldest.
///
/// While some of them are written elsewhere, those that are still to be written can be kept from that: ``keep``.
package struct NewestBlocks: ~Copyable {
    private struct Entry {
        var bytes: [UInt8]
        var events: Int
        /// The time of its last record in ns; nil where it tells none.
        var latest: UInt64?
        /// The number of the block that its snapshot begins with; nil of other blocks.
        var snapshotStart: UInt64?

        var cost: Int { bytes.count + NewestBlocks.overhead }
    }

    /// What an entry takes beside the bytes of its block, about.
    private static let overhead = 96

    /// The bytes that all of it may take.
    package let capacity: Int
    private var entries: [Entry] = []
    /// The entries at the front that are gone.
    private var gone = 0
    /// The number of the oldest block, and of the next one; they count up for ever.
    package private(set) var first: UInt64 = 0
    package private(set) var end: UInt64 = 0
    /// The bytes that it takes now.
    package private(set) var bytes = 0
    /// The events in the blocks.
    package private(set) var events = 0
    /// The events of blocks that made room for newer ones.
    package private(set) var dropped: UInt64 = 0
    /// The number of the block that the last snapshot begins with; nil if that block was too large to be kept.
    private var snapshotStart: UInt64?
    /// Blocks from this number on are not dropped; nil drops the oldest.
    package var keep: UInt64?

    /// Keeps nothing yet.
    ///
    /// - Parameter capacity: The bytes that all of it may take.
    package init(capacity: Int) { self.capacity = max(capacity, 0) }

    /// Keeps a block.
    ///
    /// Blocks of the preamble and the end of a capture are none of its events, and are passed over; one that is larger than all
    /// there is room for is dropped at once.
    ///
    /// - Returns: False, with nothing changed, if blocks that are to be kept stand in its room.
    package mutating func append(_ block: RawSpan) -> Bool {
        guard let facts = CaptureBlockFacts(block), facts.isContent else { return true }
        if let snapshot = facts.snapshot {
            if snapshot.isFirst {
                snapshotStart = nil
            } else if snapshotStart == nil {
                return true
            }
        }
        let cost = block.byteCount + Self.overhead
        guard cost <= capacity else {
            dropped += UInt64(facts.events)
            return true
        }
        while bytes + cost > capacity {
            if let keep, first >= keep { return false }
            dropFirst()
        }
        if facts.snapshot?.isFirst == true { snapshotStart = end }
        entries.append(
            Entry(
                bytes: unsafe block.withUnsafeBytes { unsafe Array($0) }, events: facts.events, latest: facts.latest,
                snapshotStart: facts.snapshot == nil ? nil : snapshotStart))
        bytes += cost
        events += facts.events
        end += 1
        return true
    }

    private mutating func dropFirst() {
        guard gone < entries.count else { return }
        bytes -= entries[gone].cost
        events -= entries[gone].events
        dropped += UInt64(entries[gone].events)
        entries[gone] = Entry(bytes: [], events: 0, latest: nil)
        gone += 1
        first += 1
        // Moving what is left is paid for by what was dropped since.
        if gone > 64, gone * 2 > entries.count {
            entries.removeFirst(gone)
            gone = 0
        }
    }

    /// Adds a block to another capture.
    ///
    /// - Parameters:
    ///   - number: The block's; one that is gone is passed over.
    ///   - earliest: A block whose last record is from before is passed over, as are losses and snapshots from before.
    ///   - begin: The number of the first block that the capture is to have: what is left of a snapshot that begins
    ///     before it is passed over.
    /// - Returns: False if the writer has no room for it.
    package func copy(
        _ number: UInt64, earliest: UInt64, from begin: UInt64, to writer: inout StreamWriter
    ) -> Bool {
        guard number >= first, number < end else { return true }
        let entry = entries[gone + Int(number - first)]
        if let latest = entry.latest, latest < earliest { return true }
        if let start = entry.snapshotStart, start < begin { return true }
        return unsafe writer.take(block: entry.bytes.span.bytes)
    }
}

/// What the front of a block tells.
package struct CaptureBlockFacts {
    /// The bytes of the block.
    package let byteCount: Int
    /// Whether it is one of the blocks between the preamble and the end.
    package let isContent: Bool
    /// Whether it is the end of a capture.
    package let isEnd: Bool
    /// Whether it has records.
    package let hasRecords: Bool
    /// How many records it has.
    let events: Int
    /// How many events it says are missing.
    let lost: UInt64
    /// The time of its last record, in ns; of losses the end of their time, of a snapshot the begin, which is the same
    /// in each of its blocks; nil where it tells none.
    let latest: UInt64?
    /// What it has of a snapshot, if it is a block of one.
    let snapshot: Snapshot?

    /// What a block has of a snapshot.
    struct Snapshot {
        /// Whether it begins with this block, and whether it ends with it.
        var isFirst: Bool
        var isLast: Bool
        /// The elements in the block.
        var elements: UInt64
    }

    /// Looks at bytes that begin with a block of this machine's byte order; nil if it is not all there.
    package init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= CaptureBlock.headerSize else { return nil }
        let block = CaptureBytes(bytes, isSwapped: false)
        let length = Int(block.load(UInt32.self, at: CaptureBlock.Offset.length))
        guard length <= CaptureBlock.maximumPayload, bytes.byteCount - CaptureBlock.headerSize >= length else {
            return nil
        }
        byteCount = CaptureBlock.headerSize + length
        let kind = block.load(UInt16.self, at: CaptureBlock.Offset.kind)
        let isPreamble = block.load(UInt16.self, at: CaptureBlock.Offset.flags) & CaptureBlock.Flag.preamble != 0
        isEnd = kind == CaptureBlock.Kind.end
        isContent = !isPreamble && !isEnd
        hasRecords = kind == CaptureBlock.Kind.records && length >= CaptureRecords.preludeSize
        let start = CaptureBlock.headerSize
        events = hasRecords ? Int(block.load(UInt32.self, at: start + CaptureRecords.countOffset)) : 0
        let isLoss = kind == CaptureBlock.Kind.loss && length >= CaptureLoss.size
        lost = isLoss ? block.load(UInt64.self, at: start + 8).known(unless: .max) ?? 0 : 0
        let isSnapshot = kind == CaptureBlock.Kind.snapshot && length >= CaptureSnapshot.preludeSize
        let flags = isSnapshot ? block.load(UInt32.self, at: start + CaptureSnapshot.Offset.flags) : 0
        snapshot =
            isSnapshot
            ? Snapshot(
                isFirst: flags & CaptureSnapshot.Flag.first != 0, isLast: flags & CaptureSnapshot.Flag.last != 0,
                elements: UInt64(block.load(UInt32.self, at: start + CaptureSnapshot.Offset.count))) : nil
        let place: Int? =
            if hasRecords {
                CaptureRecords.latestOffset
            } else if isLoss {
                24
            } else if isSnapshot {
                CaptureSnapshot.Offset.began
            } else {
                nil
            }
        if let place {
            latest = block.load(UInt64.self, at: start + place).known(unless: 0)
        } else {
            latest = nil
        }
    }
}

extension StreamWriter {
    /// The events in the blocks of the capture so far, the open one left out.
    package var capturedEvents: UInt64 { progress.totals.events }

    /// Adds a block that another writer of this machine has made, under the next number.
    ///
    /// - Returns: False, with nothing added, if what is there must be written first.
    package mutating func take(block bytes: RawSpan) -> Bool {
        guard format == .capture, let facts = CaptureBlockFacts(bytes) else { return true }
        finishBlock()
        guard putPreamble(), reserve(facts.byteCount) else { return false }
        let start = buffer.end
        buffer.put(bytes.extracting(first: facts.byteCount))
        sealBlock(from: start, events: facts.events)
        progress.totals.events &+= UInt64(facts.events)
        progress.totals.lost &+= facts.lost
        if let snapshot = facts.snapshot {
            progress.totals.elements &+= snapshot.elements
            if snapshot.isLast { progress.totals.snapshots &+= 1 }
        }
        return true
    }
}
