// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Objects that lie: each must give an error in words or be read, and never trap.
struct HostileObjectTests {
    private typealias Header = PatchedObject.Header
    private typealias Section = PatchedObject.Section

    /// Does with an object all that a loader would; nil if it can be loaded.
    @discardableResult
    private func use(_ bytes: [UInt8], section: String = "prog") -> ObjectError? {
        do throws(ObjectError) {
            let object = try Object(parsing: bytes, name: "hostile.o")
            for program in object.programs {
                _ = program.refusal?.description
            }
            let plan = try object.plan(section: section)
            _ = plan.description
            for program in plan.programs {
                for index in program.instructions.indices { _ = program.sourceLine(ofInstruction: index) }
                _ = try program.instructions(mapDescriptors: object.maps.indices.map { Int32($0) })
            }
            return nil
        } catch {
            #expect(!error.description.isEmpty)
            return error
        }
    }

    private func patched(
        _ fixture: String = "seed.c", _ change: (inout PatchedObject) throws -> Void
    ) throws -> ObjectError? {
        var object = try PatchedObject(fixture, "-g")
        try change(&object)
        return use(object.bytes)
    }

    // MARK: - Not an object

    @Test func `files that are no objects are told apart`() throws {
        #expect(use([])?.reason == .empty)
        #expect(use([0x7f])?.reason == .notELF(nil))
        #expect(use(Array("int main(void) { return 0; }\n".utf8))?.description.contains("it is text") == true)
        #expect(use([0x42, 0x43, 0xc0, 0xde, 0, 0])?.description.contains("bitcode") == true)
        #expect(use([UInt8](repeating: 0, count: 4096))?.reason == .notELF(nil))
        #expect(use([0x7f, 0x45, 0x4c, 0x46])?.reason == .truncated("the ELF header", end: 64, size: 4))
    }

