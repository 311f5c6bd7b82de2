// SPDX-License-Identifier: Apache-2.0

import BPFObject
import CBPF
import Foundation
import Symbolication
import Synchronization
import TestSupport
import Testing

@testable import BPFCore

/// The functions of processes: of this one, and of some that folders stand in for.
struct ProcessSymbolsTests {
    /// A /proc with one process, whose memory has one file.
    private final class Machine: Sendable {
        let kernel: FakeKernel
        let now = Atomic<UInt64>(1)

        init(_ elf: TinyELF, start: Int = 100) throws {
            kernel = try FakeKernel()
            try kernel.write(Data(elf.bytes), to: "usr/bin/worker")
            try link("root", to: kernel.folder)
            try link("exe", to: "/usr/bin/worker")
            try began(at: start)
            try map(["400000-401000 r-xp 00001000 08:01 1 /usr/bin/worker"])
            try kernel.write(
                "Name:\tworker\nUid:\t\(getuid())\t\(geteuid())\t0\t0\nNSpid:\t77\t5\n", to: "proc/77/status")
        }

        func link(_ name: String, to path: String) throws {
            let folder = kernel.folder + "/proc/77/"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: folder + name, withDestinationPath: path)
        }

        func began(at ticks: Int) throws {
            try kernel.write("77 (a) b) S 1" + String(repeating: " 0", count: 17) + " \(ticks) 0\n", to: "proc/77/stat")
        }

        func map(_ lines: [String]) throws {
            try kernel.write(lines.joined(separator: "\n") + "\n", to: "proc/77/maps")
        }

        func end() throws { try FileManager.default.removeItem(atPath: kernel.folder + "/proc/77") }

        func pass(_ nanoseconds: UInt64) { now.wrappingAdd(nanoseconds, ordering: .relaxed) }

