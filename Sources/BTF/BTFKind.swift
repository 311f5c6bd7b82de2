// SPDX-License-Identifier: Apache-2.0

/// The kinds of a BTF type (`BTF_KIND_*`, Linux 6.x).
public enum BTFKind: Int, Sendable {
    /// `BTF_KIND_INT`.
    case int = 1
    /// `BTF_KIND_PTR`.
    case pointer
    /// `BTF_KIND_ARRAY`.
    case array
    /// `BTF_KIND_STRUCT`.
    case structure
    /// `BTF_KIND_UNION`.
    case union
    /// `BTF_KIND_ENUM`: up to 32 bits.
    case `enum`
    /// `BTF_KIND_FWD`: a structure or union that is only declared.
    case forward
    /// `BTF_KIND_TYPEDEF`.
    case typedef
    /// `BTF_KIND_VOLATILE`.
    case volatile
    /// `BTF_KIND_CONST`.
    case const
    /// `BTF_KIND_RESTRICT`.
    case restrict
    /// `BTF_KIND_FUNC`.
    case function
    /// `BTF_KIND_FUNC_PROTO`.
    case prototype
    /// `BTF_KIND_VAR` (5.2).
    case variable
    /// `BTF_KIND_DATASEC` (5.2).
    case dataSection
    /// `BTF_KIND_FLOAT` (5.13).
    case float
    /// `BTF_KIND_DECL_TAG` (5.16).
    case declarationTag
    /// `BTF_KIND_TYPE_TAG` (5.17).
    case typeTag
    /// `BTF_KIND_ENUM64` (6.0).
    case enum64

    /// Bytes of `struct btf_type`.
    package static let headSize = 12

    /// Bytes of what follows the head once.
    package var fixedSize: Int {
        switch self {
        case .int, .variable, .declarationTag: 4
        case .array: 12
        default: 0
        }
    }

    /// Bytes of what follows the head `vlen` times.
    package var elementSize: Int {
        switch self {
        case .structure, .union, .dataSection, .enum64: 12
        case .enum, .prototype: 8
        default: 0
        }
    }

    /// Whether a type of this kind is another one under a name or with a qualifier.
    public var isModifier: Bool {
        switch self {
        case .typedef, .volatile, .const, .restrict, .typeTag: true
        default: false
        }
    }

    /// Whether a type of this kind has members.
    public var isComposite: Bool { self == .structure || self == .union }

    /// Whether a type of this kind has enumerators.
    public var isEnumeration: Bool { self == .enum || self == .enum64 }
}
