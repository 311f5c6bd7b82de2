// SPDX-License-Identifier: Apache-2.0

public import Records

/// A snapshot of a map, or one of the blocks that a larger one is cut into.
///
/// The blocks of a snapshot come one after the other: the first has ``isFirst``, the last ``end``, a small snapshot has
/// both in one. Blocks of other kinds may stand between them, those of another snapshot may not.
public struct CaptureSnapshot: ~Escapable {
    /// What is known before the first element; the same in each block of a snapshot.
    public let head: SnapshotHead
    /// Whether the snapshot begins with this block.
    public let isFirst: Bool
    /// Whether everything of the snapshot that comes before this block has been read: none of it is damaged or in another
    /// file.
    public let isContinuous: Bool
    /// What is known after the last element; nil if the snapshot goes on in another block.
    public let end: SnapshotEnd?
    /// How many elements this block has.
    public let count: Int
    /// How many elements the snapshot has up to the end of this block, missing ones included.
    public let total: UInt64
    /// The position in the stream of the next element.
    public private(set) var offset: UInt64
    /// The number of the block in its capture.
    public internal(set) var block: UInt64 = 0
    private var index: UInt32 = 0
    /// Whether the elements come from a machine of the other byte order: their own bytes are as that machine has them.
    public var isForeign: Bool { payload.isSwapped }
    /// The bytes of an element: the key and each value, each padded to 8 bytes.
    public let elementSize: Int

    private let payload: CaptureBytes
    private var at = CaptureSnapshot.preludeSize

    /// The bytes in front of the first element.
    static let preludeSize = 64

    /// Where the parts of the prelude are.
    enum Offset {
        static let source = 0
        static let flags = 4
        static let number = 8
        static let began = 16
        static let ended = 24
        static let count = 32
        static let keySize = 36
        static let valueSize = 40
        static let cpus = 44
        static let extent = 48
        static let total = 56
    }

    /// The flags of a block.
    enum Flag {
        static let first: UInt32 = 1
        static let last: UInt32 = 2
    }

    /// How far a snapshot was read.
    struct Position: Sendable, Equatable {
        var head: SnapshotHead
        var total: UInt64
    }

    var position: Position { Position(head: head, total: total) }

    /// Takes a payload apart, and checks that its elements are what it says.
    ///
    /// - Parameters:
    ///   - payload: The payload.
    ///   - offset: Its position in the stream.
    ///   - before: How far the snapshot was read that has not ended.
    @_lifetime(copy payload)
    init(_ payload: CaptureBytes, offset: UInt64, after before: Position?) throws(CaptureMalformed) {
        guard payload.count >= Self.preludeSize else {
            throw CaptureMalformed(reason: "\(payload.count) bytes are too few for a snapshot")
        }
        head = SnapshotHead(payload)
        let flags = payload.load(UInt32.self, at: Offset.flags)
        isFirst = flags & Flag.first != 0
        count = Int(payload.load(UInt32.self, at: Offset.count))
        total = payload.load(UInt64.self, at: Offset.total)
        let ended = payload.load(UInt64.self, at: Offset.ended)
        // A later version may know more of it, but it is no whole one.
        let extent = SnapshotEnd.Extent(rawValue: payload.load(UInt32.self, at: Offset.extent)) ?? .failed
        end = flags & Flag.last == 0 ? nil : SnapshotEnd(elements: total, ended: ended, extent: extent)
        let size = head.storedSize ?? 0
        // No map has values of no bytes: the kernel refuses to make one. CPUs without values would cost a reader time that
        // no bytes stand for.
        guard size > 0 || count == 0, head.valueSize > 0 else {
            throw CaptureMalformed(reason: "the elements of a snapshot have a size that none can have")
        }
        let (bytes, isTooMany) = count.multipliedReportingOverflow(by: size)
        guard !isTooMany, bytes == payload.count - Self.preludeSize, total >= UInt64(count) else {
            throw CaptureMalformed(reason: "the elements of a snapshot are not as many bytes as its block has")
        }
        elementSize = size
        let start = isFirst ? Position(head: head, total: 0) : before
        isContinuous = start == Position(head: head, total: total - UInt64(count))
        self.payload = payload
        self.offset = offset + UInt64(Self.preludeSize)
    }

