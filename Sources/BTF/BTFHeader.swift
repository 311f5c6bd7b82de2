// SPDX-License-Identifier: Apache-2.0

/// The part that the headers of `.BTF` and `.BTF.ext` share (`struct btf_header`, `struct btf_ext_header`).
package struct BTFHeader {
    /// Bytes of the header; newer compilers may write more than we know.
    package let length: Int

    package static let magic: UInt16 = 0xeb9f

    package init(_ reader: some ByteSource, minimum: Int) throws(BTFError) {
        guard let magic = reader.u16(0), let version = reader.u8(2), let length = reader.int(4)
        else { throw .tooShort(count: reader.count) }
        guard magic == Self.magic else { throw .badMagic(magic) }
        guard version == 1 else { throw .unsupportedVersion(version) }
        guard length >= minimum, length <= reader.count else { throw .badHeaderLength(length) }
        self.length = length
    }

    /// Where a part lies that the offset and the length at `field` of the header describe.
    package func range(_ name: String, field: Int, of reader: some ByteSource) throws(BTFError) -> Range<Int> {
        guard let offset = reader.int(field), let size = reader.int(field + 4) else {
            throw .tooShort(count: reader.count)
        }
        // Offsets count from the end of the header; all three numbers have 32 bits, so the sums fit.
        let start = length + offset
        guard start <= reader.count, size <= reader.count - start else {
            throw .outside(part: name, offset: offset, size: size, limit: reader.count - length)
        }
        return start..<(start + size)
    }

    /// A copy of such a part.
    package func part(_ name: String, field: Int, of reader: ByteReader) throws(BTFError) -> ByteReader {
        let range = try range(name, field: field, of: reader)
        return ByteReader(bytes: Array(reader.bytes[range]), byteOrder: reader.byteOrder)
    }

    /// A header over parts of these offsets and lengths.
    package static func bytes(_ order: ByteOrder, parts: [(offset: Int, length: Int)]) -> [UInt8] {
        let fields = [8 + 8 * parts.count] + parts.flatMap { [$0.offset, $0.length] }
        return (order == .little ? [0x9f, 0xeb, 1, 0] : [0xeb, 0x9f, 1, 0])
            + fields.flatMap { field in
                (0..<4).map { UInt8(truncatingIfNeeded: field >> (8 * (order == .little ? $0 : 3 - $0))) }
            }
    }
}
