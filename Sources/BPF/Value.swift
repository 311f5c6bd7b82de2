// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

/// A value of an event, a key or an element of a map.
public enum Value: Sendable, Equatable {
    /// An integer, bit-field, enumeration, address or truth value (0 or 1).
    case integer(Int128)
    /// A floating-point number.
    case float(Double)
    /// The text of a `char` array up to its first NUL; what is not UTF-8 in it is repaired.
    case text(String)
    /// Anything else.
    case bytes([UInt8])

    init?(_ value: EventValue, in bytes: [UInt8]) {
        switch value {
        case .missing: return nil
        case .integer(let number): self = .integer(number)
        case .float(let number): self = .float(number)
        case .text(let range): self = .text(String(decoding: bytes[range], as: UTF8.self))
        case .bytes(let range): self = .bytes(Array(bytes[range]))
        }
    }

    /// The integer; nil of anything else, and of one that does not fit.
    public var int: Int? { if case .integer(let number) = self { Int(exactly: number) } else { nil } }
    /// The integer without a sign; nil of anything else, and of one that does not fit.
    public var uint64: UInt64? { if case .integer(let number) = self { UInt64(exactly: number) } else { nil } }
    /// The text; nil of anything else.
    public var text: String? { if case .text(let text) = self { text } else { nil } }
}

extension Value: CustomStringConvertible {
    /// The number in decimal, the text as it is, bytes in hexadecimal.
    public var description: String {
        switch self {
        case .integer(let number): "\(number)"
        case .float(let number): "\(number)"
        case .text(let text): text
        case .bytes(let bytes):
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        }
    }
}

/// A decoded structure or number: an event, a key or a value of a map.
public struct Row: Sendable {
    private let row: EventRow

    init(_ row: EventRow) { self.row = row }

    /// The bytes that it was decoded from.
    public var bytes: [UInt8] { row.bytes }

    /// The value of a path (`pid`, `key.saddr`, `args[2]`); nil if the type has none, or the bytes end before it.
    public subscript(path: String) -> Value? { row[path].flatMap { Value($0, in: row.bytes) } }

    /// The only value of a type that is no structure, such as a number; of others the first.
    public var value: Value? { row.cells.first.flatMap { Value($0.value, in: row.bytes) } }

    /// All values in their order, those of structures by dotted paths.
    public var values: [(path: String, value: Value)] {
        row.cells.compactMap { cell in Value(cell.value, in: row.bytes).map { (cell.path, $0) } }
    }

    /// The counts of an array, such as the buckets of a histogram; empty if there is none, or it has other than integers
    /// from 0 on.
    ///
    /// - Parameter path: The array (`slots`, `latency.buckets`); of a type that is itself an array, nothing.
    public func integers(_ path: String = "") -> [UInt64] {
        var numbers: [UInt64] = []
        while numbers.count < 1 << 16, let value = self["\(path)[\(numbers.count)]"] {
            guard let number = value.uint64 else { return [] }
            numbers.append(number)
        }
        return numbers
    }

    /// It as JSON (RFC 8259).
    public var json: String { row.json }
}

extension Row: CustomStringConvertible {
    /// It as a line: `pid: 1, comm: "init"`; of a type that is no structure its value alone.
    public var description: String { row.valueText }
}
