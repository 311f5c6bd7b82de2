// SPDX-License-Identifier: Apache-2.0

/// The order in which the bytes of an integer lie in a file (`EI_DATA` of ELF).
public enum ByteOrder: Sendable, Equatable {
    /// The lowest byte first (`ELFDATA2LSB`, clang's `bpfel`).
    case little
    /// The highest byte first (`ELFDATA2MSB`, clang's `bpfeb`).
    case big

    /// The order of the machine this runs on, the only one its kernel takes.
    public static var native: ByteOrder { 1.littleEndian == 1 ? .little : .big }
}

extension ByteOrder: CustomStringConvertible {
    /// `little-endian` or `big-endian`.
    public var description: String { self == .little ? "little-endian" : "big-endian" }
}