        var symbols: ProcessSymbols {
            ProcessSymbols(roots: kernel.roots, hasSameNumbers: true, clock: { self.now.load(ordering: .relaxed) })
        }
    }

    private func worker(_ names: String...) -> TinyELF {
        var elf = TinyELF()
        elf.symbols = names.enumerated().map { .init(name: $1, address: 0x1100 + UInt64($0) * 0x100, size: 0x10) }
        return elf
    }

    private func text(_ places: [[CodePlace]]) -> [String] {
        places.joined().map { "\($0.function ?? $0.module ?? "?")+\(String($0.offset, radix: 16))" }
    }

    @Test func `functions of this process have their names, those of the vDSO too`() throws {
        let function = try #require(dlsym(nil, "getpgid"))
        let symbols = ProcessSymbols(hasSameNumbers: true)
        let places = symbols.places(of: [UInt64(UInt(bitPattern: function)), 1], process: UInt32(getpid())).flatMap(
            \.self)
        #expect(places[0].function?.hasSuffix("getpgid") == true && places[0].offset == 0, "\(places)")
        #expect(places[0].module?.hasPrefix("libc") == true && places[1] == CodePlace())
        let image = try #require(VDSO.image())
        let elf = try UserELF(FileInMemory(image))
        #expect(!FunctionIndex(elf).isEmpty)
    }

    @Test func `a caller is named by its call, and what no function has by its place in the file`() throws {
        let machine = try Machine(worker("work", "_ZN2ns4pathEi"))
        let places = machine.symbols.places(of: [0x400100, 0x400110, 0x400204, 0x400300, 0x7000], process: 77)
        // 0x1110 is behind the last call of work: a return address.
        #expect(text(places) == ["work+0", "work+10", "ns::path(int)+4", "worker+1300", "?+0"])
    }

    @Test func `a process that ended is remembered, and another one of its number is not taken for it`() throws {
        let machine = try Machine(worker("work"))
        let symbols = machine.symbols
        #expect(text(symbols.places(of: [0x400101], process: 77)) == ["work+1"])
        #expect(text(symbols.places(of: [0x400101], process: 78)) == ["?+0"])
        try machine.began(at: 200)
        try machine.map(["500000-501000 r-xp 00001000 08:01 1 /usr/bin/worker"])
        #expect(text(symbols.places(of: [0x400101, 0x500102], process: 77)) == ["?+0", "work+2"])
        try machine.end()
        #expect(text(symbols.places(of: [0x500101], process: 77)) == ["work+1"])
        machine.pass(ProcessSymbols.afterEnd)
        #expect(text(symbols.places(of: [0x500101], process: 77)) == ["?+0"])
    }

    @Test func `a list of functions that is older than the process is of another one`() throws {
        let machine = try Machine(worker("work"))
        try machine.map(["700000-701000 rwxp 00000000 00:00 0"])
        try machine.kernel.write("700000 10 old\n", to: "tmp/perf-5.map")
        let list = machine.kernel.folder + "/tmp/perf-5.map"
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: list)
        #expect(text(machine.symbols.places(of: [0x700001], process: 77)) == ["?+0"])
    }

    @Test func `libraries that come later are found, and not looked for at each unknown address`() throws {
        let machine = try Machine(worker("work"))
        let symbols = machine.symbols
        #expect(text(symbols.places(of: [0x600100], process: 77)) == ["?+0"])
        try machine.map(["600000-601000 r-xp 00001000 08:01 1 /usr/bin/worker"])
        #expect(text(symbols.places(of: [0x600101], process: 77)) == ["?+0"])
        machine.pass(ProcessSymbols.intervalOfUnknown)
        #expect(text(symbols.places(of: [0x600102], process: 77)) == ["work+2"])
    }

    @Test func `a stripped file has its names from its debug file, and not from one of another build`() throws {
        var elf = worker()
        elf.buildID = [0xab, 0xcd, 0xef]
        var debug = worker("moved")
        debug.buildID = elf.buildID
        let machine = try Machine(elf)
        try machine.kernel.write(Data(debug.bytes), to: "usr/lib/debug/.build-id/ab/cdef.debug")
        #expect(text(machine.symbols.places(of: [0x400101], process: 77)) == ["moved+1"])
        debug.buildID = [0xab, 0xcd, 0xee]
        try machine.kernel.write(Data(debug.bytes), to: "usr/lib/debug/.build-id/ab/cdef.debug")
        #expect(text(machine.symbols.places(of: [0x400101], process: 77)) == ["worker+1101"])
    }

    @Test func `the list of code that was made while a program ran goes with its code, and each later one`() throws {
        let machine = try Machine(worker("work"))
        let made = "700000-701000 rwxp 00000000 00:00 0"
        let file = "400000-401000 r-xp 00001000 08:01 1 /usr/bin/worker"
        try machine.map([file, made])
        try machine.kernel.write("700000 10 first\n700010 10 torn", to: "tmp/perf-5.map")
        var reader = ProcessCodeReader(roots: machine.kernel.roots, hasSameNumbers: true)
        let readFirst = reader.read(77)
        let first = try #require(readFirst)
        #expect(String(decoding: first.functions, as: UTF8.self) == "700000 10 first\n" && !first.isCut)
        #expect(first.code.all.count == 2)
        let same = reader.read(77, unless: first)
        #expect(same == first)
        try machine.kernel.write("700000 10 first\n700010 10 torn no more\n", to: "tmp/perf-5.map")
        let readSecond = reader.read(77, unless: first)
        let second = try #require(readSecond)
        #expect(String(decoding: second.functions, as: UTF8.self) == "700000 10 first\n700010 10 torn no more\n")
        // Of a longer one the end is kept, which is what is there now.
        let line = "700000 10 " + String(repeating: "x", count: 89) + "\n"
        try machine.kernel.write(String(repeating: line, count: 3_000) + "700010 10 last\n", to: "tmp/perf-5.map")
        let readLong = reader.read(77, unless: second)
        let long = try #require(readLong)
        #expect(long.isCut && long.functions.count <= ProcessCodeReader.mostFunctionBytes)
        #expect(
            long.functions.starts(with: line.utf8) && long.functions.suffix(15) == Array("700010 10 last\n".utf8)[...])
        // Without such code nobody looks for a list.
        try machine.map([file])
        var other = ProcessCodeReader(roots: machine.kernel.roots, hasSameNumbers: true)
        let plain = other.read(77)
        #expect(plain?.functions == [])
    }

    @Test func `code that was made while a program ran is named by its own list, which grows`() throws {
        let machine = try Machine(worker("work"))
        try machine.map([
            "700000-701000 rwxp 00000000 00:00 0", "800000-801000 r-xp 00000000 00:05 9 /memfd:x (deleted)",
        ])
        try machine.kernel.write("700000 10 first\n", to: "tmp/perf-5.map")
        let symbols = machine.symbols
        #expect(text(symbols.places(of: [0x700001, 0x700100], process: 77)) == ["first+1", "?+0"])
        try machine.kernel.write("700000 10 other\n800000 20 second\n", to: "tmp/perf-5.map")
        #expect(text(symbols.places(of: [0x800002], process: 77)) == ["memfd:x+2"])
        machine.pass(ProcessSymbols.intervalOfUnknown)
        #expect(text(symbols.places(of: [0x800002, 0x700002], process: 77)) == ["second+2", "other+2"])
        // A list of another user is none, and neither is one that is no file.
        try machine.kernel.write("Uid:\t1\t1\t1\t1\nNSpid:\t77\t5\n", to: "proc/77/status")
        if geteuid() != 0 { #expect(text(machine.symbols.places(of: [0x700001], process: 77)) == ["?+0"]) }
        try FileManager.default.removeItem(atPath: machine.kernel.folder + "/tmp/perf-5.map")
        try FileManager.default.createSymbolicLink(
            atPath: machine.kernel.folder + "/tmp/perf-5.map", withDestinationPath: "/dev/zero")
        #expect(text(machine.symbols.places(of: [0x700001], process: 77)) == ["?+0"])
    }

    @Test func `a place by a build id has the function of a file that some process has`() throws {
        var elf = worker("work")
        elf.buildID = [1, 2, 3]
        let machine = try Machine(elf)
        let symbols = machine.symbols
        let padded: [UInt8] = [1, 2, 3] + [UInt8](repeating: 0, count: 17)
        #expect(symbols.places(ofBuildID: padded, offset: 0x1104).map(\.function) == ["work"])
        #expect(symbols.places(ofBuildID: [9, 2, 3], offset: 0x1104).isEmpty)
        // Who comes later is seen later.
        let other = machine.symbols
        try machine.end()
        #expect(other.places(ofBuildID: padded, offset: 0x1104).isEmpty)
    }

    @Test func `a file that there was no budget for has its names once there is`() throws {
        let machine = try Machine(worker("work"))
        let symbols = machine.symbols
        while symbols.budget.take(1 << 20) {}
        #expect(text(symbols.places(of: [0x400101], process: 77)) == ["worker+1101"])
        // It is not looked at again for each address.
        machine.pass(FunctionFiles.interval / 2)
        #expect(text(symbols.places(of: [0x400101, 0x400102], process: 77)) == ["worker+1101", "worker+1102"])
        machine.pass(FunctionFiles.interval / 2)
        #expect(text(symbols.places(of: [0x400101], process: 77)) == ["work+1"])
    }

    @Test func `names of addresses are kept as far as their bytes have room`() throws {
        let machine = try Machine(worker("work"))
        let long = String(repeating: "f", count: 2 << 20)
        let symbols = ProcessSymbols(
            roots: machine.kernel.roots, hasSameNumbers: true, clock: { machine.now.load(ordering: .relaxed) },
            demangle: { _ in long })
        var (most, last) = (0, 0)
        for address in 0x400100..<0x400110 as Range<UInt64> {
            // As the innermost one, as that of a caller, and of another one.
            let places = symbols.places(of: [address, address + 1, 0], process: 77)
            #expect(places[0].last?.function?.utf8.count == long.utf8.count)
            #expect(places[1].last?.function == places[0].last?.function)
            last = symbols.placeBytes
            most = max(most, last)
        }
        #expect(most <= ProcessSymbols.mostPlaceBytes && most > ProcessSymbols.mostPlaceBytes / 2 && last < most)
    }

    @Test func `hostile files of a process do no harm`() throws {
        let machine = try Machine(worker("work"))
        for bytes in [Data(), Data("\u{7f}ELF".utf8), Data(worker("work").bytes.prefix(0x900))] {
            try machine.kernel.write(bytes, to: "usr/bin/worker")
            #expect(text(machine.symbols.places(of: [0x400101], process: 77)) == ["worker+1101"])
        }
        try machine.map([
            "ffffffffffff0000-ffffffffffffffff r-xp ffffffffffffffff 08:01 1 /usr/bin/worker", "x", "1-0 r-xp",
        ])
        #expect(text(machine.symbols.places(of: [.max - 1, .max, 0], process: 77)) == ["?+0", "?+0", "?+0"])
        #expect(machine.symbols.places(of: [1], process: 0) == [[CodePlace()]])
        #expect(machine.symbols.places(of: [1], process: .max) == [[CodePlace()]])
    }
}
