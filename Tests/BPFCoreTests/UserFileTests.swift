// SPDX-License-Identifier: Apache-2.0

import BPFObject
import CBPF
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import BPFCore

/// Programs and libraries are looked for in a folder that stands in for the machine.
struct UserFileTests {
    private func places(_ text: String, in file: String, on kernel: FakeKernel) throws -> [UserSymbols.Place] {
        let finder = UserFileFinder(roots: kernel.roots, process: nil)
        let found = try finder.find(file)
        return try UserSymbols(found, name: file, finder: finder).places(UserSymbolPattern(text), offset: 0)
    }

    private func refusal(_ body: () throws -> Void) throws -> BPFError {
        try #require(#expect(throws: BPFError.self) { try body() })
    }

    private func machine(_ files: [String: TinyELF]) throws -> FakeKernel {
        let kernel = try FakeKernel()
        for (path, elf) in files { try kernel.write(Data(elf.bytes), to: path) }
        return kernel
    }

    private func program(_ symbols: TinyELF.Symbol...) -> TinyELF {
        var elf = TinyELF()
        elf.symbols = symbols
        return elf
    }

    @Test func `a library is found by its name, with and without its version, and a command too`() throws {
        let elf = program(.init(name: "work", address: 0x1100))
        let kernel = try machine(["usr/lib/libwork.so.3": elf, "usr/bin/worker": elf])
        for name in ["libwork.so.3", "libwork.so", "libwork", "worker", "/usr/bin/worker"] {
            #expect(try places("work", in: name, on: kernel) == [.init(offset: 0x1100, name: "work")], "\(name)")
        }
        let library = try refusal { _ = try places("work", in: "libwrok.so.3", on: kernel) }
        #expect(library.isTargetMissing && library.diagnostic.message == "there is no library libwrok.so.3")
        let path = try refusal { _ = try places("work", in: "/usr/bin/wroker", on: kernel) }
        #expect(path.diagnostic.cause?.contains("ENOENT") == true)
        #expect(try refusal { _ = try UserFileFinder(roots: kernel.roots, process: 1 << 30).find("x") }.isTargetMissing)
    }

    @Test func `of a library's files the newest for this machine is taken, and no script and no other library`() throws
    {
        let elf = program(.init(name: "work", address: 0x1100))
        var other = elf
        other.machine = 8
        let kernel = try machine([
            "usr/lib/libwork.so.2": elf, "usr/lib/libwork.so.10": elf, "usr/lib/libwork.so.11": other,
            "usr/lib/libwork-client.so": elf,
        ])
        try kernel.write("GROUP ( /usr/lib/libwork.so.10 )\n", to: "usr/lib/libwork.so")
        let finder = UserFileFinder(roots: kernel.roots, process: nil)
        #expect(try finder.find("libwork").seenAs == "/usr/lib/libwork.so.10")
        #expect(try finder.find("libwork.so.2").seenAs == "/usr/lib/libwork.so.2")
        // What nothing better is there for is told as what it is.
        let alone = try machine([:])
        try alone.write("GROUP ( x )\n", to: "usr/lib/libscript.so")
        let error = try refusal { _ = try places("work", in: "libscript", on: alone) }
        #expect(error.diagnostic.cause == "it is no ELF file")
    }

    @Test
    func `only the regular file that a path led to is opened, and the kernel gets no name that others may change`()
        throws
    {
        let kernel = try machine(["usr/bin/worker": program(.init(name: "work", address: 0x1100))])
        try FileManager.default.createSymbolicLink(
            atPath: kernel.folder + "/usr/bin/device", withDestinationPath: "/dev/null")
        let error = try refusal { _ = try places("work", in: "/usr/bin/device", on: kernel) }
        #expect(error.diagnostic.cause?.hasSuffix("it is no regular file") == true)
        let file = try UserFileFinder(roots: kernel.roots, process: nil).find("/usr/bin/worker")
        let folder = kernel.folder + "/usr/bin"
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
        #expect(file.pathForKernel == file.ownPath)
        #expect(UserFile.Identity(path: file.ownPath) == file.identity)
        // A file of the system keeps its name.
        let own = try UserFileFinder(roots: KernelRoots(), process: nil).find("/bin/sh")
        #expect(own.pathForKernel.hasPrefix("/") && !own.pathForKernel.hasPrefix("/proc"))
        // Replaced since, it is found by no name.
        try FileManager.default.removeItem(atPath: folder + "/worker")
        try kernel.write("x", to: "usr/bin/worker")
        #expect(file.pathForKernel == file.ownPath)
    }

