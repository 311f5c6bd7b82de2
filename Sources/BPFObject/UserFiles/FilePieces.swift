// SPDX-License-Identifier: Apache-2.0

/// A file that is read piece by piece: programs and libraries have hundreds of megabytes, of which little is looked at.
package protocol FilePieces {
    /// Bytes of the file.
    var size: UInt64 { get }

    /// A part of the file; nil if the file does not have all of it, or cannot be read.
    func bytes(at offset: UInt64, count: Int) -> [UInt8]?

    /// Bytes of one table of symbols that are read, with those of its names.
    var largestTable: UInt64 { get }
}

extension FilePieces {
    /// Some millions of symbols: the largest programs with all of theirs.
    package static var largestTable: UInt64 { 512 << 20 }

    package var largestTable: UInt64 { Self.largestTable }
}

/// A file whose bytes are in memory.
package struct FileInMemory: FilePieces {
    private let content: [UInt8]

    /// Takes the bytes.
    package init(_ content: [UInt8]) { self.content = content }

    package var size: UInt64 { UInt64(content.count) }

    package func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
        guard let start = Int(exactly: offset), count >= 0, start <= content.count, count <= content.count - start
        else { return nil }
        return Array(content[start..<(start + count)])
    }
}
