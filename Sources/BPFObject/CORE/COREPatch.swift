// SPDX-License-Identifier: Apache-2.0

/// What becomes of an instruction with a CO-RE relocation.
package enum COREOutcome: Sendable, Equatable {
    /// It held the first number and now holds the second.
    case patched(old: UInt64, new: UInt64)
    /// It holds what it held.
    case unchanged
    /// It is one now that the verifier refuses if it can be reached, for this reason.
    case poisoned(COREFailure)
}

/// Puts the answer to a relocation into its instruction.
struct COREPatch {
    let old: COREValue
    let new: COREValue
    /// Why a load or store of this field cannot be made to fit.
    let sizeFailure: COREFailure?

    /// The number of no helper: libbpf's, which people and tools know (`0xbad2310`).
    static let poison: Int32 = 0xbad_2310

    /// Makes an instruction, both halves of a 64-bit load, one that the verifier refuses.
    ///
    /// A second half that stayed would be refused first, as an unknown opcode.
    static func poison(_ code: inout [Instruction], at index: Int) {
        let refused = Instruction(code: Instruction.callCode, immediate: poison)
        if code[index].isWideLoad, index + 1 < code.count { code[index + 1] = refused }
        code[index] = refused
    }

    /// Changes the instruction; the index is within the code.
    func apply(to code: inout [Instruction], at index: Int) throws(Refusal) -> COREOutcome {
        switch code[index].code & 0x07 {
        case 0x04, 0x07: try patchImmediate(&code[index])
        case 0x01, 0x02, 0x03: try patchOffset(&code, index)
        case 0x00: try patchWide(&code, index)
        default: throw Refusal(.instruction(code[index].description))
        }
    }

    /// Why the instruction cannot take it.
    struct Refusal: Error {
        let reason: COREError.Reason
        init(_ reason: COREError.Reason) { self.reason = reason }
    }

    private func outcome(_ before: UInt64, _ after: UInt64) -> COREOutcome {
        before == after ? .unchanged : .patched(old: before, new: after)
    }

    private func check(_ found: UInt64) throws(Refusal) {
        guard old.isCertain, found != old.bits else { return }
        // Compilers before 15 do not tell whether 32 bits of an enumeration are signed.
        if old.isNarrowEnumerator, found == Self.signExtended(old.bits) { return }
        throw Refusal(.unexpected(found: found, expected: old.bits))
    }

    private static func signExtended(_ bits: UInt64) -> UInt64 {
        UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: bits)))
    }

    /// The answer, signed if what the compiler wrote is and the kernel does not tell.
    private func answer(after found: UInt64) -> UInt64 {
        new.isNarrowEnumerator && found >> 63 == 1 ? Self.signExtended(new.bits) : new.bits
    }

    /// `rX = imm`, `rX += imm` and the like.
    private func patchImmediate(_ instruction: inout Instruction) throws(Refusal) -> COREOutcome {
        let isNarrow = instruction.code & 0x07 == 0x04
        let operation = instruction.code & 0xf0
        // A byte swap (BPF_END) and a negation (BPF_NEG) look like immediate forms, and are none.
        guard instruction.code & 0x08 == 0, operation != 0xd0, operation != 0x80 else {
            throw Refusal(.instruction(instruction.description))
        }
        var found = UInt64(bitPattern: Int64(instruction.immediate))
        // Of 32 bits the register has no more, so a high bit is no sign.
        if isNarrow, old.bits >> 32 == 0 { found &= 0xffff_ffff }
        try check(found)
        let bits = answer(after: found)
        guard Int64(bitPattern: bits) == Int64(Int32(truncatingIfNeeded: bits)) || isNarrow && bits >> 32 == 0 else {
            throw Refusal(.range(bits, bits: 32))
        }
        instruction.immediate = Int32(truncatingIfNeeded: bits)
        return outcome(found, bits)
    }

    /// `rX = *(T *)(rY + off)` and stores: the offset, and the size of `T`.
    private func patchOffset(_ code: inout [Instruction], _ index: Int) throws(Refusal) -> COREOutcome {
        var instruction = code[index]
        let found = UInt64(bitPattern: Int64(instruction.offset))
        try check(found)
        if let sizeFailure {
            Self.poison(&code, at: index)
            return .poisoned(sizeFailure)
        }
        guard let offset = Int16(exactly: new.bits) else { throw Refusal(.range(new.bits, bits: 16)) }
        instruction.offset = offset
        if let size = old.size, let newSize = new.size, size != newSize {
            let present = 1 << [2, 1, 0, 3][Int(instruction.code >> 3 & 3)]
            guard present == size else { throw Refusal(.unexpectedSize(found: present, expected: size)) }
            guard let bits: UInt8 = [1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18][newSize] else {
                throw Refusal(.range(UInt64(truncatingIfNeeded: newSize) &* 8, bits: 64))
            }
            instruction.code = instruction.code & ~0x18 | bits
        }
        let isSame = instruction == code[index]
        code[index] = instruction
        return isSame ? .unchanged : .patched(old: found, new: new.bits)
    }

    /// `rX = imm64`: both halves.
    private func patchWide(_ code: inout [Instruction], _ index: Int) throws(Refusal) -> COREOutcome {
        let first = code[index]
        guard first.isWideLoad, first.source == 0, first.offset == 0, index + 1 < code.count else {
            throw Refusal(.instruction(first.description))
        }
        let second = code[index + 1]
        guard second.code == 0, second.destination == 0, second.source == 0, second.offset == 0 else {
            throw Refusal(.instruction("a 64-bit load without its second half"))
        }
        let found =
            UInt64(UInt32(bitPattern: first.immediate)) | UInt64(UInt32(bitPattern: second.immediate)) << 32
        try check(found)
        let bits = answer(after: found)
        code[index].immediate = Int32(truncatingIfNeeded: bits)
        code[index + 1].immediate = Int32(truncatingIfNeeded: bits >> 32)
        return outcome(found, bits)
    }
}
