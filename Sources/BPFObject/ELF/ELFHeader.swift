// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// The parts of the ELF header that say whether this is a BPF object, and where its sections are.
///
/// Read before libelf sees the file: its answer to a bad header is a number, and ours should be a reason.
struct ELFHeader: Equatable {
    let byteOrder: ByteOrder
    let sectionCount: Int
    /// Where the section header table is; 0 if there is none.
    let tableOffset: Int

    init(_ bytes: [UInt8]) throws(ObjectError) {
        guard !bytes.isEmpty else { throw ObjectError(.empty) }
        guard bytes.starts(with: [0x7f, UInt8(ascii: "E"), UInt8(ascii: "L"), UInt8(ascii: "F")]) else {
            throw ObjectError(.notELF(Self.lookAlike(bytes)), offset: 0)
        }
        func cut(_ structure: String, end: UInt64) -> ObjectError {
            ObjectError(.truncated(structure, end: end, size: bytes.count), offset: bytes.count)
        }
        guard bytes.count >= ELF.headerSize else { throw cut("the ELF header", end: UInt64(ELF.headerSize)) }
        switch bytes[5] {
        case 1: byteOrder = .little
        case 2: byteOrder = .big
        default: throw ObjectError(.unknownByteOrder(bytes[5]), offset: 5)
        }
        let reader = ByteReader(bytes: bytes, byteOrder: byteOrder)
        guard let type = reader.u16(16), let machine = reader.u16(18), let version = reader.u32(20),
            let table = reader.u64(40), let entrySize = reader.u16(58), let count = reader.u16(60)
        else { throw cut("the ELF header", end: UInt64(ELF.headerSize)) }

        // The machine first: "x86-64" explains more than "not relocatable" to somebody who named the wrong file.
        guard machine == ELF.machineBPF || machine == ELF.machineNone else {
            throw ObjectError(.otherMachine(machine), offset: 18)
        }
        guard bytes[4] == ELF.class64 else { throw ObjectError(.unsupportedClass(bytes[4]), offset: 4) }
        guard bytes[6] == 1, version == 1 else {
            throw ObjectError(.unsupportedVersion(bytes[6] == 1 ? version : UInt32(bytes[6])), offset: 6)
        }
        guard type == ELF.relocatable else { throw ObjectError(.unsupportedType(type), offset: 16) }
        // Now, since "x86-64" explains more than a size, too.
        guard bytes.count <= Limits.fileSize else {
            throw ObjectError(.tooMany("bytes", count: UInt64(bytes.count), limit: Limits.fileSize))
        }

        guard table != 0 || count != 0 else {
            sectionCount = 0
            tableOffset = 0
            return
        }
        let tableName = "the section header table"
        guard entrySize == ELF.sectionHeaderSize else {
            throw ObjectError(
                .entrySize(tableName, found: UInt64(entrySize), expected: ELF.sectionHeaderSize), offset: 58)
        }
        guard let start = Int(exactly: table), start >= ELF.headerSize else {
            throw ObjectError(.outOfBounds(tableName, offset: table, size: 0, limit: bytes.count), offset: 40)
        }
        tableOffset = start
        var entries = UInt64(count)
        if entries == 0 {
            // More sections than 16 bits can count: the number is in the first header (elf(5), e_shnum).
            guard start <= bytes.count, let extended = reader.u64(start + 32) else {
                throw cut(tableName, end: table)
            }
            entries = extended
        }
        guard entries <= UInt64(Limits.sections) else {
            throw ObjectError(.tooMany("sections", count: entries, limit: Limits.sections), offset: 60)
        }
        sectionCount = Int(entries)
        let (end, overflow) = start.addingReportingOverflow(sectionCount * ELF.sectionHeaderSize)
        guard !overflow, end <= bytes.count else {
            throw cut(tableName, end: overflow ? UInt64.max : UInt64(end))
        }
    }

    /// What else begins like this, among the files that compilers and people hand over by mistake.
    private static func lookAlike(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [UInt8(ascii: "B"), UInt8(ascii: "C"), 0xc0, 0xde]) {
            return "it is LLVM bitcode: compile without -emit-llvm and -flto"
        }
        if bytes.starts(with: Array("!<arch>".utf8)) { return "it is a library of objects: extract one with ar x" }
        if bytes.starts(with: [0x9f, 0xeb]) || bytes.starts(with: [0xeb, 0x9f]) { return "it is bare BTF" }
        if bytes.starts(with: [0x1f, 0x8b]) { return "it is compressed with gzip" }
        let start = bytes.prefix(64)
        let isText = start.allSatisfy { (0x20..<0x7f).contains($0) || [9, 10, 13].contains($0) }
        return isText ? "it is text: compile it with clang -O2 -target bpf -c" : nil
    }
}
