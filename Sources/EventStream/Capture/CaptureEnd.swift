// SPDX-License-Identifier: Apache-2.0

/// The last block of a capture: what should have been in it.
///
/// A capture without one was cut, or goes on elsewhere.
public struct CaptureEnd: Sendable, Equatable {
    /// The events in all blocks of the capture.
    public var events: UInt64 = 0
    /// The bytes of its blocks, without the preambles and this one.
    public var bytes: UInt64 = 0
    /// The events that its loss blocks tell of, as far as their number is known.
    public var lost: UInt64 = 0
    /// The events that came too late for the order of a sorted capture.
    public var late: UInt64 = 0
    /// The snapshots of maps that were ended.
    public var snapshots: UInt64 = 0
    /// The elements in all snapshot blocks.
    public var elements: UInt64 = 0

    /// Creates totals of nothing.
    public init() {}

    private enum Tag {
        static let events: UInt16 = 1
        static let bytes: UInt16 = 2
        static let lost: UInt16 = 3
        static let late: UInt16 = 4
        static let snapshots: UInt16 = 5
        static let elements: UInt16 = 6
    }

    var payload: [UInt8] {
        var fields = CaptureFieldWriter()
        fields.put(Tag.events, events)
        fields.put(Tag.bytes, bytes)
        fields.put(Tag.lost, lost)
        fields.put(Tag.late, late)
        // A capture of events only is as it was before version 1.3.
        fields.put(Tag.snapshots, snapshots.known(unless: 0))
        fields.put(Tag.elements, elements.known(unless: 0))
        return fields.payload
    }

    init(_ payload: CaptureBytes) throws(CaptureMalformed) {
        self.init()
        try payload.forEachField { (tag, value) throws(CaptureMalformed) in
            switch tag {
            case Tag.events: events = try value.integer(UInt64.self)
            case Tag.bytes: bytes = try value.integer(UInt64.self)
            case Tag.lost: lost = try value.integer(UInt64.self)
            case Tag.late: late = try value.integer(UInt64.self)
            case Tag.snapshots: snapshots = try value.integer(UInt64.self)
            case Tag.elements: elements = try value.integer(UInt64.self)
            default: break
            }
        }
    }
}
