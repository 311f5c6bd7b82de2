// SPDX-License-Identifier: Apache-2.0

/// Takes a capture apart into what its blocks hold, however the bytes come in (`docs/capture.md`).
///
/// Captures of either byte order are read, and several in a row. What is damaged is told and skipped, up to the next
/// sound block; nothing of a block is handed out before all of it is known to be sound.
///
/// It keeps one begun block at most: 16 MiB and 32 bytes. The time is linear in the bytes: at most 5 bytes are hashed
/// for each that is read, and 64 MiB once.
public struct CaptureReader: Sendable {
    /// Called for what is found, with its position in bytes from the start of the stream.
    public typealias Body = (_ item: CaptureItem, _ offset: UInt64) -> Void
    /// Called for what is found, with the number of its block too; of what is missing the first number, 0 in the preamble.
    package typealias BlockBody = (_ item: CaptureItem, _ offset: UInt64, _ block: UInt64) -> Void

    /// The position in the stream of the first byte that belongs to no finished block.
    public private(set) var offset: UInt64 = 0
    /// Whether the last block that was read is the end of a capture.
    public private(set) var hasEnded = false
    /// A block that has begun, as far as it came.
    private var begun: [UInt8] = []
    /// The bytes that the begun block has, as far as is known.
    private var wanted = 0
    /// The place and cause of the damage that reading is in.
    private var damage: (offset: UInt64, cause: CaptureDamage.Cause)?
    private var failure: CaptureError?
    /// The header that the sequence numbers belong to.
    private var header: CaptureHeader?
    private var sequence: UInt64?
    /// The number of the block that is taken apart; 0 for one of the preamble.
    private var block: UInt64 = 0
    /// How far the snapshot has come that was read last and has not ended.
    private var snapshot: CaptureSnapshot.Position?
    /// The bytes that may be hashed in vain before a block with a wrong checksum is skipped as a whole.
    private var patience = fullPatience
    /// The bytes that were hashed.
    private(set) var hashed = 0

    private static let fullPatience = 64 << 20

    /// Creates a reader that stands at the start of a stream.
    public init() {}

    /// Whether a stream that begins with these four bytes is a capture: no frame can begin like that.
    public static func isCapture(firstBytes bytes: RawSpan) -> Bool {
        guard bytes.byteCount >= 4 else { return false }
        return (0..<4).allSatisfy {
            unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == CaptureBlock.magic[$0]
        }
    }

    /// Reads the next bytes of the stream.
    ///
    /// - Parameters:
    ///   - bytes: As many as have come, from anywhere to anywhere.
    ///   - body: Called for what is whole by now.
    /// - Throws: What a reader of this version cannot read, after everything in front of it was handed out, and again
    ///   for whatever comes later.
    public mutating func read(_ bytes: RawSpan, _ body: Body) throws(CaptureError) {
        try read(bytes) { item, offset, _ in body(item, offset) }
    }

    /// Tells that the stream has ended: hands out what can still be found in a block that is cut off.
    ///
    /// - Throws: What ``read(_:_:)`` throws.
    public mutating func finish(_ body: Body) throws(CaptureError) {
        try finish { item, offset, _ in body(item, offset) }
    }

    /// Tells that the stream goes on in another file: a rotated capture does, with the numbers of its blocks.
    ///
    /// What can still be found in a block that the old file cuts off is handed out. Positions are counted from the
    /// start of the new file.
    ///
    /// - Throws: What ``read(_:_:)`` throws.
    public mutating func beginNextFile(_ body: Body) throws(CaptureError) {
        try beginNextFile { item, offset, _ in body(item, offset) }
    }

    /// Reads the next bytes of the stream.
    package mutating func read(_ bytes: RawSpan, _ body: BlockBody) throws(CaptureError) {
        if let failure { throw failure }
        var position = 0
        while position < bytes.byteCount {
            if begun.isEmpty {
                let used = try parse(bytes.extracting(position..<bytes.byteCount), isLast: false, body)
                keep(bytes.extracting((position + used)..<bytes.byteCount))
                return
            }
            let end = min(position + max(wanted - begun.count, 1), bytes.byteCount)
            keep(bytes.extracting(position..<end))
            position = end
            if begun.count >= wanted { try parseBegun(isLast: false, body) }
        }
    }

