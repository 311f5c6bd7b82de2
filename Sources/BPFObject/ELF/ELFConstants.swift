// SPDX-License-Identifier: Apache-2.0

/// Numbers of elf(5) that the reader needs, in our own types so that libelf's header stays in one file.
package enum ELF {
    static let headerSize = 64
    static let sectionHeaderSize = 64
    static let symbolSize = 24
    static let relSize = 16
    static let relaSize = 24

    static let class64: UInt8 = 2
    static let relocatable: UInt16 = 1
    static let machineNone: UInt16 = 0
    static let machineBPF: UInt16 = 247

    /// `SHF_WRITE`.
    static let writable: UInt64 = 1 << 0
    /// `SHF_ALLOC`.
    static let allocated: UInt64 = 1 << 1
    /// `SHF_EXECINSTR`.
    static let executable: UInt64 = 1 << 2
    /// `SHF_COMPRESSED`.
    static let compressed: UInt64 = 1 << 11

    /// `SHN_LORESERVE`: from here on a section number is a code.
    static let firstReserved: UInt16 = 0xff00
    /// `SHN_COMMON`.
    static let common: UInt16 = 0xfff2

    /// `sh_type`.
    package enum SectionType {
        package static let programBits: UInt32 = 1
        package static let symbolTable: UInt32 = 2
        static let stringTable: UInt32 = 3
        package static let rela: UInt32 = 4
        static let noBits: UInt32 = 8
        package static let rel: UInt32 = 9
    }

    /// The low half of `st_info`.
    enum SymbolType {
        static let none: UInt8 = 0
        static let object: UInt8 = 1
        static let function: UInt8 = 2
        static let section: UInt8 = 3
        static let file: UInt8 = 4
    }

    /// The low half of `r_info` of BPF objects.
    package enum RelocationType {
        /// `R_BPF_64_64`: a 64-bit load, or data of older compilers.
        package static let data64: UInt32 = 1
        /// `R_BPF_64_ABS64`.
        package static let absolute64: UInt32 = 2
    }

    /// The architecture of an `e_machine`, for messages.
    static func machineName(_ machine: UInt16) -> String {
        let names: [UInt16: String] = [
            2: "SPARC", 3: "32-bit x86", 8: "MIPS", 20: "PowerPC", 21: "64-bit PowerPC", 22: "S390", 40: "32-bit ARM",
            43: "SPARC V9", 62: "x86-64", 183: "AArch64", 243: "RISC-V", 247: "BPF", 258: "LoongArch",
        ]
        return names[machine] ?? "machine number \(machine)"
    }
}