    @Test func `a program of this machine is refused by the machine's name`() throws {
        let own = try [UInt8](Data(contentsOf: #require(Bundle.main.executableURL)))
        let error = try #require(use(own))
        guard case .otherMachine = error.reason else { throw ObjectTestFailure(error.description) }
        #expect(try patched { $0.set(Header.machine, 183) }?.description.contains("AArch64") == true)
        #expect(try patched { $0.set(Header.machine, 0) } == nil)
    }

    @Test func `class, type, version and byte order are checked`() throws {
        #expect(try patched { $0.bytes[4] = 1 }?.reason == .unsupportedClass(1))
        #expect(try patched { $0.bytes[5] = 3 }?.reason == .unknownByteOrder(3))
        #expect(try patched { $0.bytes[6] = 2 }?.reason == .unsupportedVersion(2))
        #expect(try patched { $0.set(Header.type, 3) }?.reason == .unsupportedType(3))
    }

    // MARK: - Damage

    @Test(arguments: [("seed.c", []), ("sections.c", ["-g"]), ("map_in_map.c", ["-g"])])
    func `an object cut at any byte is refused`(fixture: String, arguments: [String]) throws {
        let bytes = try compileBPF(fixture, arguments: arguments)
        for count in 0..<bytes.count {
            let error = use(Array(bytes.prefix(count)))
            #expect(error != nil, "cut at \(count)")
            if count >= 64 {
                guard case .truncated? = error?.reason else {
                    Issue.record("cut at \(count): \(error?.description ?? "accepted")")
                    return
                }
            }
        }
    }

    @Test func `no flipped bit of the ELF header or a section header is a trap`() throws {
        let object = try PatchedObject("map_in_map.c")
        let places = Array(0..<64) + Array(object.tableOffset..<object.bytes.count)
        for place in places {
            for bit in 0..<8 {
                var bytes = object.bytes
                bytes[place] ^= 1 << UInt8(bit)
                use(bytes)
            }
        }
    }

    @Test(arguments: ["maps", "prog", ".relprog", ".symtab", ".strtab", ".BTF", ".BTF.ext", "license"])
    func `no flipped bit of a section's content is a trap`(section: String) throws {
        let object = try PatchedObject("map_sizes.c", "-g", "-DSIZE=28")
        let start = try object.start(section)
        let size = Int(try object.get(Section.size, ofSection: section))
        for place in start..<(start + min(size, 1_500)) {
            for bit in 0..<8 {
                var bytes = object.bytes
                bytes[place] ^= 1 << UInt8(bit)
                use(bytes)
            }
        }
    }

    @Test func `extreme values in any field of any section header are no trap`() throws {
        let object = try PatchedObject("map_sizes.c", "-g", "-DSIZE=36")
        let fields = [
            Section.name, Section.type, Section.flags, Section.offset, Section.size, Section.link, Section.info,
            Section.entrySize,
        ]
        let values: [UInt64] = [
            0, 1, 7, 0x7fff_ffff, 0xffff_ffff, 1 << 32, 1 << 63, .max, .max - 63, UInt64(object.bytes.count),
        ]
        for index in 0..<object.sectionCount {
            for field in fields {
                for value in values {
                    var changed = object
                    changed.write(value, object.header(index) + field.0, field.1)
                    use(changed.bytes)
                }
            }
        }
    }

    // MARK: - Lies in headers

    @Test func `sections beyond the file are refused with their numbers`() throws {
        let error = try patched { try $0.set(Section.size, ofSection: "maps", 1 << 40) }
        guard case .outOfBounds(_, _, 1_099_511_627_776, _)? = error?.reason else {
            throw ObjectTestFailure("\(String(describing: error))")
        }
        let offset = try patched { try $0.set(Section.offset, ofSection: "prog", .max - 3) }
        guard case .outOfBounds? = offset?.reason else { throw ObjectTestFailure("\(String(describing: offset))") }
    }

    @Test func `a section header table beyond the file or of other entries is refused`() throws {
        let far = try patched { $0.set(Header.tableOffset, .max - 63) }
        guard case .outOfBounds? = far?.reason else { throw ObjectTestFailure("\(String(describing: far))") }
        let cut = try patched { $0.set(Header.tableOffset, UInt64($0.bytes.count)) }
        guard case .truncated? = cut?.reason else { throw ObjectTestFailure("\(String(describing: cut))") }
        #expect(
            try patched { $0.set(Header.entrySize, 40) }?.reason
                == .entrySize("the section header table", found: 40, expected: 64))
    }

    @Test func `a file without sections has no program`() throws {
        let error = try patched {
            $0.set(Header.tableOffset, 0)
            $0.set(Header.sectionCount, 0)
            $0.set(Header.nameSection, 0)
        }
        #expect(error?.reason == .noSection([]))
    }

    @Test func `headers that share bytes are refused, so that work stays bounded by the file`() throws {
        let error = try patched { object in
            for index in 1..<object.sectionCount where object.read(object.header(index) + 4, 4) == 9 {
                object.write(64, object.header(index) + 24, 8)
                object.write(UInt64(object.bytes.count - 64), object.header(index) + 32, 8)
            }
        }
        guard case .overlap? = error?.reason else { throw ObjectTestFailure("\(String(describing: error))") }
    }

    @Test func `a section that claims bytes of its neighbour is refused`() throws {
        let error = try patched {
            try $0.set(Section.size, ofSection: "prog", try $0.get(Section.size, ofSection: "prog") + 8)
        }
        guard case .overlap? = error?.reason else { throw ObjectTestFailure("\(String(describing: error))") }
        let header = try patched { try $0.set(Section.offset, ofSection: "prog", 8) }
        guard case .overlap("the ELF header", _)? = header?.reason else {
            throw ObjectTestFailure("\(String(describing: header))")
        }
    }

    @Test func `maps that have no bytes in the file are refused`() throws {
        let error = try patched { try $0.set(Section.type, ofSection: "maps", 8) }
        #expect(error?.reason == .mapsWithoutBytes(size: 36))
    }

    @Test func `compressed code is named`() throws {
        let error = try patched { try $0.set(Section.flags, ofSection: "prog", 0x806) }
        #expect(error?.reason == .compressed && error?.section == "prog")
    }

    @Test func `a section of code that has no bytes in the file is no program`() throws {
        let error = try patched { try $0.set(Section.type, ofSection: "prog", 8) }
        #expect(error?.reason == .noSection([]))
    }

    @Test func `code that is not made of instructions is refused`() throws {
        let error = try patched {
            try $0.set(Section.size, ofSection: "prog", try $0.get(Section.size, ofSection: "prog") - 3)
        }
        guard case .codeSize? = error?.reason else { throw ObjectTestFailure("\(String(describing: error))") }
    }

    // MARK: - Relocations to nowhere

    /// Changes the only relocation of the seed program: offset and `r_info`.
    private func relocation(_ offset: UInt64?, symbol: UInt64?) throws -> ObjectError? {
        try patched { object in
            let start = try object.start(".relprog")
            if let offset { object.write(offset, start, 8) }
            if let symbol { object.write(symbol << 32 | 1, start + 8, 8) }
        }
    }

    @Test func `a relocation outside of the program, or between instructions, is refused`() throws {
        #expect(try relocation(.max, symbol: nil)?.description.contains("outside") == true)
        #expect(try relocation(1 << 20, symbol: nil)?.description.contains("outside") == true)
        #expect(try relocation(3, symbol: nil)?.reason == .relocationMisaligned(3))
        let other = try relocation(0, symbol: nil)
        guard case .relocationOfOther? = other?.reason else { throw ObjectTestFailure("\(String(describing: other))") }
        #expect(other?.instruction == 0 && other?.symbol == "map_event" && other?.program == "test_prog")
    }

    @Test func `a relocation to a symbol that does not exist is refused`() throws {
        let error = try relocation(nil, symbol: 60_000)
        guard case .relocationSymbol(60_000, _)? = error?.reason else {
            throw ObjectTestFailure("\(String(describing: error))")
        }
        #expect(error?.source?.text.contains("perf_event_output") == true)
        #expect(try relocation(nil, symbol: 0)?.reason == .relocationToNowhere)
    }

    @Test func `a relocation into the middle of a map is refused with the place`() throws {
        let error = try patched { object in
            let load = try #require(
                stride(from: try object.start("prog"), to: object.bytes.count, by: 8).first {
                    object.bytes[$0] == Instruction.wideLoadCode
                        && object.read($0 + 4, 4) == 0
                })
            object.write(4, load + 4, 4)
        }
        #expect(error?.reason == .relocationIntoMap(4))
    }

