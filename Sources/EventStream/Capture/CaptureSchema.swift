// SPDX-License-Identifier: Apache-2.0

/// What the events of a source are made of; a source whose events are of several types has several of these.
public struct CaptureSchema: Sendable, Equatable {
    /// The number of the source.
    public var source: UInt32
    /// The name of the event's type.
    public var typeName = ""
    /// The BTF of the type and of what it reaches, in the byte order its own header tells.
    public var btf: [UInt8] = []
    /// The type's id in that BTF.
    public var typeID: UInt32?
    /// The bytes of an event; they tell what of a padded record is the event.
    public var eventSize: UInt32?
    /// How the type was found, in words.
    public var origin = ""
    /// The field whose value tells events of this type from those of others of the source; empty if all are of it.
    public var tagField = ""
    /// The value that the field then has; one of an unsigned 64-bit field by its bits.
    public var tagValue: Int64?
    /// The sizes that events of this type have, if a program sends only the head of it; nil if that is not known.
    public var sent: ClosedRange<UInt32>?

    /// Creates a schema; set the other parts afterwards.
    public init(source: UInt32) {
        self.source = source
    }

    private enum Tag {
        static let source: UInt16 = 1
        static let typeName: UInt16 = 2
        static let btf: UInt16 = 3
        static let typeID: UInt16 = 4
        static let eventSize: UInt16 = 5
        static let origin: UInt16 = 6
        static let tagField: UInt16 = 7
        static let tagValue: UInt16 = 8
        static let least: UInt16 = 9
        static let most: UInt16 = 10
    }

    var payload: [UInt8] {
        var fields = CaptureFieldWriter()
        fields.put(Tag.source, source)
        fields.put(Tag.typeName, typeName)
        if !btf.isEmpty { fields.put(Tag.btf, bytes: btf) }
        fields.put(Tag.typeID, typeID)
        fields.put(Tag.eventSize, eventSize)
        fields.put(Tag.origin, origin)
        fields.put(Tag.tagField, tagField)
        fields.put(Tag.tagValue, tagValue)
        fields.put(Tag.least, sent?.lowerBound)
        fields.put(Tag.most, sent?.upperBound)
        return fields.payload
    }

    init(_ payload: CaptureBytes) throws(CaptureMalformed) {
        self.init(source: 0)
        var hasSource = false
        var least: UInt32?
        var most: UInt32?
        try payload.forEachField { (tag, value) throws(CaptureMalformed) in
            switch tag {
            case Tag.source:
                source = try value.integer(UInt32.self)
                hasSource = true
            case Tag.typeName: typeName = value.text
            case Tag.btf: btf = value.array
            case Tag.typeID: typeID = try value.integer(UInt32.self)
            case Tag.eventSize: eventSize = try value.integer(UInt32.self)
            case Tag.origin: origin = value.text
            case Tag.tagField: tagField = value.text
            case Tag.tagValue: tagValue = try value.integer(Int64.self)
            case Tag.least: least = try value.integer(UInt32.self)
            case Tag.most: most = try value.integer(UInt32.self)
            default: break
            }
        }
        guard hasSource else { throw CaptureMalformed(reason: "the schema has no source") }
        guard tagField.isEmpty == (tagValue == nil) else {
            throw CaptureMalformed(reason: "of the schema's tag one half is missing")
        }
        guard (least == nil) == (most == nil), least ?? 0 <= most ?? 0 else {
            throw CaptureMalformed(reason: "the schema's sizes of events are no range")
        }
        if let least, let most { sent = least...most }
    }
}
