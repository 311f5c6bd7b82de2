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