    @Test func `a load that names a descriptor by itself is refused`() throws {
        let source = """
            __attribute__((section("prog"), used)) int p(void *ctx)
            {
                __asm__ volatile(".byte 0x18, 0x11, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0");
                return 0;
            }
            """
        let bytes = try compileBPF(source: source, target: "bpfel")
        #expect(use(bytes)?.reason == .foreignDescriptor(1))
    }

    @Test func `maps without symbols are refused`() throws {
        let error = try patched { object in
            let start = try object.start(".symtab")
            let maps = UInt64(try object.section("maps"))
            for entry in 0..<(Int(try object.get(Section.size, ofSection: ".symtab")) / 24)
            where object.read(start + entry * 24 + 6, 2) == maps {
                object.write(0xfff1, start + entry * 24 + 6, 2)
            }
        }
        #expect(error?.reason == .mapsWithoutSymbols(size: 36))
    }

    // MARK: - Broken BTF

    @Test(arguments: [".BTF", ".BTF.ext"])
    func `broken BTF costs its comfort and not the load`(section: String) throws {
        // Magic, version, and the third byte of the header's length and of an offset and a length after it.
        for place in [0, 2, 6, 18, 22] {
            var object = try PatchedObject("map_sizes.c", "-g", "-DSIZE=36")
            object.bytes[try object.start(section) + place] = 0xff
            #expect(use(object.bytes) == nil, "byte \(place)")
            let parsed = try Object(parsing: object.bytes, name: "broken.o")
            #expect(parsed.maps.map(\.maxEntries) == [16, 3])
            #expect(parsed.warnings.map(\.section) == [section])
        }
    }

    @Test func `a loop of typedefs around a map's type ends`() throws {
        var object = try PatchedObject("map_sizes.c", "-g", "-DSIZE=36")
        let start = try object.start(".BTF")
        let types = start + 24
        // Every structure becomes a typedef of itself: the sizes no longer fit, and nothing may hang.
        for offset in stride(from: types, to: types + Int(object.read(start + 12, 4)) - 12, by: 4)
        where object.read(offset + 4, 4) >> 24 == 4 {
            object.write(8 << 24, offset + 4, 4)
            object.write(1, offset + 8, 4)
        }
        use(object.bytes)
    }
}
