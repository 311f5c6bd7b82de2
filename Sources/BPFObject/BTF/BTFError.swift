// SPDX-License-Identifier: Apache-2.0

/// Why BTF could not be read; the object is then used without it.
enum BTFError: Error, Equatable, CustomStringConvertible {
    case tooShort(count: Int)
    case badMagic(UInt16)
    case unsupportedVersion(UInt8)
    case badHeaderLength(Int)
    case outside(part: String, offset: Int, size: Int, limit: Int)
    case cutType(id: Int, offset: Int)
    case unknownKind(Int, id: Int)
    case badRecordSize(part: String, size: Int)

    var description: String {
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
        }
    }
}
