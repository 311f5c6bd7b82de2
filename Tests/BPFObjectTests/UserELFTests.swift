// SPDX-License-Identifier: Apache-2.0

import BPFObject
import TestSupport
import Testing

extension TinyELF {
    /// A file with some parts.
    fileprivate init(_ change: (inout TinyELF) -> Void) {
        self.init()
        change(&self)
    }

    /// The file as it is read.
    fileprivate func read() throws -> UserELF { try UserELF(FileInMemory(bytes)) }
}

struct UserELFTests {
    private func found(_ text: String, _ elf: UserELF, demangle: (String) -> String? = { _ in nil }) -> [String] {
        let tables = [elf.dynamicSymbols, elf.symbols].compactMap { $0 }
        return UserSymbolPattern(text).symbols(in: tables, demangle: demangle).map {
            $0.name + ($0.version.map { "@" + $0 } ?? "") + " 0x" + String($0.address, radix: 16)
        }
    }

    @Test func `an address is a place of the file, of libraries and of programs that are fixed or prelinked`() throws {
        for (isFixed, address) in [(false, UInt64(0x1000)), (true, 0x401000), (false, 0x3f_0000_1000)] {
            let elf = try TinyELF { ($0.isFixed, $0.codeAddress) = (isFixed, address) }.read()
            #expect(elf.isFixed == isFixed)
            #expect(elf.fileOffset(of: address + 0x139) == 0x1139)
            #expect(elf.fileOffset(of: address + 0x1000) == nil)
            #expect(elf.fileOffset(of: address &- 1) == nil)
            // Data is no code, and is there all the same.
            #expect(elf.fileOffset(of: 0x4010) == nil)
            #expect(elf.fileOffset(of: 0x4010, isCode: false) == 0x2010)
        }
    }

