// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// The answer to a relocation in one blob of BTF.
struct COREValue: Sendable {
    var bits: UInt64
    /// Whether the compiler must have come to the same number from the same types.
    var isCertain = true
    /// Bytes of the field, if its load or store may have to change with it.
    var size: Int?
    /// The type of those bytes: of an array its elements'.
    var sizeType = 0
    /// Whether `bits` are 32 bits of which nobody knows whether they are signed.
    var isNarrowEnumerator = false
}

extension CORESpecification {
    /// The answer to a relocation here.
    func value(_ kind: CORERelocation.Kind) -> Result<COREValue, COREMismatch> {
        switch kind {
        case .fieldExists, .typeExists, .enumeratorExists, .typeMatches: return .success(COREValue(bits: 1))
        case .localTypeID, .targetTypeID:
            return .success(COREValue(bits: UInt64(truncatingIfNeeded: root), isCertain: false))
        case .typeSize:
            guard let size = types.size(of: root) else { return .failure(.noSize(types.describe(root))) }
            return .success(COREValue(bits: UInt64(truncatingIfNeeded: size)))
        case .enumeratorValue:
            guard let (type, enumerator) = enumerator else { return .failure(.otherType(types.describe(root))) }
            return .success(
                COREValue(
                    bits: enumerator.bits,
                    isNarrowEnumerator: type.kind == .enum && !type.flag && enumerator.bits >> 31 == 1))
        case .fieldOffset, .fieldSize, .fieldSigned, .fieldLeftShift, .fieldRightShift: return field(kind)
        }
    }

    private func field(_ kind: CORERelocation.Kind) -> Result<COREValue, COREMismatch> {
        guard let last = accessors.last else { return .failure(.otherType(types.describe(root))) }
        guard let member else { return scalar(kind, type: last.type) }
        return member.bitSize > 0 ? bitField(kind, member) : scalar(kind, type: member.type)
    }

    /// A field of whole bytes.
    private func scalar(_ kind: CORERelocation.Kind, type id: Int) -> Result<COREValue, COREMismatch> {
        guard let size = types.size(of: id) else { return .failure(.noSize(types.describe(id))) }
        let bits = UInt64(truncatingIfNeeded: size)
        switch kind {
        case .fieldOffset:
            var value = COREValue(bits: UInt64(truncatingIfNeeded: bitOffset / 8))
            value.sizeType = elementType(of: id)
            value.size = types.size(of: value.sizeType)
            return .success(value)
        case .fieldSize: return .success(COREValue(bits: bits))
        case .fieldSigned: return .success(COREValue(bits: isSigned(id) ? 1 : 0))
        // Of either shift and in either byte order, what a load of these bytes leaves empty.
        default: return .success(COREValue(bits: 64 &- bits &* 8))
        }
    }

    /// The integer that a bit-field is read with, and how to get it out of there.
    private func bitField(_ kind: CORERelocation.Kind, _ member: BTFMember) -> Result<COREValue, COREMismatch> {
        let name = types.string(member.nameOffset)
        guard var size = types.size(of: member.type), (1...16).contains(size) else {
            return .failure(.wideBitField(name))
        }
        var start = bitOffset / 8 / size * size
        while bitOffset - start * 8 + member.bitSize > size * 8 {
            guard size < 8 else { return .failure(.wideBitField(name)) }
            size *= 2
            start = bitOffset / 8 / size * size
        }
        let before = bitOffset - start * 8
        let bits: Int
        switch kind {
        case .fieldOffset: bits = start
        case .fieldSize: bits = size
        case .fieldSigned: return .success(COREValue(bits: isSigned(member.type) ? 1 : 0))
        case .fieldLeftShift:
            bits = types.byteOrder == .little ? 64 - (before + member.bitSize) : (8 - size) * 8 + before
        default: return .success(COREValue(bits: UInt64(truncatingIfNeeded: 64 - member.bitSize)))
        }
        return .success(COREValue(bits: UInt64(truncatingIfNeeded: bits), isCertain: false))
    }

    private func isSigned(_ id: Int) -> Bool {
        guard let type = types.resolved(id) else { return false }
        return type.kind.isEnumeration ? type.flag : types.integer(of: type)?.isSigned == true
    }

    /// The type of the elements of an array of arrays; any other type itself.
    private func elementType(of id: Int) -> Int {
        var id = id
        for _ in 0..<Limits.typeDepth {
            guard let type = types.resolved(id) else { return id }
            guard let array = types.array(of: type) else { return type.id }
            id = array.element
        }
        return id
    }
}
