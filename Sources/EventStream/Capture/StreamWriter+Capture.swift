// SPDX-License-Identifier: Apache-2.0

/// The block of records that a writer is filling.
struct OpenBlock {
    /// Its position in the chunk; negative as long as there is none.
    var start = -1
    /// The position that its records may fill the chunk to.
    var limit = 0
    var layout: CaptureLayout = []
    var count: UInt32 = 0
    var earliest = UInt64.max
    var latest: UInt64 = 0
    /// Where the records that are appended come from.
    var source: UInt32 = 0
    var cpu: UInt32 = .max

    var isOpen: Bool { start >= 0 }

    /// Takes in the time of a record.
    @inline(__always)
    mutating func note(time: UInt64) {
        earliest = min(earliest, time)
        latest = max(latest, time)
    }
}

/// What a writer knows of its capture beside the blocks.
struct CaptureProgress {
    /// The number of the last block.
    var sequence: UInt64 = 0
    /// When the round began that reads the records, in ns; 0 if nobody has told.
    var readTime: UInt64 = 0
    /// What went into the blocks so far.
    var totals = CaptureEnd()
    /// The blocks that every file begins with.
    var preamble: [UInt8] = []
    /// Whether those are still to go out.
    var preambleWaits = false
}

extension StreamWriter {
    /// The largest event that a capture can hold; a larger one becomes a loss.
    public static let largestCapturedEvent = CaptureBlock.maximumPayload - CaptureRecords.preludeSize - 32

    /// The blocks that every file of a capture begins with.
    public var preamble: [UInt8] { progress.preamble }

    /// Sets the blocks that every file of a capture begins with; they go out in front of the next block.
    ///
    /// - Parameter bytes: what the preamble of a capture gives; for frames nothing is done.
    public mutating func setPreamble(_ bytes: [UInt8]) {
        guard format == .capture else { return }
        progress.preamble = bytes
        progress.preambleWaits = !bytes.isEmpty
    }

    /// Tells where the records come from that are appended from here on; for frames it means nothing.
    public mutating func begin(source: UInt32, cpu: UInt32?) {
        let cpu = cpu ?? .max
        guard source != block.source || cpu != block.cpu else { return }
        // A merged block has the records of all.
        if !block.layout.contains(.merged) { finishBlock() }
        block.source = source
        block.cpu = cpu
    }

    /// Adds a block about events that are missing; for frames nothing is done.
    ///
    /// - Returns: False, with nothing added, if what is there must be written first.
    public mutating func noteLoss(_ loss: CaptureLoss) -> Bool {
        guard format == .capture else { return true }
        guard addBlock(kind: CaptureBlock.Kind.loss, payload: loss.payload) else { return false }
        progress.totals.lost &+= loss.events ?? 0
        return true
    }

    /// Adds a block that tells that the wall clock was set; for frames nothing is done.
    ///
    /// The preamble of further files is the caller's to change.
    ///
    /// - Returns: False, with nothing added, if what is there must be written first.
    public mutating func noteClock(_ clock: CaptureClock) -> Bool {
        format != .capture || addBlock(kind: CaptureBlock.Kind.clock, payload: clock.payload)
    }

    /// Ends the block that is filled, so that it can be written: at the end of each round of draining.
    public mutating func finishBlock() {
        guard block.isOpen else { return }
        let start = block.start
        let payload = start + CaptureBlock.headerSize
        progress.sequence += 1
        buffer.patch(UInt32(buffer.end - payload), at: start + CaptureBlock.Offset.length)
        buffer.patch(progress.sequence, at: start + CaptureBlock.Offset.sequence)
        buffer.patch(block.latest > 0 ? block.earliest : 0, at: payload + CaptureRecords.earliestOffset)
        buffer.patch(block.latest, at: payload + CaptureRecords.latestOffset)
        buffer.patch(block.count, at: payload + CaptureRecords.countOffset)
        let payloadCheck = CaptureBlock.checksum(buffer.filled(from: payload))
        buffer.patch(payloadCheck, at: start + CaptureBlock.Offset.payloadCheck)
        let headerCheck = CaptureBlock.checksum(
            buffer.filled(from: start).extracting(0..<CaptureBlock.Offset.payloadCheck))
        buffer.patch(headerCheck, at: start + CaptureBlock.Offset.headerCheck)
        progress.totals.events &+= UInt64(block.count)
        progress.totals.bytes &+= UInt64(buffer.end - start)
        buffer.seal(events: Int(block.count))
        closeBlock()
    }

    /// Adds the last block of the capture, with the totals of all others; for frames nothing is done.
    ///
    /// - Returns: False, with nothing added but records that waited for their order, if what is there must be written
    ///   first.
    public mutating func finishCapture() -> Bool {
        guard format == .capture else { return true }
        guard flushSorted() else { return false }
        var totals = progress.totals
        totals.late = sorter.late
        finishBlock()
        totals.events = progress.totals.events
        totals.bytes = progress.totals.bytes
        return addBlock(kind: CaptureBlock.Kind.end, payload: totals.payload)
    }

    mutating func closeBlock() {
        (block.start, block.count, block.earliest, block.latest) = (-1, 0, .max, 0)
    }

    // MARK: Records

    /// Makes room for a record of that layout, in the open block or in a new one.
    @inline(__always)
    mutating func makeRoom(for count: Int, layout: CaptureLayout) -> Bool {
        if block.isOpen, block.layout == layout, count <= block.limit &- buffer.end { return true }
        return openBlock(for: count, layout)
    }

    @inline(never)
    private mutating func openBlock(for count: Int, _ layout: CaptureLayout) -> Bool {
        finishBlock()
        let payload = CaptureRecords.preludeSize + count
        guard payload <= CaptureBlock.maximumPayload, putPreamble(), reserve(CaptureBlock.headerSize + payload) else {
            return false
        }
        let isMerged = layout.contains(.merged)
        block.start = buffer.end
        let largest = CaptureBlock.headerSize + max(payload, CaptureBlock.ordinaryPayload)
        block.limit = buffer.end + min(largest, buffer.room)
        block.layout = layout
        if !layout.contains(.context), progress.readTime > 0 { block.note(time: progress.readTime) }
        buffer.put(CaptureBlock.firstWord)
        buffer.put(CaptureBlock.Kind.records)
        buffer.put(UInt16(0))
        buffer.put(UInt32(0))
        buffer.put(UInt64(0))
        buffer.put(UInt64(0))
        buffer.put(isMerged ? UInt32.max : block.source)
        buffer.put(isMerged ? UInt32.max : block.cpu)
        buffer.put(UInt64(0))
        buffer.put(UInt64(0))
        buffer.put(UInt32(0))
        buffer.put(layout.rawValue)
        return true
    }

    /// Adds a block that is made in one piece.
    private mutating func addBlock(kind: UInt16, payload: [UInt8]) -> Bool {
        finishBlock()
        let bytes = CaptureBlock.bytes(kind: kind, flags: 0, sequence: progress.sequence + 1, payload: payload)
        guard putPreamble(), reserve(bytes.count) else { return false }
        unsafe buffer.put(bytes.span.bytes)
        buffer.seal(events: 0)
        progress.sequence += 1
        progress.totals.bytes &+= UInt64(bytes.count)
        return true
    }

    private mutating func putPreamble() -> Bool {
        guard progress.preambleWaits else { return true }
        let preamble = progress.preamble
        guard reserve(preamble.count) else { return false }
        unsafe buffer.put(preamble.span.bytes)
        buffer.seal(events: 0)
        progress.preambleWaits = false
        return true
    }
}
