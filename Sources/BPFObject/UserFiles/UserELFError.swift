// SPDX-License-Identifier: Apache-2.0

/// Why a file is no program or library that symbols can be found in.
package enum UserELFError: Error, Equatable {
    /// It does not begin as ELF files do.
    case notELF
    /// It is a file of 32 bits.
    case narrow
    /// It is an object that a linker has not seen yet, or a core file (`e_type`).
    case otherType(UInt16)
    /// A table goes beyond the file, or its entries have another size.
    case damaged(String)
    /// A table has more than a file can need.
    case tooLarge(String)

    /// Why, in words.
    package var cause: String {
        switch self {
        case .notELF: "it is no ELF file"
        case .narrow: "it is a program of 32 bits, whose symbols are not read: name a place by its offset in the file"
        case .otherType(1): "it is an object file that no linker has made a program of"
        case .otherType(let type): "it is an ELF file of type \(type), and neither program nor library"
        case .damaged(let table): "its \(table) is damaged"
        case .tooLarge(let table): "its \(table) is larger than any that is read here"
        }
    }
}
