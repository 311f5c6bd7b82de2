// SPDX-License-Identifier: Apache-2.0

/// The value of a place in an event.
public enum EventValue: Sendable, Equatable {
    /// The event ends before it.
    case missing
    /// An integer, bit-field, enumeration, address or truth value (0 or 1).
    case integer(Int128)
    /// A floating-point number, or an integer beyond `Int128`.
    case float(Double)
    /// Where the bytes of a text are in the event, up to its first NUL.
    case text(Range<Int>)
    /// Where the bytes of anything else are in the event.
    case bytes(Range<Int>)
}

/// A place in the events of a type.
package struct EventField: Sendable {
    /// Its name: `pid`, `key.saddr`, `args[2]`.
    package let path: String
    /// How its value is shown, if the author of the type said so (`btf_decl_tag("fmt:ip4")`).
    package let format: ValueFormat?
    /// The name of its type's outermost typedef or of its structure, such as `__be32`; empty if it has none.
    package var typeName: String { node.typeName }
    /// Bytes from the start of an event to its first one.
    package var offset: Int { base + node.offset }
    /// Bytes that it takes; 0 for a flexible array.
    package var size: Int { node.size }
    /// Bits of a number.
    package var bits: Int { node.access.bits }
    /// What it holds.
    package let kind: ValueKind

    /// How its value is shown in text: what the author of the type says, or what the names leave no doubt of.
    package var textFormat: ValueFormat? {
        format ?? node.named ?? .byName(path, type: node.typeName, kind, bytes: size)
    }

    /// What its author says of it as a value per CPU (`btf_decl_tag("cpus:max")`); nil for nothing.
    package var merge: CPUMerge? { node.merge }

    /// Its index in the plan.
    let index: Int
    /// Where the element of an array begins that it is in; 0 outside arrays.
    let base: Int
    private(set) var node: PlanNode
    private let table: EnumerationNames?
    /// What the elements of an array hold, those of arrays in it if it has such.
    private let element: (kind: ValueKind, size: Int)?

    init(path: String, node index: Int, base: Int, _ nodes: [PlanNode], _ tables: [EnumerationNames]) {
        let node = nodes[index]
        var inner = index
        while nodes[inner].shape == .array, inner + 1 < nodes[inner].end { inner += 1 }
        element = inner == index ? nil : (nodes[inner].kind, nodes[inner].size)
        self.path = path
        self.index = index
        self.base = base
        self.node = node
        format = node.format
        table = node.shape == .enumeration ? tables[node.table] : nil
        kind = node.kind
    }

    /// The value in an event.
    @inline(__always)
    func fastInteger(in event: RawSpan) -> UInt64? {
        node.access.load64(event, base)
    }

    /// The value in an event.
    package func value(in event: RawSpan) -> EventValue {
        switch node.shape {
        case .boolean:
            guard let value = node.access.load64(event, base) else { return .missing }
            // As C tests it: whatever is not 0 is true.
            return .integer(value == 0 ? 0 : 1)
        case .integer, .enumeration, .pointer:
            guard let value = integer(in: event) else { return .missing }
            return value
        case .float:
            guard let bits = node.access.load64(event, base) else { return .missing }
            return .float(FloatingPoint.value(bits, node.access.bits))
        case .text, .octets, .array, .structure, .opaque:
            guard let range = range(in: event) else { return .missing }
            return node.shape == .text ? .text(Text.range(range, in: event)) : .bytes(range)
        }
    }

    private func integer(in event: RawSpan) -> EventValue? {
        guard node.access.bits > 64 else {
            guard let value = node.access.load64(event, base) else { return nil }
            return .integer(node.access.isSigned ? Int128(Int64(bitPattern: value)) : Int128(value))
        }
        guard let value = node.access.load(event, base) else { return nil }
        guard !node.access.isSigned else { return .integer(Int128(bitPattern: value)) }
        return Int128(exactly: value).map { .integer($0) } ?? .float(Double(value))
    }

    /// Where its bytes are, as far as the event has them; nil if it has none of them, though there should be some.
    func range(in event: RawSpan) -> Range<Int>? {
        let start = offset
        guard start <= event.byteCount else { return nil }
        let size = node.isFlexible ? event.byteCount - start : node.size
        let end = min(start + size, event.byteCount)
        return end == start && size > 0 ? nil : start..<end
    }

    /// Refuses a format that says nothing of its values, nor of those of its elements.
    package func check(_ format: ValueFormat) throws(FormatError) {
        if let element, format.accepts(element.kind, bytes: element.size) { return }
        try format.check(field: path, kind, bytes: size)
    }

    /// The value of one of its names, where it is an enumeration.
    package func enumeratorValue(named name: String) -> Int128? { table?.value(named: name) }

    /// Whether its numbers have names: those of its enumeration, or those of the format that it is shown in.
    func hasNames(machine: String) -> Bool {
        guard node.shape == .integer else { return table != nil }
        return !(textFormat?.names(machine: machine).isEmpty ?? true)
    }

    /// The value of one of its names.
    ///
    /// - Parameter machine: The machine that the events are from, as uname(2) names it.
    func value(named name: String, machine: String) -> Int128? {
        table?.value(named: name) ?? textFormat?.value(named: name, machine: machine)
    }

    /// Its names, those of its enumeration first.
    func names(machine: String) -> [String] {
        (table?.names ?? []) + (textFormat?.names(machine: machine) ?? [])
    }

    /// The same place, its number taken as it is shown: one in network order has its highest byte first.
    var asShown: EventField {
        guard textFormat?.isNetworkOrder == true, node.shape == .integer else { return self }
        var field = self
        field.node.access = node.access.inNetworkOrder
        return field
    }
}

/// Floating-point numbers by their bits.
enum FloatingPoint {
    static func value(_ bits: UInt64, _ width: Int) -> Double {
        switch width {
        case 64: Double(bitPattern: bits)
        case 32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        default: half(UInt16(truncatingIfNeeded: bits))
        }
    }

    /// IEEE 754 binary16, which the compiler has no type for on every machine.
    private static func half(_ bits: UInt16) -> Double {
        let sign: Double = bits >> 15 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1f)
        let fraction = Double(bits & 0x3ff) / 1024
        switch exponent {
        case 0: return sign * fraction * 0x1p-14
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
        }
    }
}

/// Texts of C.
enum Text {
    /// The part of some bytes in front of their first NUL.
    @inline(__always)
    static func range(_ range: Range<Int>, in event: RawSpan) -> Range<Int> {
        var end = range.lowerBound
        while end < range.upperBound, unsafe event.unsafeLoad(fromByteOffset: end, as: UInt8.self) != 0 { end += 1 }
        return range.lowerBound..<end
    }
}