    /// Takes a payload apart that was read before.
    ///
    /// - Parameters:
    ///   - payload: The payload.
    ///   - offset: Its position in the stream.
    ///   - isContinuous: Whether everything before it had been read.
    @_lifetime(copy payload)
    init(_ payload: CaptureBytes, offset: UInt64, isContinuous: Bool) throws(CaptureMalformed) {
        var before: Position?
        if isContinuous, payload.count >= Self.preludeSize {
            let count = UInt64(payload.load(UInt32.self, at: Offset.count))
            before = Position(
                head: SnapshotHead(payload), total: payload.load(UInt64.self, at: Offset.total) &- count)
        }
        try self.init(payload, offset: offset, after: before)
    }

    /// The whole payload.
    var bytes: RawSpan {
        @_lifetime(copy self)
        get { payload.bytes }
    }

    /// The position in the stream of the payload.
    var blockOffset: UInt64 { offset - UInt64(at) }

    /// The next element; nil after the last one of the block.
    @_lifetime(copy self)
    public mutating func next() -> CaptureElement? {
        guard elementSize > 0, payload.count - at >= elementSize else { return nil }
        var element = CaptureElement(
            bytes: payload.bytes.extracting(at..<(at + elementSize)), offset: offset, head: head)
        element.place = CapturePlace(block: block, index: index)
        index &+= 1
        at += elementSize
        offset += UInt64(elementSize)
        return element
    }
}

/// One element of a map.
public struct CaptureElement: ~Escapable {
    /// The key and each value, each padded to 8 bytes with zeros, in the byte order of the machine they come from.
    ///
    /// The first of them are an event of the source's type: its member `value` is the value of the first CPU.
    public let bytes: RawSpan
    /// The position of the element in the stream.
    public let offset: UInt64
    /// Where it is in its capture.
    public internal(set) var place = CapturePlace()
    private let keySize: Int
    private let valueSize: Int
    private let valueCount: Int

    @_lifetime(copy bytes)
    init(bytes: RawSpan, offset: UInt64, head: SnapshotHead) {
        self.bytes = bytes
        self.offset = offset
        (keySize, valueSize, valueCount) = (head.keySize, head.valueSize, head.cpus ?? 1)
    }

    /// The key, without padding.
    public var key: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(0..<keySize) }
    }

    /// A value, without padding.
    ///
    /// - Parameter index: The number of the CPU as the kernel counts the possible ones; 0 where there is one value for all.
    /// - Returns: Nil if there is none.
    @_lifetime(copy self)
    public func value(_ index: Int) -> RawSpan? {
        guard index >= 0, index < valueCount else { return nil }
        // The whole fits in a block, so nothing overflows.
        let start = keySize.paddedToWords + index * valueSize.paddedToWords
        return bytes.extracting(start..<(start + valueSize))
    }
}

extension SnapshotHead {
    init(_ payload: CaptureBytes) {
        typealias Offset = CaptureSnapshot.Offset
        let cpus = payload.load(UInt32.self, at: Offset.cpus)
        self.init(
            source: payload.load(UInt32.self, at: Offset.source), number: payload.load(UInt64.self, at: Offset.number),
            began: payload.load(UInt64.self, at: Offset.began),
            keySize: Int(payload.load(UInt32.self, at: Offset.keySize)),
            valueSize: Int(payload.load(UInt32.self, at: Offset.valueSize)), cpus: cpus == 0 ? nil : Int(cpus))
    }

    /// The bytes of an element in a capture: the key and each value, each padded to 8 bytes; nil if no block can have one.
    package var storedSize: Int? {
        let limit = CaptureBlock.maximumPayload - CaptureSnapshot.preludeSize
        guard (0...limit).contains(keySize), (0...limit).contains(valueSize), (1...limit).contains(cpus ?? 1) else {
            return nil
        }
        // Each is below 2^24, so nothing overflows.
        let size = keySize.paddedToWords + valueSize.paddedToWords * (cpus ?? 1)
        return size <= limit ? size : nil
    }
}

extension Int {
    /// Rounded up to 8.
    @inline(__always)
    var paddedToWords: Int { (self &+ 7) & ~7 }
}
