// SPDX-License-Identifier: Apache-2.0

/// The kinds of a BTF type (`BTF_KIND_*`, Linux 6.x).
enum BTFKind: Int {
    case int = 1
    case pointer, array, structure, union, `enum`, forward, typedef, volatile, const, restrict, function, prototype
    case variable, dataSection, float, declarationTag, typeTag, enum64

    /// Bytes of `struct btf_type`.
    static let headSize = 12

    /// The bytes of a type of this kind with `count` members, its head included.
    func size(count: Int) -> Int {
        switch self {
        case .int, .variable, .declarationTag: Self.headSize + 4
        case .array: Self.headSize + 12
        case .structure, .union, .dataSection, .enum64: Self.headSize + 12 * count
        case .enum, .prototype: Self.headSize + 8 * count
        case .pointer, .forward, .typedef, .volatile, .const, .restrict, .function, .float, .typeTag: Self.headSize
        }
    }

    /// Whether a type of this kind is another one under a name or with a qualifier.
    var isModifier: Bool {
        switch self {
        case .typedef, .volatile, .const, .restrict, .typeTag: true
        default: false
        }
    }
}
