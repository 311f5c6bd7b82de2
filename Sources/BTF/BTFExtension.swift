// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// What `.BTF.ext` tells of the instructions of each section: functions, source lines and CO-RE relocations.
package struct BTFExtension: Sendable {
    /// A record of one kind, `recordSize` bytes from `start` on.
    package struct Record: Sendable, Equatable {
        /// Index of the first instruction, in its section, that it is about.
        package let instruction: Int
        /// Where it begins in the part's bytes.
        package let start: Int
    }

    /// The records of one kind, by the name of the section that they are about, in the order of the instructions.
    package struct Part: Sendable {
        /// Bytes of a record, as the file has it: newer compilers may write more than we know.
        package private(set) var recordSize = 0
        package private(set) var sections: [String: [Record]] = [:]
        package fileprivate(set) var data = ByteReader(bytes: [], byteOrder: .native)

        /// The bytes of a record.
        package func bytes(of record: Record) -> ArraySlice<UInt8> {
            data.bytes[record.start..<(record.start + recordSize)]
        }

        /// The records of some instructions of a section.
        package func records(in range: Range<Int>, ofSection section: String) -> ArraySlice<Record> {
            guard let all = sections[section] else { return [] }
            let start = all.firstIndex(notBefore: range.lowerBound)
            return all[start..<all.firstIndex(notBefore: range.upperBound)]
        }

        /// A field of a record.
        package func field(_ index: Int, of record: Record) -> Int? { data.int(record.start + 4 * index) }

        fileprivate init() {}

        /// Reads the records of all sections (`struct btf_ext_info_sec`), in steps of the size that the part claims.
        fileprivate init(_ data: ByteReader, _ name: String, minimum: Int, _ types: BTF) throws(BTFError) {
            self.data = data
            guard data.count > 0 else { return }
            guard let size = data.int(0), size >= minimum, size % 4 == 0 else {
                throw .badRecordSize(part: name, size: data.int(0) ?? 0)
            }
            recordSize = size
            var offset = 4
            while offset < data.count {
                guard let section = data.int(offset), let count = data.int(offset + 4),
                    count <= (data.count - offset - 8) / size
                else { throw .outside(part: name, offset: offset, size: 8, limit: data.count) }
                let start = offset + 8
                sections[types.string(section), default: []] += (0..<count).compactMap { index in
                    data.int(start + index * size).map {
                        Record(instruction: $0 / BTFExtension.instructionSize, start: start + index * size)
                    }
                }
                offset = start + count * size
            }
            for section in Array(sections.keys) { sections[section]?.sort { $0.instruction < $1.instruction } }
        }
    }

    /// Bytes of an instruction: records count from the section's start in these.
    fileprivate static let instructionSize = 8

    /// `struct bpf_func_info`: instruction, type id.
    package private(set) var functions = Part()
    /// `struct bpf_line_info`: instruction, file name, text of the line, 22 bits of line over 10 of column.
    package private(set) var lines = Part()
    /// `struct bpf_core_relo`: instruction, type id, access string, kind.
    package private(set) var relocations = Part()

    package init(_ reader: ByteReader, types: BTF) throws(BTFError) {
        let header = try BTFHeader(reader, minimum: 24)
        functions = try Part(header.part("function information", field: 8, of: reader), "functions", minimum: 8, types)
        lines = try Part(header.part("line information", field: 16, of: reader), "line information", minimum: 16, types)
        guard header.length >= 32 else { return }
        relocations = try Part(
            header.part("CO-RE relocations", field: 24, of: reader), "CO-RE relocations", minimum: 16, types)
    }
}

extension [BTFExtension.Record] {
    /// The first record of an instruction or of a later one.
    package func firstIndex(notBefore instruction: Int) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle].instruction < instruction { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
