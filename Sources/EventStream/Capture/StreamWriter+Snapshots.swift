// SPDX-License-Identifier: Apache-2.0

public import Records

/// The snapshot that a writer is taking.
struct OpenSnapshot {
    /// What was told of it; nil as long as there is none.
    var head: SnapshotHead?
    /// The bytes of one element; nil if it is larger than a block can be.
    var elementSize: Int?
    /// Whether a block of it was begun.
    var hasBlock = false
    /// What the open block is of the snapshot.
    var flags: UInt32 = 0
    /// The elements in its blocks, the open one included.
    var total: UInt64 = 0
    /// The elements in the open block.
    var count: UInt32 = 0
}

/// A writer takes what maps hold, into blocks of a capture; frames have none, so that it takes nothing for them.
///
/// One snapshot is open at a time. Events may come between its elements, which then go on in another block.
extension StreamWriter: SnapshotSink {
    /// Begins a snapshot; one that has not ended stays without an end.
    public mutating func begin(_ head: SnapshotHead) -> Bool {
        guard format == .capture else { return true }
        if block.layout.contains(.snapshot) { finishBlock() }
        snapshot = OpenSnapshot(head: head, elementSize: head.storedSize)
        return true
    }

    /// Takes an element of the snapshot that was begun last.
    ///
    /// Elements that are larger than a block can be (16 MiB less 64 bytes) are left out: the snapshot then ends as a
    /// failed one.
    ///
    /// - Returns: False, with nothing added, if what is there must be written first.
    public mutating func take(key: RawSpan, values: RawSpan) -> Bool {
        guard format == .capture, let head = snapshot.head, let size = snapshot.elementSize else { return true }
        precondition(key.byteCount == head.keySize && values.byteCount == head.valuesSize)
        if !(isSnapshotBlockOpen && size <= block.limit &- buffer.end && snapshot.count < .max) {
            guard openSnapshotBlock(head, for: size) else { return false }
        }
        buffer.put(key)
        buffer.pad(-key.byteCount & 7)
        buffer.put(values)
        buffer.pad(-values.byteCount & 7)
        snapshot.count += 1
        snapshot.total += 1
        return true
    }

    /// Ends the snapshot that was begun last.
    ///
    /// - Returns: False, with nothing added, if what is there must be written first.
    public mutating func end(_ end: SnapshotEnd) -> Bool {
        guard format == .capture, let head = snapshot.head else { return true }
        guard isSnapshotBlockOpen || openSnapshotBlock(head, for: 0) else { return false }
        typealias Offset = CaptureSnapshot.Offset
        let payload = block.start + CaptureBlock.headerSize
        let isLeftOut = snapshot.elementSize == nil && end.elements > 0
        snapshot.flags |= CaptureSnapshot.Flag.last
        buffer.patch(end.ended, at: payload + Offset.ended)
        buffer.patch((isLeftOut ? SnapshotEnd.Extent.failed : end.extent).rawValue, at: payload + Offset.extent)
        finishBlock()
        progress.totals.snapshots &+= 1
        snapshot = OpenSnapshot()
        return true
    }

    /// Ends a block of elements.
    mutating func finishSnapshotBlock() {
        typealias Offset = CaptureSnapshot.Offset
        let payload = block.start + CaptureBlock.headerSize
        buffer.patch(snapshot.flags, at: payload + Offset.flags)
        buffer.patch(snapshot.count, at: payload + Offset.count)
        buffer.patch(snapshot.total, at: payload + Offset.total)
        progress.totals.elements &+= UInt64(snapshot.count)
        sealBlock(from: block.start, events: 0)
    }

    private var isSnapshotBlockOpen: Bool { block.isOpen && block.layout.contains(.snapshot) }

    @inline(never)
    private mutating func openSnapshotBlock(_ head: SnapshotHead, for count: Int) -> Bool {
        guard
            beginBlock(
                kind: CaptureBlock.Kind.snapshot, prelude: CaptureSnapshot.preludeSize, for: count, .snapshot)
        else { return false }
        snapshot.flags = snapshot.hasBlock ? 0 : CaptureSnapshot.Flag.first
        buffer.put(head.source)
        buffer.put(UInt32(0))
        buffer.put(head.number)
        buffer.put(head.began)
        buffer.put(UInt64(0))
        buffer.put(UInt32(0))
        buffer.put(UInt32(truncatingIfNeeded: head.keySize))
        buffer.put(UInt32(truncatingIfNeeded: head.valueSize))
        buffer.put(UInt32(truncatingIfNeeded: head.cpus ?? 0))
        buffer.put(UInt64(0))
        buffer.put(UInt64(0))
        snapshot.hasBlock = true
        return true
    }
}
