// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
package import Diagnostics
package import EventStream
package import EventTypes

extension CaptureSchema {
    /// A type of events as a capture tells it.
    ///
    /// - Parameters:
    ///   - type: The type, its tag, and how it is known.
    ///   - source: The number of the map in the capture.
    package init(_ type: EventType, source: UInt32) {
        self.init(source: source)
        typeName = type.schema.name
        btf = type.schema.btf
        typeID = UInt32(exactly: type.schema.typeID)
        eventSize = UInt32(exactly: type.schema.size)
        origin = type.origin.words
        if let tag = type.tag {
            tagField = tag.field
            tagValue = tag.value
        }
        if let range = type.sent, let least = UInt32(exactly: range.lowerBound),
            let most = UInt32(exactly: range.upperBound)
        {
            sent = least...most
        }
    }

    /// The sizes by which events of this type are told from those of others; nil if that is not known.
    package var sizes: ClosedRange<UInt32>? { sent ?? eventSize.map { $0...$0 } }

    /// Whether two schemas say the same of events, however the types were found.
    package func isAlike(_ other: CaptureSchema) -> Bool {
        guard tagField == other.tagField, tagValue == other.tagValue, sent == other.sent else { return false }
        do throws(EventSchemaError) {
            return try schema().isAlike(other.schema())
        } catch {
            return false
        }
    }

    private func schema() throws(EventSchemaError) -> EventSchema {
        try EventSchema(name: typeName, btf: btf, typeID: typeID.map { Int($0) } ?? 0)
    }

    /// What is read, as a report of a tool says it: `struct event (24 bytes) where kind is 1, from …`.
    package var words: String {
        let sent = sent.map { Int($0.lowerBound)...Int($0.upperBound) }
        let size = eventSize.map { " (\(EventType.words(size: Int($0), sent: sent)))" } ?? ""
        let tag = tagValue.map { " where \(tagField) is \($0)" } ?? ""
        return typeName + size + tag + (origin.isEmpty ? "" : ", " + origin)
    }

    /// The same for programs.
    package var json: JSONValue {
        .object([
            ("type", .string(typeName)), ("size", eventSize.map { .integer(Int64($0)) } ?? .null),
            ("tag_field", tagField.isEmpty ? .null : .string(tagField)),
            ("tag_value", tagValue.map { .integer($0) } ?? .null), ("origin", .string(origin)),
        ])
    }
}
