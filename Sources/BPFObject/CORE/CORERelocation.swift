// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// A CO-RE relocation of an object (`struct bpf_core_relo`): an instruction holds a fact about a type that may differ in
/// the kernel that runs it.
package struct CORERelocation: Sendable, Equatable {
    /// Which fact (`enum bpf_core_relo_kind`).
    package enum Kind: Int, Sendable, CaseIterable {
        /// Bytes from the start of the type to a field; of a bit-field, to the integer to load.
        case fieldOffset = 0
        /// Bytes of a field.
        case fieldSize
        /// Whether the field is there.
        case fieldExists
        /// Whether the field is signed.
        case fieldSigned
        /// Bits to shift a bit-field left, so that its highest is bit 63.
        case fieldLeftShift
        /// Bits to shift right after that.
        case fieldRightShift
        /// The type's id in the object's own BTF.
        case localTypeID
        /// The type's id in the kernel's BTF.
        case targetTypeID
        /// Whether the type is there.
        case typeExists
        /// Bytes of the type.
        case typeSize
        /// Whether the enumerator is there.
        case enumeratorExists
        /// The value of the enumerator.
        case enumeratorValue
        /// Whether the type is there and has all that the object's has (clang 15).
        case typeMatches

        /// Whether the fact is about a field.
        package var isField: Bool { rawValue <= Kind.fieldRightShift.rawValue }
        /// Whether the fact is about an enumerator.
        package var isEnumerator: Bool { self == .enumeratorExists || self == .enumeratorValue }
        /// Whether the fact is about a whole type.
        package var isType: Bool { !isField && !isEnumerator }
        /// Whether 0 is an answer where the kernel has nothing of the name.
        var hasAnswerWithoutType: Bool { isType || self == .fieldExists || self == .enumeratorExists }
    }

    /// The index of the instruction in its section.
    package let instruction: Int
    /// The id of the type that the access begins at, in the object's BTF.
    package let typeID: Int
    /// The way from the type to the field: indices of elements, members or enumerators, with colons between.
    package let access: String
    /// Which fact is asked.
    package let kind: Kind

    /// Creates a relocation.
    package init(instruction: Int, typeID: Int, access: String, kind: Kind) {
        self.instruction = instruction
        self.typeID = typeID
        self.access = access
        self.kind = kind
    }

    /// Reads a record of `.BTF.ext`.
    init(_ record: BTFExtension.Record, of part: BTFExtension.Part, types: BTF) throws(COREError) {
        guard let type = part.field(1, of: record), let access = part.field(2, of: record),
            let number = part.field(3, of: record), let kind = Kind(rawValue: number)
        else { throw COREError(.unknownKind(part.field(3, of: record) ?? 0), instruction: record.instruction) }
        self.init(instruction: record.instruction, typeID: type, access: types.string(access), kind: kind)
    }
}