    @Test func `a function is found in the tables of both kinds, once`() throws {
        var elf = TinyELF()
        elf.symbols = [
            .init(name: "main", address: 0x1100), .init(name: "shared", address: 0x1200),
            .init(name: "variable", address: 0x4000, type: 1, section: 2),
            .init(name: "elsewhere", address: 0, section: 0), .init(name: "label", address: 0x1300, type: 0),
            .init(name: "data_start", address: 0x4000, type: 0, section: 2),
            .init(name: "absolute", address: 0x1400, type: 0, section: 0xfff1),
            .init(name: "$a", address: 0x1500, type: 0), .init(name: "$sa", address: 0x1600),
        ]
        elf.dynamicSymbols = [.init(name: "shared", address: 0x1200)]
        let read = try elf.read()
        #expect(found("main", read) == ["main 0x1100"])
        #expect(found("shared", read) == ["shared 0x1200"])
        #expect(found("label", read) == ["label 0x1300"])
        for other in ["variable", "elsewhere", "mai", "data_start", "absolute", "$a"] {
            #expect(found(other, read).isEmpty, "\(other)")
        }
        // Who names a label means it, and a pattern means functions.
        #expect(found("*a*", read) == ["shared 0x1200", "main 0x1100", "$sa 0x1600"])
        #expect(found("mai?", read) == ["main 0x1100"])
        #expect(
            read.addresses(ofVariables: ["variable", "data_start", "main", "absolute", "none"]) == [
                "variable": 0x4000, "data_start": 0x4000,
            ])
    }

    @Test func `of a weak function and another of its name the other is meant`() throws {
        let read = try TinyELF {
            $0.symbols = [
                .init(name: "same", address: 0x1100, isWeak: true), .init(name: "same", address: 0x1200),
                .init(name: "lonely", address: 0x1300, isWeak: true),
            ]
        }.read()
        #expect(found("same", read) == ["same 0x1200"])
        #expect(found("lonely", read) == ["lonely 0x1300"])
        #expect(found("s*e", read) == ["same 0x1100", "same 0x1200"])
    }

    @Test func `more functions than are wanted are not collected`() throws {
        let read = try TinyELF {
            $0.symbols = (0..<100).map { .init(name: "f\($0)", address: 0x1000 + UInt64($0)) }
        }.read()
        let tables = [try #require(read.symbols)]
        #expect(UserSymbolPattern("f*").symbols(in: tables, limit: 10) { _ in nil }.count == 11)
        #expect(UserSymbolPattern("f*").symbols(in: tables, limit: 100) { _ in nil }.count == 100)
    }

    @Test func `many versions of one name take no time to be told apart`() throws {
        // 40 thousand old versions, each at a place of its own: pairs of them would be a billion.
        let read = try TinyELF {
            $0.dynamicSymbols = (0..<40_000).map { .init(name: "copy", address: 0x1000 + UInt64($0)) }
            $0.versions = Array(repeating: 0x8002, count: 39_999) + [3]
        }.read()
        #expect(found("*", read) == ["copy@NEW 0x\(String(0x1000 + 39_999, radix: 16))"])
    }

    @Test(arguments: [
        ("_ZN2ns5Class6methodEi", true), ("_Z3maxIiET_S0_S0_", true),
        ("_ZSt11make_uniqueI3FooJiEENSt8__detail9_MakeUniqIT_E15__single_objectEDpOT0_", true),
        ("_ZNSt6vectorISsSaISsEE9push_backERKSs", true), ("$s4main3FooV3bar1xS2i_tF", true),
        ("$s4main5StoreC6insert_2atyx_SitF", true),
        ("_Z1fSt4pairIiiE" + (0..<40).map { "S\(UserELFTests.seq($0))_S\(UserELFTests.seq($0))_E" }.joined(), false),
        ("_Z1fIJiiiiiiiiEEv" + String(repeating: "DpT_ES_E", count: 20), false),
        ("$s1a1fyySDyS2iG" + String(repeating: "SDyA2_G", count: 40) + "F", false),
        ("$s1a1fyyA2000A_GA2000A_GF", false),
    ])
    func `a name that grows without end when it is written out shows it before`(name: String, isBounded: Bool) {
        #expect((Mangling.bound(ofReadable: name).map { $0 <= 1 << 20 } ?? false) == isBounded)
    }

    fileprivate static func seq(_ number: Int) -> String {
        number == 0 ? "" : String(number - 1, radix: 36).uppercased()
    }

    @Test func `of several versions the one is meant that programs get, or the one that is named`() throws {
        var elf = TinyELF()
        elf.dynamicSymbols = [
            .init(name: "copy", address: 0x1100), .init(name: "copy", address: 0x1200),
            .init(name: "ancient", address: 0x1300),
        ]
        elf.versions = [0x8002, 3, 0x8002]
        let read = try elf.read()
        #expect(found("copy", read) == ["copy@NEW 0x1200"])
        #expect(found("copy@OLD", read) == ["copy@OLD 0x1100"])
        #expect(found("copy@@NEW", read) == ["copy@NEW 0x1200"])
        #expect(found("copy@NEWER", read).isEmpty)
        // One that only has an old version is better than none.
        #expect(found("ancient", read) == ["ancient@OLD 0x1300"])
        // In .symtab the version is part of the name.
        let linked = try TinyELF {
            $0.symbols = [
                .init(name: "copy@@V2", address: 0x1400), .init(name: "copy@V1", address: 0x1500),
            ]
        }.read()
        #expect(found("copy", linked) == ["copy@V2 0x1400"])
        #expect(found("copy@V1", linked) == ["copy@V1 0x1500"])
    }

    @Test func `a name of C++, Rust or Swift is meant as it is written in the source`() throws {
        let names = [
            "_ZN2ns5Class6methodEi": "ns::Class::method(int)",
            "_ZN2ns5Class6methodEPKc": "ns::Class::method(char const*)",
            "_Z3maxIiET_S0_S0_": "int max<int>(int, int)",
            "_ZN12_GLOBAL__N_16hiddenEv": "(anonymous namespace)::hidden()",
            "_ZN5crate6module8function17h0123456789abcdefE": "crate::module::function::h0123456789abcdef",
            "$s4main3FooV3bar1xS2i_tF": "main.Foo.bar(x: Swift.Int) -> Swift.Int", "_ZnotC": nil,
        ]
        var elf = TinyELF()
        for (place, name) in names.keys.sorted().enumerated() {
            elf.symbols.append(.init(name: name, address: 0x1000 + UInt64(place) * 0x20))
        }
        elf.symbols.append(.init(name: "_RNvNtCs1234_5crate6module8function", address: 0x1800))
        let read = try elf.read()
        let demangle = { (name: String) in names[name].flatMap { $0 } ?? Mangling.rustPath(name) }
        func count(_ text: String) -> Int { found(text, read, demangle: demangle).count }
        #expect(count("ns::Class::method") == 2)
        #expect(count("ns::Class::method(int)") == 1)
        #expect(count("ns::*") == 2)
        #expect(count("max<int>") == 1)
        #expect(count("(anonymous namespace)::hidden") == 1)
        #expect(count("crate::module::function") == 2)
        #expect(count("main.Foo.bar") == 1)
        #expect(count("ns::Class::metho") == 0)
        #expect(count("ns::Class::method(long)") == 0)
        // The name in the file is always right.
        #expect(count("_Z3maxIiET_S0_S0_") == 1)
    }

    @Test(arguments: [
        ("main::deep::Thing$LT$u64$GT$::inner::h9989d8730b5a6b71", "main::deep::Thing<u64>::inner"),
        ("std::rt::start::_$u7b$$u7b$closure$u7d$$u7d$::hdbee5a3fa7ab6636", "std::rt::start::{{closure}}"),
        ("_$LT$$RF$T$u20$as$u20$a..Show$GT$::show::h0123456789abcdef", "<&T as a::Show>::show"),
        ("a::_b$c$u110000$::h0123456789abcdef", "a::_b$c$u110000$"), ("::h0123456789abcdef", nil),
        ("ns::Class::method(int)", nil), ("a::h0123456789abcdeg", nil),
    ])
    func `names of the older mangling of Rust are written as in the source`(readable: String, path: String?) {
        #expect(Mangling.rustPath(ofReadable: readable) == path)
    }

    @Test func `a pattern takes no more time than both lengths multiplied`() {
        let name = Array(String(repeating: "a", count: 10_000).utf8)
        let pattern = Array((String(repeating: "a*", count: 500) + "b").utf8)
        #expect(!Glob.matches(pattern[...], name[...]))
        #expect(Glob.matches(Array("*".utf8)[...], []))
        #expect(Glob.matches(Array("a?c*".utf8)[...], Array("abcdef".utf8)[...]))
        #expect(!Glob.matches(Array("a?".utf8)[...], Array("a".utf8)[...]))
    }

    @Test func `tracepoints have their places, their counters and their arguments`() throws {
        var elf = TinyELF {
            $0.notes = [
                .init(name: "first", address: 0x1010, base: 0x500, semaphore: 0x4008, arguments: "-4@%edi"),
                .init(name: "first", address: 0x1020, base: 0x500, semaphore: 0x4008, arguments: "-4@$1"),
                .init(provider: "other", name: "second", address: 0x9000, base: 0x500),
            ]
        }
        let probes = try elf.read().tracepoints()
        #expect(probes.map(\.name) == ["first", "first", "second"])
        #expect(probes.map(\.offset) == [0x1010, 0x1020, nil])
        #expect(probes.map(\.semaphoreOffset) == [0x2008, 0x2008, nil])
        #expect(probes[1].arguments.map(\.place) == [.constant(1)])
        // Moved by a prelinker, which leaves the notes as they were.
        (elf.base, elf.codeAddress, elf.dataAddress) = (0x40_0500, 0x40_1000, 0x40_4000)
        let moved = try elf.read().tracepoints()
        #expect(moved.map(\.offset) == [0x1010, 0x1020, nil])
        #expect(moved.map(\.address) == [0x40_1010, 0x40_1020, 0x40_9000])
        #expect(moved[0].semaphoreOffset == 0x2008)
        #expect(try TinyELF().read().tracepoints().isEmpty)
    }

    @Test func `an argument in a variable is found from where the tracepoint is`() throws {
        let elf = try TinyELF { $0.notes = [.init(address: 0x1010, arguments: "4@counter+4(%rip) 8@gone(%rip)")] }
            .read()
        let probe = try elf.tracepoints()[0].reading(variables: ["counter": 0x4000])
        guard case .memory(let register, let displacement) = probe.arguments[0].place else {
            Issue.record("\(probe.arguments[0])")
            return
        }
        #expect(register.name == "rip" && displacement == 0x4004 - 0x1010)
        guard case .unreadable = probe.arguments[1].place else {
            Issue.record("\(probe.arguments[1])")
            return
        }
        #expect(try elf.tracepoints()[0].variables == ["counter", "gone"])
        // A probe that sits behind the tracepoint has the variable nearer.
        guard case .memory(let same, let nearer) = probe.probed(behind: 1).arguments[0].place else {
            Issue.record("\(probe.probed(behind: 1).arguments[0])")
            return
        }
        #expect(same.name == "rip" && nearer == displacement - 1)
        let other = try TinyELF { $0.notes = [.init(address: 0x1010, arguments: "4@8(%rbp) 8@%rdi")] }.read()
            .tracepoints()[0]
        #expect(other.probed(behind: 1) == other)
    }

    @Test func `a file names the file that has its symbols`() throws {
        let elf = try TinyELF { ($0.buildID, $0.debugLink) = ([0xab, 0xcd, 0xef], ("prog.debug", 0x1234_5678)) }.read()
        #expect(elf.buildID == [0xab, 0xcd, 0xef])
        #expect(elf.debugLink?.name == "prog.debug" && elf.debugLink?.crc == 0x1234_5678)
        #expect(try TinyELF { $0.debugLink = ("../../etc/passwd", 1) }.read().debugLink == nil)
        #expect(try TinyELF().read().buildID == nil)
    }

    @Test func `what is no program is said to be none`() {
        #expect(throws: UserELFError.notELF) { try UserELF(FileInMemory([])) }
        #expect(throws: UserELFError.notELF) {
            try UserELF(FileInMemory(Array("#!/bin/sh\n".utf8) + .init(repeating: 0, count: 100)))
        }
        var narrow = TinyELF().bytes
        narrow[4] = 1
        #expect(throws: UserELFError.narrow) { try UserELF(FileInMemory(narrow)) }
        var object = TinyELF().bytes
        object[16] = 1
        #expect(throws: UserELFError.otherType(1)) { try UserELF(FileInMemory(object)) }
    }

    @Test func `no file does harm, however it is cut or changed`() throws {
        var elf = TinyELF { ($0.buildID, $0.debugLink) = ([1, 2, 3], ("a", 1)) }
        elf.symbols = [.init(name: "main", address: 0x1100)]
        elf.dynamicSymbols = [.init(name: "copy", address: 0x1100), .init(name: "copy", address: 0x1200)]
        elf.versions = [0x8002, 3]
        elf.notes = [.init(address: 0x1010, semaphore: 0x4008, arguments: "-4@%edi 8@(%rax,%rbx,8)")]
        elf.base = 0x600
        let bytes = elf.bytes
        func use(_ bytes: [UInt8]) {
            guard let read = try? UserELF(FileInMemory(bytes)) else { return }
            _ = found("*", read)
            _ = try? read.tracepoints()
            _ = (read.buildID, read.debugLink, read.compressedSymbols)
            _ = read.fileOffset(of: .max)
        }
        for count in stride(from: 0, to: bytes.count, by: 7) { use(Array(bytes[..<count])) }
        // The headers and the tables behind the parts that are mapped.
        for place in Array(0..<176) + Array(0x2100..<bytes.count) {
            for value in [UInt8(0), 0x7f, 0xff] {
                var changed = bytes
                changed[place] = value
                use(changed)
            }
        }
    }
}

