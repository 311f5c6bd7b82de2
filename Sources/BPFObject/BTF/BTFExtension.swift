// SPDX-License-Identifier: Apache-2.0

/// What `.BTF.ext` tells of the instructions of each section: their source lines and their CO-RE relocations.
struct BTFExtension: Sendable {
    /// One record of line information (`struct bpf_line_info`).
    struct Line: Sendable, Equatable {
        /// Index of the first instruction that it is about.
        let instruction: Int
        let fileName: Int
        let text: Int
        let line: Int
        let column: Int
    }

    /// Lines by section, in the order of the instructions.
    private(set) var lines: [String: [Line]] = [:]
    /// The instructions of each section that a CO-RE relocation changes.
    private(set) var fieldRelocations: [String: [Int]] = [:]

    init(_ reader: ByteReader, types: BTFTypes) throws(BTFError) {
        let header = try BTFHeader(reader, minimum: 24)
        let lineInfo = try header.part("line information", field: 16, of: reader)
        try Self.forEachRecord(of: lineInfo, "line information", minimum: 16, types) { section, start in
            guard let offset = lineInfo.int(start), let file = lineInfo.int(start + 4),
                let text = lineInfo.int(start + 8), let place = lineInfo.int(start + 12)
            else { return }
            // 22 bits of line over 10 of column (BPF_LINE_INFO_LINE_NUM, BPF_LINE_INFO_LINE_COL).
            lines[section, default: []].append(
                Line(
                    instruction: offset / Instruction.size, fileName: file, text: text, line: place >> 10,
                    column: place & 0x3ff))
        }
        for section in Array(lines.keys) { lines[section]?.sort { $0.instruction < $1.instruction } }

        guard header.length >= 32 else { return }
        let relocations = try header.part("CO-RE relocations", field: 24, of: reader)
        try Self.forEachRecord(of: relocations, "CO-RE relocations", minimum: 16, types) { section, start in
            guard let offset = relocations.int(start) else { return }
            fieldRelocations[section, default: []].append(offset / Instruction.size)
        }
    }

    /// Walks the records of all sections in one part (`struct btf_ext_info_sec`), in steps of the size that it claims.
    private static func forEachRecord(
        of part: ByteReader, _ name: String, minimum: Int, _ types: BTFTypes, _ body: (String, Int) -> Void
    ) throws(BTFError) {
        guard part.count > 0 else { return }
        guard let size = part.int(0), size >= minimum, size % 4 == 0 else {
            throw .badRecordSize(part: name, size: part.int(0) ?? 0)
        }
        var offset = 4
        while offset < part.count {
            guard let section = part.int(offset), let count = part.int(offset + 4),
                count <= (part.count - offset - 8) / size
            else { throw .outside(part: name, offset: offset, size: 8, limit: part.count) }
            let sectionName = types.string(section)
            for index in 0..<count { body(sectionName, offset + 8 + index * size) }
            offset += 8 + count * size
        }
    }
}
