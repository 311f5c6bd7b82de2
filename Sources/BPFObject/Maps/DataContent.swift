// SPDX-License-Identifier: Apache-2.0

/// What a section of data is for.
public enum DataSection: Sendable, Equatable {
    /// Variables with values (`.data`, `.data.*`).
    case data
    /// Constants (`.rodata`, `.rodata.*`), which programs may not write.
    case readOnly
    /// Variables that are zero at first (`.bss`, `.bss.*`).
    case zeroed
}

/// What a map made of a section of data holds before its programs run.
public struct DataContent: Sendable, Equatable {
    /// The value, as long as the section.
    public internal(set) var bytes: [UInt8]
    /// Whether programs may only read it (`BPF_F_RDONLY_PROG`), and nobody writes it once it is filled
    /// (`BPF_MAP_FREEZE`).
    public let isReadOnly: Bool
    /// Whether it has a variable that others may name: libbpf then asks for `BPF_F_MMAPABLE` where the kernel knows it
    /// (5.5).
    public let isMappable: Bool
    /// What the compiler wanted filled in with addresses, which no loader can: the first symbol, and how many there are.
    public let addresses: Addresses?

    /// Pointers in the data, for a linker that BPF objects never meet.
    public struct Addresses: Sendable, Equatable {
        /// How many.
        public let count: Int
        /// Where the first one is, in bytes from the section's start.
        public let offset: UInt64
        /// What the first one points to.
        public let symbol: String
    }
}