struct LibraryNameTests {
    @Test func `a library is meant by its name with or without its version`() {
        for (file, name) in [
            ("libc.so.6", "libc.so.6"), ("libc.so.6", "libc.so"), ("libc.so.6", "libc"), ("libc-2.31.so", "libc"),
            ("bash", "bash"), ("libfoo.so", "libfoo"),
        ] { #expect(LibraryName.isMeant(file, by: name), "\(file) \(name)") }
        for (file, name) in [
            ("libcrypt.so.1", "libc"), ("libc.so.6", "libc.so.7"), ("bashful", "bash"), ("libc.so.60", "libc.so.6"),
            ("libc-client.so.2007", "libc"), ("libfoo.sound", "libfoo"),
        ] {
            #expect(!LibraryName.isMeant(file, by: name), "\(file) \(name)")
        }
        let names = ["libx.so.2", "libx.so.10", "libx.so", "libx.so.10.1", "libx.so.09"]
        #expect(
            names.sorted { LibraryName.isNewer($0, than: $1) } == [
                "libx.so.10.1", "libx.so.10", "libx.so.09", "libx.so.2", "libx.so",
            ])
    }

    private func cache(old: Bool, _ libraries: [(name: String, path: String, flags: UInt32, features: UInt64)])
        -> [UInt8]
    {
        func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
            (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        var entries: [UInt8] = []
        var strings: [UInt8] = []
        let start = 48 + libraries.count * 24
        for library in libraries {
            entries += little(library.flags) + little(UInt32(start + strings.count))
            strings += Array(library.name.utf8) + [0]
            entries += little(UInt32(start + strings.count)) + little(UInt32(0)) + little(library.features)
            strings += Array(library.path.utf8) + [0]
        }
        let new =
            Array("glibc-ld.so.cache1.1".utf8) + little(UInt32(libraries.count)) + little(UInt32(strings.count))
            + [UInt8](repeating: 0, count: 20) + entries + strings
        guard old else { return new }
        // One old library, and padding up to a multiple of 8.
        return Array("ld.so-1.7.0".utf8) + [0] + little(UInt32(1)) + [UInt8](repeating: 0, count: 16) + new
    }

    @Test(arguments: [false, true])
    func `the cache of the dynamic loader says where libraries are, those for every processor first`(old: Bool) {
        let bytes = cache(
            old: old,
            [
                ("libc.so.6", "/fast/libc.so.6", 0x0303, 1 << 62), ("libc.so.6", "/lib32/libc.so.6", 0x0803, 0),
                ("libc.so.6", "/lib/libc.so.6", 0x0303, 0), ("libm.so.6", "/lib/libm.so.6", 0x0303, 0),
            ])
        let cache = LibraryCache(parsing: bytes)
        #expect(cache.libraries.count == 4)
        #expect(cache.paths(of: "libc.so.6", machine: 62) == ["/lib/libc.so.6", "/fast/libc.so.6"])
        #expect(cache.paths(of: "libm", machine: 62) == ["/lib/libm.so.6"])
        #expect(cache.paths(of: "libm", machine: 183).isEmpty)
        #expect(cache.variants(of: "/lib/libc.so.6", machine: 62) == ["/fast/libc.so.6"])
        #expect(cache.variants(of: "/lib/libm.so.6", machine: 62).isEmpty)
        for count in 0..<bytes.count { _ = LibraryCache(parsing: Array(bytes[..<count])) }
    }

    @Test func `a line of a process's memory is read, its path with spaces`() throws {
        let line =
            "7f12a0000000-7f12a0020000 r-xp 00001000 fe:01 1234                       /opt/my lib/libx.so (deleted)"
        let mapping = try #require(ProcessMapping(line: line))
        #expect(mapping.isExecutable && mapping.inode == 1234 && mapping.device == "fe:01")
        #expect(mapping.path == "/opt/my lib/libx.so (deleted)")
        #expect(mapping.address(ofOffset: 0x1010) == 0x7f12_a000_0010)
        #expect(mapping.address(ofOffset: 0xfff) == nil && mapping.address(ofOffset: 0x21000) == nil)
        #expect(ProcessMapping(line: "7ff-7ff r-xp 0 0:0 0") == nil)
        #expect(ProcessMapping(line: "x") == nil)
    }
}