    /// Tells that the stream has ended.
    package mutating func finish(_ body: BlockBody) throws(CaptureError) {
        if let failure { throw failure }
        try parseBegun(isLast: true, body)
        reportDamage(upTo: offset, body)
    }

    /// Tells that the stream goes on in another file.
    package mutating func beginNextFile(_ body: BlockBody) throws(CaptureError) {
        try finish(body)
        offset = 0
    }

    private mutating func parseBegun(isLast: Bool, _ body: BlockBody) throws(CaptureError) {
        var taken: [UInt8] = []
        swap(&taken, &begun)
        let used = try unsafe parse(taken.span.bytes, isLast: isLast, body)
        taken.removeFirst(used)
        swap(&taken, &begun)
    }

    private mutating func keep(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { source in unsafe begun.append(contentsOf: source) }
    }

    // MARK: Blocks

    /// Reads whole blocks.
    ///
    /// - Returns: The bytes that are done with; all of them at the end of the stream. What is left is a begun block,
    ///   which needs ``wanted`` bytes.
    private mutating func parse(_ bytes: RawSpan, isLast: Bool, _ body: BlockBody) throws(CaptureError) -> Int {
        var at = 0
        while at < bytes.byteCount {
            let left = bytes.extracting(at..<bytes.byteCount)
            let step: Int
            switch found(in: left) {
            case .nothing(let count):
                note(.noBlock)
                step = count
            case .damagedHeader:
                note(.header)
                step = 1
            case .begun(let expected):
                guard isLast else {
                    wanted = expected ?? CaptureBlock.headerSize
                    return at
                }
                note(.truncated(found: left.byteCount, expected: expected))
                step = 1
            case .damagedPayload(let count):
                note(.payload)
                // What was cut off in the middle may have other blocks behind the cut.
                step = patience >= count ? 1 : count
                patience = max(patience - count, 0)
            case .block(let count, let isSwapped):
                try take(CaptureBytes(left.extracting(0..<count), isSwapped: isSwapped), body)
                step = count
            }
            at += step
            offset += UInt64(step)
            patience = min(patience + step * 4, Self.fullPatience)
        }
        return at
    }

    private enum Found {
        /// So many bytes in which no block begins.
        case nothing(Int)
        case damagedHeader
        /// A block that is not all there, and the bytes it has if they are known.
        case begun(Int?)
        case damagedPayload(Int)
        case block(Int, isSwapped: Bool)
    }

