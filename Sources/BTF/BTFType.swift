// SPDX-License-Identifier: Apache-2.0

/// The head of a BTF type (`struct btf_type`).
public struct BTFType: Sendable, Equatable {
    /// Its number; 0 is `void`, which has no head.
    public let id: Int
    /// Where its name is in the strings; 0 is no name.
    public let nameOffset: Int
    /// Its kind.
    public let kind: BTFKind
    /// `vlen`: members, enumerators, parameters or variables; the linkage of a function.
    public let count: Int
    /// `kind_flag`: members carry bit-field sizes, enumerators are signed, a forward declaration is of a union.
    public let flag: Bool
    /// The size in bytes, or the id of another type.
    public let sizeOrType: Int
    /// Where what follows the head begins in its own BTF.
    package let body: Int
}

/// A member of a structure or union (`struct btf_member`).
public struct BTFMember: Sendable, Equatable {
    /// Where its name is in the strings; 0 for an anonymous one.
    public let nameOffset: Int
    /// The id of its type.
    public let type: Int
    /// Bits from the start of the structure.
    public let bitOffset: Int
    /// Bits of a bit-field; 0 if it is none.
    public let bitSize: Int
}

/// A name of an enumeration (`struct btf_enum`, `struct btf_enum64`).
public struct BTFEnumerator: Sendable, Equatable {
    /// Where its name is in the strings.
    public let nameOffset: Int
    /// Its value, sign-extended if the enumeration is signed.
    public let bits: UInt64
}

/// An array (`struct btf_array`).
public struct BTFArray: Sendable, Equatable {
    /// The id of its elements' type.
    public let element: Int
    /// The id of the integer type that compilers name for its subscripts.
    public let index: Int
    /// The number of elements; 0 for a flexible one.
    public let count: Int
}

/// A parameter of a function prototype (`struct btf_param`).
public struct BTFParameter: Sendable, Equatable {
    /// Where its name is in the strings.
    public let nameOffset: Int
    /// The id of its type; 0 with no name is `...`.
    public let type: Int
}

/// A variable of a section (`struct btf_var_secinfo`).
public struct BTFSectionVariable: Sendable, Equatable {
    /// The id of the variable (or function).
    public let type: Int
    /// Bytes from the start of the section; 0 as clang writes it, before a linker.
    public let offset: Int
    /// Bytes that it takes.
    public let size: Int
}

/// How the bits of an integer are meant (what follows a `BTF_KIND_INT`).
public struct BTFInteger: Sendable, Equatable {
    /// `BTF_INT_SIGNED`.
    public let isSigned: Bool
    /// `BTF_INT_CHAR`.
    public let isCharacter: Bool
    /// `BTF_INT_BOOL`.
    public let isBoolean: Bool
    /// Bits from the start of its storage, of old compilers' bit-fields.
    public let bitOffset: Int
    /// Bits of the value.
    public let bits: Int
}

/// Who sees a function or a variable (`BTF_FUNC_*`, `BTF_VAR_*`).
public enum BTFLinkage: Int, Sendable {
    /// Only its own file.
    case `static` = 0
    /// Everybody.
    case global = 1
    /// It is defined elsewhere.
    case extern = 2
}
