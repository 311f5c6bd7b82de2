// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// The bytes of a compiled little-endian object, to be changed field by field into something hostile.
struct PatchedObject {
    /// Fields of the ELF header: offset and size.
    enum Header {
        static let type = (16, 2)
        static let machine = (18, 2)
        static let tableOffset = (40, 8)
        static let entrySize = (58, 2)
        static let sectionCount = (60, 2)
        static let nameSection = (62, 2)
    }

    /// Fields of a section header.
    enum Section {
        static let name = (0, 4)
        static let type = (4, 4)
        static let flags = (8, 8)
        static let offset = (24, 8)
        static let size = (32, 8)
        static let link = (40, 4)
        static let info = (44, 4)
        static let entrySize = (56, 8)
    }

    var bytes: [UInt8]

    init(_ fixture: String, _ arguments: String...) throws {
        bytes = try compileBPF(fixture, target: "bpfel", arguments: arguments)
    }

    init(source: String) throws { bytes = try compileBPF(source: source, target: "bpfel") }

    init(bytes: [UInt8]) { self.bytes = bytes }

    func read(_ offset: Int, _ size: Int) -> UInt64 {
        (0..<size).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }

    mutating func write(_ value: UInt64, _ offset: Int, _ size: Int) {
        for index in 0..<size { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
    }

    var tableOffset: Int { Int(read(40, 8)) }
    var sectionCount: Int { Int(read(60, 2)) }

    func header(_ index: Int) -> Int { tableOffset + 64 * index }

    /// The index of a section by its name.
    func section(_ name: String) throws -> Int {
        let names = Int(read(header(Int(read(62, 2))) + 24, 8))
        for index in 1..<sectionCount {
            let start = names + Int(read(header(index), 4))
            if String(decoding: bytes[start...].prefix { $0 != 0 }, as: UTF8.self) == name { return index }
        }
        throw ObjectTestFailure("no section \(name)")
    }

    mutating func set(_ field: (Int, Int), _ value: UInt64) { write(value, field.0, field.1) }

    mutating func set(_ field: (Int, Int), ofSection name: String, _ value: UInt64) throws {
        write(value, header(try section(name)) + field.0, field.1)
    }

    func get(_ field: (Int, Int), ofSection name: String) throws -> UInt64 {
        read(header(try section(name)) + field.0, field.1)
    }

    /// Where the bytes of a section begin.
    func start(_ name: String) throws -> Int { Int(try get(Section.offset, ofSection: name)) }
}