    @Test func `a file with holes is not read to its end for its sum`() throws {
        let kernel = try machine([:])
        try kernel.write("", to: "large")
        try #require(truncate(kernel.folder + "/large", 5 << 30) == 0)
        #expect(try UserFile.open(kernel.folder + "/large").crc() == nil)
    }

    @Test func `a name that others may use comes before one of the file's own, and versions are told`() throws {
        var elf = program(.init(name: "both", address: 0x1100))
        elf.dynamicSymbols = [
            .init(name: "both", address: 0x1200), .init(name: "gone", address: 0x1300),
            .init(name: "gone", address: 0x1400),
        ]
        elf.versions = [3, 0x8002, 0x8003]
        let kernel = try machine(["bin/x": elf])
        #expect(try places("both", in: "/bin/x", on: kernel).map(\.offset) == [0x1200])
        #expect(try places("b*h", in: "/bin/x", on: kernel).map(\.offset) == [0x1200, 0x1100])
        let error = "\(try refusal { _ = try places("gone", in: "/bin/x", on: kernel) })"
        #expect(error.contains("2 versions of gone") && error.contains("name one: gone@NEW"), "\(error)")
    }

    @Test func `a hostile name stays as it is`() {
        let pairs = (0..<60).map { number in
            let name = number == 0 ? "" : String(number - 1, radix: 36).uppercased()
            return "S\(name)_S\(name)_E"
        }
        for name in [
            "_Z1fSt4pairIiiE" + pairs.map { "S_I" + $0 }.joined(),
            "$s1a1fyySDyS2iG" + String(repeating: "SDyA2_G", count: 60),
        ] {
            #expect((Demangler.name(name)?.utf8.count ?? 0) <= 1 << 20)
        }
    }

    @Test func `a name that grows when it is written out stays as it is`() {
        // Each S1_ stands for all before it, and the text doubles.
        let parts = (0..<24).reduce("3aaa") { text, _ in "St4pairI\(text)S_E" }
        let name = "_Z1fN" + String(repeating: "10aaaaaaaaaa", count: 160) + "E"
        for mangled in [name, "_Z1f" + parts] {
            #expect(Demangler.readable(mangled).utf8.count <= 4_096)
        }
        #expect(Demangler.readable("_Z1fi") == "f(int)")
    }

    @Test func `a file is found in a process's memory by what it is, where devices have two numbers`() throws {
        let elf = program(.init(name: "work", address: 0x1100))
        let kernel = try machine(["usr/bin/worker": elf, "usr/bin/other": elf])
        let file = try UserFileFinder(roots: kernel.roots, process: nil).find("/usr/bin/worker")
        let lines = [
            "1000-3000 r-xp 00001000 00:2f \(file.identity.inode) /usr/bin/worker",
            "5000-7000 r-xp 00001000 00:2f 99 /upper/worker", "9000-a000 r-xp 00001000 00:2f 98 /usr/bin/other",
            "b000-c000 rw-p 00001000 00:2f \(file.identity.inode) /usr/bin/worker",
        ]
        try kernel.write(lines.joined(separator: "\n") + "\n", to: "proc/77/maps")
        try FileManager.default.createDirectory(
            atPath: kernel.folder + "/proc/77/map_files", withIntermediateDirectories: true)
        for (range, name) in [("1000-3000", "worker"), ("5000-7000", "worker"), ("9000-a000", "other")] {
            try FileManager.default.createSymbolicLink(
                atPath: kernel.folder + "/proc/77/map_files/" + range,
                withDestinationPath: kernel.folder + "/usr/bin/" + name)
        }
        let found = ProcessMemory.mappings(of: file, process: nil, roots: kernel.roots)
        #expect(found.map(\.start) == [0x1000, 0x5000])
        #expect(found.compactMap { $0.address(ofOffset: 0x1100) } == [0x1100, 0x5100])
    }

    @Test func `an address stays known as long as one program is there`() {
        var users = AddressUsers()
        users.add(0x1000)
        users.add(0x1000)
        users.add(0x2000)
        #expect(!users.isLast(0x1000) && users.isLast(0x1000) && users.isLast(0x2000))
    }

    @Test func `a pipe is no program, and is not waited for`() throws {
        let kernel = try machine([:])
        try #require(mkfifo(kernel.folder + "/pipe", 0o600) == 0)
        let error = try refusal { _ = try places("main", in: "/pipe", on: kernel) }
        #expect(error.diagnostic.cause?.hasSuffix("it is no regular file") == true)
    }

