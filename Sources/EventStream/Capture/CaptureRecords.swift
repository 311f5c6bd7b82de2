// SPDX-License-Identifier: Apache-2.0

/// The records of one block.
public struct CaptureRecords: ~Escapable {
    /// The number of the source; nil where every record has its own.
    public let source: UInt32?
    /// The CPU; nil where it is not known, or every record has its own.
    public let cpu: UInt32?
    /// The times of the first and the last record in ns; nil if they are not known.
    public let times: ClosedRange<UInt64>?
    /// When the records were read, in ns, where they have no time of their own; nil where they have, or it is not known.
    ///
    /// Records of BPF ring buffers have none: the time at which the writer of the capture began the round that read
    /// them is as near as it is known. In merged blocks it is the ``CaptureRecord/time`` of such a record.
    public var readTime: UInt64? { layout.contains(.context) ? nil : times?.upperBound }
    /// How many records there are.
    public let count: Int
    /// What each record has.
    package let layout: CaptureLayout
    /// The position in the stream of the next record.
    public private(set) var offset: UInt64
    /// The number of the block in its capture.
    public let block: UInt64
    private let payload: CaptureBytes

    /// Whether the events come from a machine of the other byte order: their own bytes are as that machine has them.
    public var isForeign: Bool { payload.isSwapped }

    private var at = CaptureRecords.preludeSize
    private var index: UInt32 = 0

    /// The bytes in front of the first record: u32 source, u32 cpu, u64 earliest, u64 latest, u32 count, u32 layout.
    static let preludeSize = 32
    static let earliestOffset = 8
    static let latestOffset = 16
    static let countOffset = 24

    /// Takes a payload apart, and checks that its records are what it says.
    ///
    /// - Parameters:
    ///   - payload: The payload.
    ///   - offset: Its position in the stream.
    ///   - block: The number of its block.
    @_lifetime(copy payload)
    init(_ payload: CaptureBytes, offset: UInt64, block: UInt64 = 0) throws(CaptureMalformed) {
        guard payload.count >= Self.preludeSize else {
            throw CaptureMalformed(reason: "\(payload.count) bytes are too few for a block of records")
        }
        layout = CaptureLayout(rawValue: payload.load(UInt32.self, at: 28))
        guard layout.isSubset(of: .known) else {
            throw CaptureMalformed(reason: "its records are laid out in a way that this reader does not know")
        }
        let isMerged = layout.contains(.merged)
        source = isMerged ? nil : payload.load(UInt32.self, at: 0)
        cpu = isMerged ? nil : payload.load(UInt32.self, at: 4).known(unless: .max)
        let earliest = payload.load(UInt64.self, at: Self.earliestOffset)
        let latest = payload.load(UInt64.self, at: Self.latestOffset)
        times = latest == 0 || earliest > latest ? nil : earliest...latest
        count = Int(payload.load(UInt32.self, at: Self.countOffset))
        self.payload = payload
        self.offset = offset + UInt64(Self.preludeSize)
        self.block = block
        try check()
    }

    private func check() throws(CaptureMalformed) {
        var at = at
        for _ in 0..<count {
            guard let end = end(ofRecordAt: at) else {
                throw CaptureMalformed(reason: "a record is larger than what is left of the block")
            }
            at = end
        }
        guard at == payload.count else { throw CaptureMalformed(reason: "bytes follow its last record") }
    }

    /// The end of a record with its padding; nil if it is not all there.
    @inline(__always)
    private func end(ofRecordAt at: Int) -> Int? {
        let front = layout.sizeOffset + 4
        guard payload.count - at >= front else { return nil }
        let size = Int(payload.load(UInt32.self, at: at + layout.sizeOffset))
        // At most 2^32 + 31, so nothing overflows.
        let whole = (front + size + 7) & ~7
        return whole <= payload.count - at ? at + whole : nil
    }

    /// The next record; nil after the last one.
    @_lifetime(copy self)
    public mutating func next() -> CaptureRecord? {
        guard let end = end(ofRecordAt: at) else { return nil }
        let start = at + layout.sizeOffset + 4
        let size = Int(payload.load(UInt32.self, at: start - 4))
        var record = CaptureRecord(bytes: payload.bytes.extracting(start..<(start + size)), offset: offset)
        record.source = source
        record.cpu = cpu
        if layout.contains(.context) {
            record.pid = payload.load(UInt32.self, at: at).known(unless: .max)
            record.tid = payload.load(UInt32.self, at: at + 4).known(unless: .max)
            record.time = payload.load(UInt64.self, at: at + 8)
        } else {
            record.readTime = times?.upperBound
        }
        if layout.contains(.merged) {
            record.cpu = payload.load(UInt32.self, at: at + layout.sizeOffset - 8).known(unless: .max)
            record.source = payload.load(UInt32.self, at: at + layout.sizeOffset - 4)
        }
        record.place = CapturePlace(block: block, index: index)
        offset += UInt64(end - at)
        index &+= 1
        at = end
        return record
    }
}

/// One event of a capture, with what the kernel says of it.
public struct CaptureRecord: ~Escapable {
    /// The event, in the byte order of the machine it comes from; with the kernel's padding where the sizes have it.
    public let bytes: RawSpan
    /// The position of the record in the stream.
    public let offset: UInt64
    /// Where it is in its capture.
    public internal(set) var place = CapturePlace()
    /// The number of the source.
    public internal(set) var source: UInt32?
    /// The CPU it happened on, if that is known.
    public internal(set) var cpu: UInt32?
    /// The process, as the initial namespace has it, if that is known.
    public internal(set) var pid: UInt32?
    /// The thread, if that is known.
    public internal(set) var tid: UInt32?
    /// When it happened, or was read where the kernel does not tell: ns of the capture's clock.
    public internal(set) var time: UInt64?
    /// When it was read, if it has no ``time`` and that is known.
    package internal(set) var readTime: UInt64?

    @_lifetime(copy bytes)
    init(bytes: RawSpan, offset: UInt64) {
        self.bytes = bytes
        self.offset = offset
    }
}

/// What each record of a block has in front of its size.
package struct CaptureLayout: OptionSet, Sendable {
    /// The bits in the block.
    package let rawValue: UInt32

    /// A layout by its bits.
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// u32 pid, u32 tid, u64 time.
    package static let context = CaptureLayout(rawValue: 1)
    /// u32 cpu, u32 source: the block holds records of several rings in the order of their time.
    package static let merged = CaptureLayout(rawValue: 2)
    /// Nothing more, but the sizes include the kernel's padding.
    package static let padded = CaptureLayout(rawValue: 4)

    /// No records, but elements of a snapshot: a writer knows its open block by it, and no block has it.
    static let snapshot = CaptureLayout(rawValue: 1 << 31)

    static let known: CaptureLayout = [.context, .merged, .padded]

    /// The bytes in front of the size.
    @inline(__always)
    var sizeOffset: Int { (contains(.context) ? 16 : 0) + (contains(.merged) ? 8 : 0) }
}
