// SPDX-License-Identifier: Apache-2.0

/// A value of a type, or what values are within; all of a type lie in one array, each in front of what is within it.
struct PlanNode: Sendable {
    enum Shape: UInt8, Sendable {
        case integer, boolean, float, enumeration, pointer
        /// An array of `char`.
        case text
        /// An array of unsigned bytes.
        case octets
        case array
        /// A structure or a union: the places of its members tell them apart.
        case structure
        /// Bytes whose type says nothing that can be shown.
        case opaque
    }

    var shape: Shape
    /// Its name in C; empty for an element of an array.
    var name: String
    /// The name of its type's outermost typedef or of its structure; empty if it has none.
    var typeName = ""
    /// Where its bits are, of the shapes that are numbers; for the others its first byte.
    var access: ValueAccess
    /// What it takes; nothing for a flexible array.
    var extent: Extent
    /// Elements of an array, a text or octets.
    var count = 0
    /// What lies between the start of an element and that of the next one.
    var pace = Extent(1)
    /// Whether it goes on to the end of the event.
    var isFlexible = false
    /// The number of its enumeration.
    var table = 0
    /// How its value is shown, if its author said so.
    var format: ValueFormat?
    /// How its value is shown in text, by its name and what is in it: stacks.
    var named: ValueFormat?
    /// What its author says of it as a histogram: `log2`, `linear(0,10)`; nil for nothing.
    var histogramNote: String?
    /// What its author says of it as a value per CPU; nil for nothing.
    var merge: CPUMerge?
    /// The index behind what is within it.
    var end = 0

    /// Bytes that it takes; 0 for a flexible array.
    var size: Int { extent.bytes }
    /// Bytes from one element to the next.
    var stride: Int { pace.bytes }
    /// Its first byte, from the start of the event or of the element of an array that it is in.
    var offset: Int { access.offset }

    /// What it holds, as users see it.
    var kind: ValueKind {
        switch shape {
        case .integer: access.isSigned ? .signed(bits: access.bits) : .unsigned(bits: access.bits)
        case .boolean: .boolean
        case .float: .float(bits: access.bits)
        case .enumeration: .enumeration
        case .pointer: .pointer
        case .text: .text(count: count)
        case .octets: .bytes(count: count)
        case .array: .array
        case .structure: .structure
        case .opaque: .bytes(count: size)
        }
    }

    /// The format of its value in text: what its author says, or what its name and type leave no doubt of.
    var textFormat: ValueFormat? { format ?? named ?? .byName(name, type: typeName, kind, bytes: size) }

    /// Whether it is shown as one text though it has members.
    var isOneText: Bool { textFormat?.accepts(kind, bytes: size) ?? false }
}
