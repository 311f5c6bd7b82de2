// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// ELF header and program headers of the two images that the kernel itself shows: its vDSO and its core file.
///
/// Both are 64-bit and of the byte order of the machine; numbers are read where there are bytes for them, else not.
struct ELFHead {
    /// A segment: `Elf64_Phdr`.
    struct ProgramHeader: Equatable {
        let type: UInt32
        let offset: UInt64
        let address: UInt64
        let size: UInt64
    }

    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The segments whose headers are in `bytes`; none if it is no 64-bit ELF.
    var programHeaders: [ProgramHeader] {
        // ELFCLASS64 is byte 4; e_phoff at 32, e_phentsize at 54, e_phnum at 56.
        guard bytes.starts(with: [0x7f, UInt8(ascii: "E"), UInt8(ascii: "L"), UInt8(ascii: "F"), 2]),
            let start = long(at: 32), let table = Int(exactly: start), table <= bytes.count, let sizes = word(at: 54)
        else { return [] }
        let (entry, count) = (Int(sizes & 0xffff), Int(sizes >> 16))
        return (0..<count).compactMap { index in
            let at = table + index * entry
            guard let type = word(at: at), let offset = long(at: at + 8), let address = long(at: at + 16),
                let size = long(at: at + 32)
            else { return nil }
            return ProgramHeader(type: type, offset: offset, address: address, size: size)
        }
    }

    /// 32 bits at an offset.
    func word(at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= bytes.count - 4 else { return nil }
        // Every architecture with 64 bits that runs Swift is little-endian.
        return bytes[offset..<(offset + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// 64 bits at an offset.
    func long(at offset: Int) -> UInt64? {
        guard let low = word(at: offset), let high = word(at: offset + 4) else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }
}
