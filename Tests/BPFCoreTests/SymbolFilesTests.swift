// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Foundation
import Symbolication
import TestSupport
import Testing

@testable import BPFCore

/// Files for stacks of processes that are gone, or of another machine.
struct SymbolFilesTests {
    private func program(_ name: String?, id: [UInt8]) -> TinyELF {
        var elf = TinyELF()
        elf.symbols = name.map { [.init(name: $0, address: 0x1100, size: 0x10)] } ?? []
        elf.buildID = id
        return elf
    }

    private func code(_ id: [UInt8], address: UInt64? = nil, path: String = "/usr/bin/worker") -> CodeMappings {
        var mapping = CodeMapping(start: 0x400000, end: 0x401000, offset: 0x1000, path: path, buildID: id)
        mapping.address = address
        return CodeMappings([mapping])
    }

    private func text(_ files: SymbolFiles, _ code: CodeMappings) -> String {
        files.places(of: [0x400102], in: code).joined().map {
            "\($0.function ?? $0.module ?? "?")+\(String($0.offset, radix: 16))"
        }.joined()
    }

    @Test func `a file of the build is taken from its path, and one of another build is not, which is told`() throws {
        let here = try FakeKernel()
        try here.write(Data(program("work", id: [1, 2, 3]).bytes), to: "usr/bin/worker")
        let files = SymbolFiles(folder: nil, roots: here.roots)
        #expect(text(files, code([1, 2, 3])) == "work+2" && files.mismatched.isEmpty)
        #expect(text(files, code([1, 2, 4])) == "worker+1102")
        #expect(files.mismatched.count == 1 && files.mismatched[0].hasSuffix("/usr/bin/worker"))
        // Without a build id nothing says that it is the file, and a path that leads elsewhere is none.
        #expect(text(files, code([])) == "worker+1102")
        #expect(text(files, code([1, 2, 3], path: "/usr/../usr/bin/worker")) == "worker+1102")
    }

