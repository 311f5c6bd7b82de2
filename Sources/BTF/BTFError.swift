// SPDX-License-Identifier: Apache-2.0

/// Why BTF could not be read; the object is then used without it.
public enum BTFError: Error, Equatable, CustomStringConvertible {
    /// There are fewer bytes than a header has.
    case tooShort(count: Int)
    /// The first two bytes are not `0xeb9f`.
    case badMagic(UInt16)
    /// The version is not 1.
    case unsupportedVersion(UInt8)
    /// The header claims fewer bytes than it must have, or more than there are.
    case badHeaderLength(Int)
    /// A part goes beyond the bytes.
    case outside(part: String, offset: Int, size: Int, limit: Int)
    /// A type goes beyond the types.
    case cutType(id: Int, offset: Int)
    /// A kind whose size neither we nor the layout section know.
    case unknownKind(Int, id: Int)
    /// The records of `.BTF.ext` are shorter than they must be, or not of whole words.
    case badRecordSize(part: String, size: Int)
    /// More types than the kernel takes (`BTF_MAX_TYPE`).
    case tooManyTypes(limit: Int)

    /// The reason as a clause.
    public var description: String {
        switch self {
        case .tooShort(let count): "it has \(count) bytes, fewer than its header"
        case .badMagic(let magic): "it begins with 0x\(String(magic, radix: 16)) and not with 0xeb9f"
        case .unsupportedVersion(let version): "it is of version \(version), and this reads version 1"
        case .badHeaderLength(let length): "its header claims \(length) bytes"
        case .outside(let part, let offset, let size, let limit):
            "its \(part) (\(size) bytes at \(offset)) goes beyond its \(limit) bytes"
        case .cutType(let id, let offset): "type \(id) at offset \(offset) goes beyond the types"
        case .unknownKind(let kind, let id): "type \(id) is of kind \(kind), which this does not know"
        case .badRecordSize(let part, let size): "the records of its \(part) claim \(size) bytes"
        case .tooManyTypes(let limit): "it has more than \(limit) types"
        }
    }
}
