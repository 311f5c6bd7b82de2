// SPDX-License-Identifier: Apache-2.0

import BPFObject
import TestSupport
import Testing

@testable import Symbolication

struct FunctionIndexTests {
    private func index(_ elf: TinyELF) throws -> FunctionIndex {
        FunctionIndex(try UserELF(FileInMemory(elf.bytes)))
    }

    @Test func `an address is of the function that it lies in, and of none between functions`() throws {
        var elf = TinyELF()
        elf.symbols = [
            .init(name: "first", address: 0x1100, size: 0x20), .init(name: "second", address: 0x1200, size: 0),
        ]
        let functions = try index(elf)
        #expect(functions.function(at: 0x10ff) == nil)
        #expect(functions.function(at: 0x1100)?.name == "first")
        #expect(functions.function(at: 0x111f)?.offset == 0x1f)
        #expect(functions.function(at: 0x1120) == nil)
        // Of a function without a size all up to the next one is taken to be it.
        #expect(functions.function(at: 0x1234)?.name == "second")
        #expect(functions.function(at: .max) == nil)
        #expect(functions.address(ofFileOffset: 0x1104) == 0x1104)
        #expect(functions.address(ofFileOffset: 0x9000) == nil)
    }

    @Test func `of several names of a place the one is shown that others may use and that is no alias`() throws {
        var elf = TinyELF()
        elf.symbols = [
            .init(name: "__libc_work", address: 0x1100), .init(name: "work", address: 0x1100, isWeak: true),
            .init(name: "unsized", address: 0x1200, size: 0), .init(name: "__sized", address: 0x1200),
        ]
        let functions = try index(elf)
        #expect(functions.function(at: 0x1100)?.name == "__libc_work")
        #expect(functions.function(at: 0x1200)?.name == "__sized")
    }

    @Test func `an address behind an inner part of a function is still of the function around it`() throws {
        var elf = TinyELF()
        elf.symbols = [
            .init(name: "outer", address: 0x1100, size: 0x80), .init(name: "part", address: 0x1110, size: 4),
        ]
        let functions = try index(elf)
        #expect(functions.function(at: 0x1112)?.name == "part")
        #expect(functions.function(at: 0x1150)?.name == "outer")
        #expect(functions.function(at: 0x1150)?.offset == 0x50)
    }

    @Test func `symbols that claim to go on for ever do not overflow`() throws {
        var elf = TinyELF()
        elf.symbols = [
            .init(name: "all", address: 1, size: .max), .init(name: "last", address: .max, size: .max),
        ]
        let functions = try index(elf)
        #expect(functions.function(at: 0)?.name == nil)
        #expect(functions.function(at: .max - 1)?.name == "all")
        #expect(functions.function(at: .max)?.name == "last")
    }
}

struct CodeMappingsTests {
    private static let maps = """
        55d0c0000000-55d0c0001000 r--p 00000000 08:01 1311 /usr/bin/app
        55d0c0001000-55d0c0005000 r-xp 00001000 08:01 1311 /usr/bin/app
        55d0c0005000-55d0c0006000 rw-p 00005000 08:01 1311 /usr/bin/app
        7f0000000000-7f0000010000 r-xp 00020000 08:01 77   /lib/with space\\012line.so (deleted)
        7f0000020000-7f0000021000 rwxp 00000000 00:00 0
        7f0000030000-7f0000031000 r-xp 00000000 00:05 99   /memfd:jit (deleted)
        7ffc00000000-7ffc00002000 r-xp 00000000 00:00 0    [vdso]
        no line
        """

    @Test func `what is executed is found by its addresses, with the place in the file`() throws {
        let code = CodeMappings(parsing: Self.maps)
        #expect(code.all.count == 5)
        let app = try #require(code.mapping(at: 0x55d0_c000_1234))
        #expect(app.module == "app" && app.isFile && app.place(of: 0x55d0_c000_1234) == 0x1234)
        #expect(code.mapping(at: 0x55d0_c000_0000) == nil)
        #expect(code.mapping(at: 0x55d0_c000_5000) == nil)
        let gone = try #require(code.mapping(at: 0x7f00_0000_0000))
        #expect(gone.path == "/lib/with space\nline.so" && gone.isDeleted && gone.offset == 0x20000)
        #expect(code.mapping(at: 0x7f00_0002_0000)?.isMadeAtRunTime == true)
        #expect(code.mapping(at: 0x7f00_0003_0000)?.isMadeAtRunTime == true)
        #expect(code.mapping(at: 0x7ffc_0000_0001)?.module == "[vdso]")
    }

    @Test func `mappings that overlap, or whose offsets have no end, do no harm`() {
        let code = CodeMappings([
            CodeMapping(start: 0x1000, end: 0x3000, offset: 0, path: "/a"),
            CodeMapping(start: 0x2000, end: 0x4000, offset: 0, path: "/b"),
            CodeMapping(start: 0x5000, end: .max, offset: .max, path: "/c"),
            CodeMapping(start: 9, end: 9, offset: 0, path: "/d"),
        ])
        #expect(code.all.map(\.path) == ["/a", "/c"])
        #expect(code.mapping(at: 0x3500) == nil)
        #expect(code.mapping(at: 0x6000)?.place(of: 0x6000) == nil)
    }
}

struct PerfMapTests {
    @Test func `a compiler's list names its functions, and the last one of a place counts`() {
        let map = PerfMap(
            parsing: Array(
                """
                7f0000001000 20 LazyCompile:~first /app/a.js:1
                0x7f0000002000 0x10 second
                7f0000001000 10 replaced
                """.utf8))
        #expect(map.count == 2)
        #expect(map.function(at: 0x7f00_0000_1008)?.name == "replaced")
        #expect(map.function(at: 0x7f00_0000_1010) == nil)
        #expect(map.function(at: 0x7f00_0000_200f)?.offset == 15)
        #expect(map.function(at: 0x7f00_0000_2010) == nil)
    }

    @Test func `of functions around an address the one that is listed last counts`() {
        let map = PerfMap(
            parsing: Array(
                """
                1800 100 old
                1000 2000 new
                1080 10 newer
                5000 10 alone
                """.utf8))
        let names = [0xfff, 0x1000, 0x1080, 0x108f, 0x1090, 0x1850, 0x1950, 0x2fff, 0x3000, 0x5000, 0x5010].map {
            map.function(at: $0)?.name ?? "-"
        }
        #expect(names == ["-", "new", "newer", "newer", "new", "new", "new", "new", "-", "alone", "-"])
        #expect(map.function(at: 0x1950)?.offset == 0x950)
    }

    @Test(
        arguments: [
            "", "\n\n", "zz 10 x", "10", "10 ", "10 20", "10 20 ", "10 0 nothing", "ffffffffffffffff 2 over",
            "11111111111111111 1 long", "0x 1 x", "10 20\tname",
        ])
    func `a line of another form is passed over`(text: String) {
        #expect(PerfMap(parsing: Array(text.utf8)).count == 0)
    }
}