    @Test func `code that was made while a process ran has the names that the capture tells`() throws {
        let files = SymbolFiles(folder: nil, roots: try FakeKernel().roots)
        let code = CodeMappings([
            CodeMapping(start: 0x700000, end: 0x701000, offset: 0, path: ""),
            CodeMapping(start: 0x800000, end: 0x801000, offset: 0, path: "/memfd:code"),
        ])
        let made = PerfMap(parsing: Array("700010 20 LazyCompile:~run\n800000 10 _ZN2ns4pathEi\n".utf8))
        func text(_ addresses: [UInt64], _ made: PerfMap?) -> [String] {
            files.places(of: addresses, in: code, made: made).joined().map {
                "\($0.function ?? $0.module ?? "?")+\(String($0.offset, radix: 16))"
            }
        }
        // The second address is behind a call at the end of its function.
        #expect(
            text([0x700012, 0x700030, 0x800004, 0x700100], made) == [
                "LazyCompile:~run+2", "LazyCompile:~run+20", "ns::path(int)+4", "?+0",
            ])
        #expect(text([0x700012], nil) == ["?+0"])
    }

    @Test func `a directory has the files of another machine, by path, by name and by build id`() throws {
        let here = try FakeKernel()
        for path in ["usr/bin/worker", "worker", ".build-id/01/0203.debug", "usr/lib/debug/.build-id/01/0203.debug"] {
            let there = try FakeKernel()
            try there.write(Data(program("moved", id: [1, 2, 3]).bytes), to: path)
            let files = SymbolFiles(folder: there.folder, roots: here.roots)
            #expect(text(files, code([1, 2, 3], address: 0x1000)) == "moved+2", "\(path)")
            #expect(text(files, code([9, 9, 9], address: 0x1000)) == "worker+1102", "\(path)")
        }
        // The user's word is enough where there are no build ids.
        let there = try FakeKernel()
        try there.write(Data(program("vouched", id: []).bytes), to: "usr/bin/worker")
        #expect(text(SymbolFiles(folder: there.folder, roots: here.roots), code([])) == "vouched+2")
    }

    @Test func `a stripped file has its names from the debug file in the directory`() throws {
        let there = try FakeKernel()
        try there.write(Data(program(nil, id: [1, 2, 3]).bytes), to: "usr/bin/worker")
        try there.write(Data(program("debugged", id: [1, 2, 3]).bytes), to: "usr/lib/debug/.build-id/01/0203.debug")
        let files = SymbolFiles(folder: there.folder, roots: try FakeKernel().roots)
        #expect(text(files, code([1, 2, 3])) == "debugged+2")
        #expect(files.places(ofBuildID: [1, 2, 3], offset: 0x1104).map(\.function) == ["debugged"])
        #expect(files.places(ofBuildID: [1, 2, 4], offset: 0x1104).isEmpty)
    }

    @Test func `a short build id is found behind which the kernel has zeros`() throws {
        for id in [[UInt8](1...8), [UInt8](1...16)] {
            let there = try FakeKernel()
            let name = id.dropFirst().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            try there.write(Data(program("short", id: id).bytes), to: "usr/lib/debug/.build-id/01/\(name).debug")
            let files = SymbolFiles(folder: there.folder, roots: try FakeKernel().roots)
            let padded = id + [UInt8](repeating: 0, count: 20 - id.count)
            #expect(files.places(ofBuildID: padded, offset: 0x1104).map(\.function) == ["short"])
            #expect(files.places(ofBuildID: padded.dropLast() + [1], offset: 0x1104).isEmpty)
        }
    }

    @Test(arguments: ["//proc/worker", "/./sys/worker", "/dev/worker", "/usr/./worker", "/"])
    func `a path of a capture that leads to files of the kernel is none`(path: String) throws {
        let here = try FakeKernel()
        for place in ["proc/worker", "sys/worker", "dev/worker", "usr/worker"] {
            try here.write(Data(program("work", id: [1, 2, 3]).bytes), to: place)
        }
        let files = SymbolFiles(folder: nil, roots: here.roots)
        #expect(files.places(of: [0x400102], in: code([1, 2, 3], path: path)).joined().map(\.function) == [nil])
    }

    @Test func `a part of memory that begins in front of its segment has the address of its first byte`() throws {
        let kernel = try FakeKernel()
        var elf = program("work", id: [1, 2, 3])
        elf.codeAddress = 0x5000
        try kernel.write(Data(elf.bytes), to: "usr/bin/worker")
        try kernel.write("77 (a) S 1" + String(repeating: " 0", count: 17) + " 4711 0\n", to: "proc/77/stat")
        try kernel.write("400000-402000 r-xp 00000000 08:01 1 /usr/bin/worker\n", to: "proc/77/maps")
        try FileManager.default.createSymbolicLink(
            atPath: kernel.folder + "/proc/77/root", withDestinationPath: kernel.folder)
        var reader = ProcessCodeReader(roots: kernel.roots, hasSameNumbers: true)
        let read = reader.read(77)
        let first = try #require(read)
        #expect(first.code.all.map(\.address) == [0x4000])
        // What is made at run time is no news.
        try kernel.write(
            "400000-402000 r-xp 00000000 08:01 1 /usr/bin/worker\n700000-701000 rwxp 00000000 00:00 0\n",
            to: "proc/77/maps")
        let second = reader.read(77, unless: first)
        #expect(second == first)
    }

    @Test func `the code of a process is read with the build ids of its files`() throws {
        let kernel = try FakeKernel()
        try kernel.write(Data(program("work", id: [1, 2, 3]).bytes), to: "usr/bin/worker")
        try kernel.write("77 (a) S 1" + String(repeating: " 0", count: 17) + " 4711 0\n", to: "proc/77/stat")
        try kernel.write("400000-401000 r-xp 00001000 08:01 1 /usr/bin/worker\n", to: "proc/77/maps")
        try FileManager.default.createSymbolicLink(
            atPath: kernel.folder + "/proc/77/root", withDestinationPath: kernel.folder)
        var reader = ProcessCodeReader(roots: kernel.roots, hasSameNumbers: true)
        let read = reader.read(77)
        let process = try #require(read)
        #expect(process.start == 4711 && process.code.all.map(\.buildID) == [[1, 2, 3]])
        #expect(process.code.all[0].address == 0x1000)
        let (missing, impossible) = (reader.read(78), reader.read(.max))
        #expect(missing == nil && impossible == nil && reader.image(of: 78) == nil)
        // The numbers of another namespace are those of other processes.
        var foreign = ProcessCodeReader(roots: kernel.roots, hasSameNumbers: false)
        let other = foreign.read(77)
        #expect(other == nil)
    }
}
