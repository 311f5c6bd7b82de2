// SPDX-License-Identifier: Apache-2.0

/// What a section of data is for.
package enum DataSection: Sendable, Equatable {
    /// Variables with values (`.data`, `.data.*`).
    case data
    /// Constants (`.rodata`, `.rodata.*`), which programs may not write.
    case readOnly
    /// Variables that are zero at first (`.bss`, `.bss.*`).
    case zeroed
}

/// What a map made of a section of data holds before its programs run.
package struct DataContent: Sendable, Equatable {
    /// The value, as long as the section.
    package internal(set) var bytes: [UInt8]
    /// Whether programs may only read it (`BPF_F_RDONLY_PROG`), and nobody writes it once it is filled
    /// (`BPF_MAP_FREEZE`).
    package let isReadOnly: Bool
    /// Whether it has a variable that others may name: libbpf then asks for `BPF_F_MMAPABLE` where the kernel knows it
    /// (5.5).
    package let isMappable: Bool
    /// What the compiler wanted filled in with addresses, which no loader can: the first symbol, and how many there are.
    package let addresses: Addresses?

    /// Pointers in the data, for a linker that BPF objects never meet.
    package struct Addresses: Sendable, Equatable {
        /// How many.
        package let count: Int
        /// Where the first one is, in bytes from the section's start.
        package let offset: UInt64
        /// What the first one points to.
        package let symbol: String
    }
}
