// SPDX-License-Identifier: Apache-2.0

/// A change of the wall clock while a capture was written: it was set, or the machine slept.
public struct CaptureClock: Sendable, Equatable {
    /// From when on, in ns of the capture's clock: when the change was noticed.
    public var from: UInt64
    /// What is added to a time from then on to make it one since 1970.
    public var bootOffset: Int64

    /// Creates a change.
    public init(from: UInt64, bootOffset: Int64) {
        self.from = from
        self.bootOffset = bootOffset
    }

    private enum Tag {
        static let from: UInt16 = 1
        static let bootOffset: UInt16 = 2
    }

    var payload: [UInt8] {
        var fields = CaptureFieldWriter()
        fields.put(Tag.from, from)
        fields.put(Tag.bootOffset, bootOffset)
        return fields.payload
    }

    init(_ payload: CaptureBytes) throws(CaptureMalformed) {
        var from: UInt64?
        var bootOffset: Int64?
        try payload.forEachField { (tag, value) throws(CaptureMalformed) in
            switch tag {
            case Tag.from: from = try value.integer(UInt64.self)
            case Tag.bootOffset: bootOffset = try value.integer(Int64.self)
            default: break
            }
        }
        guard let from, let bootOffset else {
            throw CaptureMalformed(reason: "a change of the clock has no time or no offset")
        }
        self.init(from: from, bootOffset: bootOffset)
    }
}
