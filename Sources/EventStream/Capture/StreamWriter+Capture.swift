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

    /// The number of the last block.
    package var lastBlock: UInt64 { progress.sequence }

    /// Has the numbers of blocks go on behind those of another writer of the capture: to be called before the first one.
    package mutating func continueNumbers(after number: UInt64) { progress.sequence = number }

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

    /// Adds a block of names that came up since the capture began; for frames nothing is done.
    ///
    /// Of more names than a block of ordinary size holds the first are added. The preamble of further files is the
    /// caller's to change.
    ///
    /// - Returns: How many of the entries were added; none if what is there must be written first.
    public mutating func noteNames(_ names: CaptureNames) -> Int {
        guard format == .capture, let first = names.blocks.first else { return names.entries.count }
        return addBlock(kind: CaptureBlock.Kind.names, payload: first.payload) ? first.entries.count : 0
    }

    /// Adds a block of text that programs print; for frames nothing is done.
    ///
    /// - Parameter text: One of the ``CaptureText/parts`` of a text.
    /// - Returns: False, with nothing added, if what is there must be written first.
    public mutating func noteText(_ text: CaptureText) -> Bool {
        format != .capture || addBlock(kind: CaptureBlock.Kind.text, payload: text.payload)
    }

    /// Ends the block that is filled, so that it can be written: at the end of each round of draining.
    public mutating func finishBlock() {
        guard block.isOpen else { return }
        guard !block.layout.contains(.snapshot) else { return finishSnapshotBlock() }
        let payload = block.start + CaptureBlock.headerSize
        buffer.patch(block.latest > 0 ? block.earliest : 0, at: payload + CaptureRecords.earliestOffset)
        buffer.patch(block.latest, at: payload + CaptureRecords.latestOffset)
        buffer.patch(block.count, at: payload + CaptureRecords.countOffset)
        progress.totals.events &+= UInt64(block.count)
        sealBlock(from: block.start, events: Int(block.count))
    }

    /// Adds the last block of the capture, with the totals of all others; for frames nothing is done.
    ///
    /// - Returns: False, with nothing added but records that waited for their order, if what is there must be written
    ///   first.
    public mutating func finishCapture() -> Bool {
        guard format == .capture else { return true }
        guard flushSorted() else { return false }
        finishBlock()
        var totals = progress.totals
        totals.late = sorter.late
        return addBlock(kind: CaptureBlock.Kind.end, payload: totals.payload)
    }

    /// Notes the block that was put from a position on, which is whole but for its length, number and checksums.
    mutating func sealBlock(from start: Int, events: Int) {
        let payload = start + CaptureBlock.headerSize
        progress.sequence += 1
        buffer.patch(UInt32(buffer.end - payload), at: start + CaptureBlock.Offset.length)
        buffer.patch(progress.sequence, at: start + CaptureBlock.Offset.sequence)
        let payloadCheck = CaptureBlock.checksum(buffer.filled(from: payload))
        buffer.patch(payloadCheck, at: start + CaptureBlock.Offset.payloadCheck)
        let headerCheck = CaptureBlock.checksum(
            buffer.filled(from: start).extracting(0..<CaptureBlock.Offset.payloadCheck))
        buffer.patch(headerCheck, at: start + CaptureBlock.Offset.headerCheck)
        progress.totals.bytes &+= UInt64(buffer.end - start)
        buffer.seal(events: events)
        closeBlock()
    }

    mutating func closeBlock() {
        (block.start, block.count, block.earliest, block.latest) = (-1, 0, .max, 0)
        snapshot.count = 0
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
        guard beginBlock(kind: CaptureBlock.Kind.records, prelude: CaptureRecords.preludeSize, for: count, layout)
        else { return false }
        let isMerged = layout.contains(.merged)
        if !layout.contains(.context), progress.readTime > 0 { block.note(time: progress.readTime) }
        buffer.put(isMerged ? UInt32.max : block.source)
        buffer.put(isMerged ? UInt32.max : block.cpu)
        buffer.put(UInt64(0))
        buffer.put(UInt64(0))
        buffer.put(UInt32(0))
        buffer.put(layout.rawValue)
        return true
    }

    /// Begins a block that is filled bit by bit: puts its header, of which length, number and checksums come at its end.
    ///
    /// - Parameters:
    ///   - kind: Its kind.
    ///   - prelude: The bytes of its payload that the caller puts in front of the first record.
    ///   - count: The bytes of the first record.
    ///   - layout: What tells blocks apart that cannot go on as each other.
    /// - Returns: False if what is there must be written first.
    mutating func beginBlock(kind: UInt16, prelude: Int, for count: Int, _ layout: CaptureLayout) -> Bool {
        finishBlock()
        let payload = prelude + count
        guard payload <= CaptureBlock.maximumPayload, putPreamble(), reserve(CaptureBlock.headerSize + payload) else {
            return false
        }
        block.start = buffer.end
        let largest = CaptureBlock.headerSize + max(payload, CaptureBlock.ordinaryPayload)
        block.limit = buffer.end + min(largest, buffer.room)
        block.layout = layout
        buffer.put(CaptureBlock.firstWord)
        buffer.put(kind)
        buffer.put(UInt16(0))
        buffer.put(UInt32(0))
        buffer.put(UInt64(0))
        buffer.put(UInt64(0))
        return true
    }

    /// Adds a block that is made in one piece.
    mutating func addBlock(kind: UInt16, payload: [UInt8]) -> Bool {
        finishBlock()
        let bytes = CaptureBlock.bytes(kind: kind, flags: 0, sequence: progress.sequence + 1, payload: payload)
        guard putPreamble(), reserve(bytes.count) else { return false }
        unsafe buffer.put(bytes.span.bytes)
        buffer.seal(events: 0)
        progress.sequence += 1
        progress.totals.bytes &+= UInt64(bytes.count)
        return true
    }

    mutating func putPreamble() -> Bool {
        guard progress.preambleWaits else { return true }
        let preamble = progress.preamble
        guard reserve(preamble.count) else { return false }
        unsafe buffer.put(preamble.span.bytes)
        buffer.seal(events: 0)
        progress.preambleWaits = false
        return true
    }
}
