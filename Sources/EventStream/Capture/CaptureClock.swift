// SPDX-License-Identifier: Apache-2.0

/// A change of the wall clock while a capture was written: it was set, or the machine slept.
public struct CaptureClock: Sendable, Equatable {
    /// From when on, in ns of the capture's clock: when the change was noticed.
    public var from: UInt64
    /// What is added to a time from then on to make it one since 1970.
    public var bootOffset: Int64
    /// How far the time of day may be off from then on, in ns; nil where the clock is not synchronised, or nobody knows.
    public var clockError: UInt64?

    /// Creates a change.
    public init(from: UInt64, bootOffset: Int64, clockError: UInt64? = nil) {
        self.from = from
        self.bootOffset = bootOffset
        self.clockError = clockError
    }

    private enum Tag {
        static let from: UInt16 = 1
        static let bootOffset: UInt16 = 2
        static let clockError: UInt16 = 3
    }

    var payload: [UInt8] {
        var fields = CaptureFieldWriter()
        fields.put(Tag.from, from)
        fields.put(Tag.bootOffset, bootOffset)
        fields.put(Tag.clockError, clockError)
        return fields.payload
    }

    init(_ payload: CaptureBytes) throws(CaptureMalformed) {
        var from: UInt64?
        var bootOffset: Int64?
        var clockError: UInt64?
        try payload.forEachField { (tag, value) throws(CaptureMalformed) in
            switch tag {
            case Tag.from: from = try value.integer(UInt64.self)
            case Tag.bootOffset: bootOffset = try value.integer(Int64.self)
            case Tag.clockError: clockError = try value.integer(UInt64.self)
            default: break
            }
        }
        guard let from, let bootOffset else {
            throw CaptureMalformed(reason: "a change of the clock has no time or no offset")
        }
        self.init(from: from, bootOffset: bootOffset, clockError: clockError)
    }
}