    /// Looks at the front of bytes.
    private mutating func found(in bytes: RawSpan) -> Found {
        let start = Self.possibleStart(in: bytes)
        guard start == 0 else { return .nothing(start) }
        guard bytes.byteCount >= CaptureBlock.headerSize else { return .begun(nil) }
        let mark = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: CaptureBlock.Offset.mark, as: UInt16.self)
        let isSwapped = mark != CaptureBlock.byteOrderMark
        let block = CaptureBytes(bytes, isSwapped: isSwapped)
        hashed += CaptureBlock.Offset.payloadCheck
        let headerCheck = CaptureBlock.checksum(bytes.extracting(0..<CaptureBlock.Offset.payloadCheck))
        let length = Int(block.load(UInt32.self, at: CaptureBlock.Offset.length))
        guard headerCheck == block.load(UInt32.self, at: CaptureBlock.Offset.headerCheck),
            length <= CaptureBlock.maximumPayload, length % 8 == 0
        else { return .damagedHeader }
        let whole = CaptureBlock.headerSize + length
        guard bytes.byteCount >= whole else { return .begun(whole) }
        hashed += length
        guard
            CaptureBlock.checksum(bytes.extracting(CaptureBlock.headerSize..<whole))
                == block.load(UInt32.self, at: CaptureBlock.Offset.payloadCheck)
        else { return .damagedPayload(whole) }
        return .block(whole, isSwapped: isSwapped)
    }

    /// The first position where a block begins, as far as bytes of its magic and mark are there.
    private static func possibleStart(in bytes: RawSpan) -> Int {
        var at = 0
        while at < bytes.byteCount {
            if unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self) == CaptureBlock.magic[0],
                isPossibleStart(bytes.extracting(at..<min(at + 8, bytes.byteCount)))
            {
                return at
            }
            at += 1
        }
        return at
    }

    private static func isPossibleStart(_ bytes: RawSpan) -> Bool {
        func byte(_ index: Int) -> UInt8 { unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) }
        for index in 0..<min(bytes.byteCount, 6) where byte(index) != CaptureBlock.magic[index] { return false }
        guard bytes.byteCount > 6 else { return true }
        guard byte(6) == 1 || byte(6) == 2 else { return false }
        return bytes.byteCount == 7 || byte(7) == 3 - byte(6)
    }

    // MARK: What blocks hold

    private mutating func take(_ block: CaptureBytes, _ body: BlockBody) throws(CaptureError) {
        do throws(CaptureMalformed) {
            try decode(block, body)
        } catch {
            note(.malformed(error.reason))
        }
        if let failure { throw failure }
    }

    private mutating func decode(_ block: CaptureBytes, _ body: BlockBody) throws(CaptureMalformed) {
        let kind = block.load(UInt16.self, at: CaptureBlock.Offset.kind)
        let flags = block.load(UInt16.self, at: CaptureBlock.Offset.flags)
        let payload = block.extracting(CaptureBlock.headerSize..<block.count)
        self.block = 0
        if flags & CaptureBlock.Flag.preamble == 0 {
            self.block = block.load(UInt64.self, at: CaptureBlock.Offset.sequence)
            count(self.block, body)
        }
        switch kind {
        case CaptureBlock.Kind.header:
            let header = try CaptureHeader(payload)
            if header.majorVersion != CaptureHeader.version.major {
                reportDamage(upTo: offset, body)
                failure = .version(offset: offset, major: header.majorVersion, minor: header.minorVersion)
                return
            }
            if header != self.header { (sequence, snapshot) = (nil, nil) }
            self.header = header
            hand(.header(header), body)
        case CaptureBlock.Kind.clock: hand(.clock(try CaptureClock(payload)), body)
        case CaptureBlock.Kind.source: hand(.source(try CaptureSource(payload)), body)
        case CaptureBlock.Kind.schema: hand(.schema(try CaptureSchema(payload)), body)
        case CaptureBlock.Kind.names:
            if let names = try CaptureNames(payload) { hand(.names(names), body) } else { hand(.other, body) }
        case CaptureBlock.Kind.process: hand(.process(try CaptureProcess(payload)), body)
        case CaptureBlock.Kind.records:
            let start = offset + UInt64(CaptureBlock.headerSize)
            hand(.records(try CaptureRecords(payload, offset: start, block: self.block)), body)
        case CaptureBlock.Kind.snapshot: try takeSnapshot(payload, body)
        case CaptureBlock.Kind.text: hand(.text(try CaptureText(payload)), body)
        case CaptureBlock.Kind.loss: hand(.loss(try CaptureLoss(payload)), body)
        case CaptureBlock.Kind.end: hand(.end(try CaptureEnd(payload)), body)
        default:
            if flags & CaptureBlock.Flag.critical != 0 {
                reportDamage(upTo: offset, body)
                failure = .criticalKind(offset: offset, kind: kind)
            } else {
                hand(.other, body)
            }
        }
        hasEnded = kind == CaptureBlock.Kind.end
    }

    /// Takes a block of a snapshot, and tells whether it goes on where the one before it stopped.
    private mutating func takeSnapshot(_ payload: CaptureBytes, _ body: BlockBody) throws(CaptureMalformed) {
        var part = try CaptureSnapshot(
            payload, offset: offset + UInt64(CaptureBlock.headerSize), after: snapshot)
        part.block = block
        snapshot = part.end == nil ? part.position : nil
        hand(.snapshot(part), body)
    }

    private mutating func hand(_ item: CaptureItem, _ body: BlockBody) {
        reportDamage(upTo: offset, body)
        body(item, offset, block)
    }

    /// Compares the number of a block with the one before; a capture may begin anywhere, as its older files may be gone.
    private mutating func count(_ number: UInt64, _ body: BlockBody) {
        defer { sequence = number }
        guard let sequence, number > sequence, number - sequence > 1 else { return }
        reportDamage(upTo: offset, body)
        body(.missing((sequence + 1)...(number - 1)), offset, sequence + 1)
    }

    // MARK: Damage

    private mutating func note(_ cause: CaptureDamage.Cause) {
        hasEnded = false
        if damage == nil { damage = (offset, cause) }
    }

    private mutating func reportDamage(upTo end: UInt64, _ body: BlockBody) {
        guard let (start, cause) = damage else { return }
        damage = nil
        body(.damage(CaptureDamage(offset: start, skipped: end - start, cause: cause)), start, block)
    }
}