    @Test func `a stripped program has the symbols of its debug file, if that is of the same build`() throws {
        var stripped = TinyELF()
        stripped.buildID = [0xab, 0xcd, 0xef]
        stripped.debugLink = ("worker.debug", 0)
        var symbols = program(.init(name: "hidden", address: 0x1200))
        symbols.buildID = [0xab, 0xcd, 0xef]
        for path in ["usr/lib/debug/.build-id/ab/cdef.debug", "usr/bin/.debug/worker.debug"] {
            let kernel = try machine(["usr/bin/worker": stripped, path: symbols])
            #expect(
                try places("hidden", in: "worker", on: kernel) == [.init(offset: 0x1200, name: "hidden")], "\(path)")
        }
        symbols.buildID = [1, 2, 3]
        let other = try machine(["usr/bin/worker": stripped, "usr/bin/worker.debug": symbols])
        let error = try refusal { _ = try places("hidden", in: "worker", on: other) }
        #expect(error.diagnostic.message == "worker has no symbols")
        // Without build ids it is the CRC of the file.
        stripped.buildID = []
        symbols.buildID = []
        let crc = symbols.bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0xedb8_8320) }
        }
        for (sum, isRight) in [(~crc, true), (crc, false)] {
            stripped.debugLink = ("worker.debug", sum)
            let kernel = try machine(["usr/bin/worker": stripped, "usr/bin/worker.debug": symbols])
            let found = try? places("hidden", in: "worker", on: kernel)
            #expect((found != nil) == isRight)
        }
    }

    @Test func `in a container the debug file is one of the container, by a debug link too`() throws {
        var stripped = TinyELF()
        stripped.debugLink = ("worker.debug", 0)
        stripped.buildID = [0xab, 0xcd, 0xef]
        var symbols = program(.init(name: "hidden", address: 0x1200))
        symbols.buildID = stripped.buildID
        var foreign = program(.init(name: "hidden", address: 0x1800))
        foreign.buildID = stripped.buildID
        for path in ["opt/worker.debug", "opt/.debug/worker.debug", "usr/lib/debug/opt/worker.debug"] {
            // Outside of it is another file of the name.
            let kernel = try machine([
                "proc/7/root/opt/worker": stripped, "proc/7/root/\(path)": symbols, path: foreign,
            ])
            let finder = UserFileFinder(roots: kernel.roots, process: 7)
            let found = try UserSymbols(try finder.find("/opt/worker"), name: "/opt/worker", finder: finder)
                .places(UserSymbolPattern("hidden"), offset: 0)
            #expect(found == [.init(offset: 0x1200, name: "hidden")], "\(path)")
        }
    }

    @Test func `of a file that is named by way of a process the debug file is one that the process sees`() throws {
        var stripped = TinyELF()
        stripped.buildID = [0xab, 0xcd, 0xef]
        var symbols = program(.init(name: "hidden", address: 0x1200))
        symbols.buildID = stripped.buildID
        for path in ["usr/lib/debug/.build-id/ab/cdef.debug", "opt/worker.debug"] {
            stripped.debugLink = ("worker.debug", 0)
            let kernel = try machine(["proc/7/root/opt/worker": stripped, "proc/7/root/\(path)": symbols])
            #expect(
                try places("hidden", in: "/proc/7/root/opt/worker", on: kernel)
                    == [.init(offset: 0x1200, name: "hidden")], "\(path)")
            let finder = UserFileFinder(roots: kernel.roots, process: nil)
            let file = try finder.find("/proc/7/root/opt/worker")
            #expect(finder.home(of: file)?.path == "/opt/worker" && finder.home(of: file)?.finder.process == 7)
        }
        // What no process is asked for has its debug file on the machine.
        let kernel = try machine(["opt/worker": stripped])
        let finder = UserFileFinder(roots: kernel.roots, process: nil)
        #expect(try finder.home(of: finder.find("/opt/worker")) == nil)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/xz"), "xz packs the symbols"))
    func `symbols that are packed into the file itself are found`() throws {
        let kernel = try machine(["symbols": program(.init(name: "hidden", address: 0x1200))])
        _ = try runProcess("/usr/bin/xz", [kernel.folder + "/symbols"])
        var stripped = TinyELF()
        stripped.debugData = Array(try Data(contentsOf: URL(fileURLWithPath: kernel.folder + "/symbols.xz")))
        try kernel.write(Data(stripped.bytes), to: "usr/bin/worker")
        let found = try? places("hidden", in: "worker", on: kernel)
        if FileManager.default.fileExists(atPath: "/usr/lib/x86_64-linux-gnu/liblzma.so.5") {
            #expect(found == [.init(offset: 0x1200, name: "hidden")])
        }
        // Cut off it is no xz file.
        stripped.debugData.removeLast(8)
        try kernel.write(Data(stripped.bytes), to: "usr/bin/worker")
        let error = try refusal { _ = try places("hidden", in: "worker", on: kernel) }
        #expect(error.diagnostic.message == "worker has no symbols")
        #expect(
            error.diagnostic.cause?.contains(XZ.isThere ? "damaged or larger than 64 MiB" : "no liblzma.so.5") == true)
        // Where others use some of its functions, it is said of one of its own.
        stripped.dynamicSymbols = [.init(name: "others", address: 0x1100)]
        try kernel.write(Data(stripped.bytes), to: "usr/bin/worker")
        let one = try refusal { _ = try places("hidden", in: "worker", on: kernel) }
        #expect(one.diagnostic.cause?.contains(".gnu_debugdata") == true, "\(one)")
    }

    @Test func `what takes no probe is told, with what is near`() throws {
        let kernel = try machine([
            "bin/x": program(
                .init(name: "compute", address: 0x1100), .init(name: "same", address: 0x1200),
                .init(name: "same", address: 0x1300), .init(name: "choice", address: 0x1400, type: 10),
                .init(name: "__choice_fast", address: 0x1500), .init(name: "_ZN2ns7workingEi", address: 0x1600),
                .init(name: "nowhere", address: 0x9000))
        ])
        func diagnostic(_ text: String) throws -> String {
            "\(try refusal { _ = try places(text, in: "/bin/x", on: kernel) })"
        }
        #expect(try diagnostic("compuet").contains("did you mean compute?"))
        #expect(try diagnostic("working").contains("did you mean ns::working(int)?"))
        #expect(try diagnostic("same").contains("at 0x1200, 0x1300"))
        #expect(try diagnostic("choice").contains("__choice_fast"))
        #expect(try diagnostic("nowhere").contains("no part of the file that is executed"))
        #expect(try places("ns::working", in: "/bin/x", on: kernel).map(\.offset) == [0x1600])
        #expect(try places("c*", in: "/bin/x", on: kernel).map(\.name) == ["compute"])
    }

    @Test func `names of C++, Rust and Swift are made readable`() {
        #expect(Demangler.name("_ZN2ns5Class6methodEi") == "ns::Class::method(int)")
        #expect(Demangler.name("$s4main3FooV3bar1xS2i_tF") == "main.Foo.bar(x: Swift.Int) -> Swift.Int")
        #expect(Demangler.name("_RNvNtCs1234_5crate6module8function") == "crate::module::function")
        #expect(Demangler.name("_Znothing") == nil && Demangler.name("$s") == nil)
    }

    @Test func `xz is unpacked where the machine has the library, and only so much`() throws {
        // 4096 times "symbols\n".
        let packed: [UInt8] = [
            0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00, 0x21, 0x01,
            0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0xe0, 0x7f, 0xff, 0x00, 0x4a, 0x5d, 0x00, 0x39,
            0x9e, 0x49, 0xdd, 0x94, 0x71, 0x47, 0x96, 0x07, 0x4a, 0x16, 0x33, 0xca, 0x87, 0x49, 0xcb, 0xaf,
            0x97, 0x8c, 0x26, 0xeb, 0xeb, 0xc4, 0x71, 0x20, 0x2b, 0x1a, 0xfa, 0x64, 0x7f, 0xf7, 0xf0, 0x29,
            0xdc, 0x8e, 0x08, 0x7a, 0xf3, 0xe1, 0xe3, 0x89, 0x81, 0x74, 0xc2, 0x63, 0x8d, 0x43, 0xd2, 0x10,
            0x4d, 0x73, 0xd9, 0x51, 0x24, 0x2f, 0x52, 0xfc, 0xd5, 0xc9, 0x52, 0x5c, 0x35, 0x5a, 0x4a, 0xa9,
            0xc9, 0x82, 0x3b, 0xc9, 0xe9, 0x4f, 0xc7, 0xd2, 0x2a, 0x00, 0x00, 0x00, 0xe0, 0x78, 0x61, 0xcc,
            0x00, 0x01, 0x62, 0x80, 0x80, 0x02, 0x00, 0x00, 0x4b, 0xa8, 0x52, 0xd9, 0x3e, 0x30, 0x0d, 0x8b,
            0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
        ]
        if let plain = XZ.unpacked(packed, limit: 1 << 20) {
            #expect(plain == Array(String(repeating: "symbols\n", count: 4096).utf8))
        } else {
            #expect(!FileManager.default.fileExists(atPath: "/usr/lib/x86_64-linux-gnu/liblzma.so.5"))
        }
        #expect(XZ.unpacked(packed, limit: 1 << 10) == nil)
        // A header alone is no file.
        #expect(XZ.unpacked(Array(packed.prefix(12)), limit: 1 << 20) == nil)
        #expect(XZ.unpacked([], limit: 1 << 20) == nil)
    }
}
