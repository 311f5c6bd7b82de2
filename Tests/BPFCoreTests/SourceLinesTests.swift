// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Foundation
import Symbolication
import Synchronization
import TestSupport
import Testing

@testable import BPFCore

/// Lines of source by libdw, which a process without privilege reads.
struct SourceLinesTests {
    private static let source = """
        void walk(void);
        volatile int kept;
        static inline __attribute__((always_inline)) int inner(int n)
        {
            kept = n * 3;
            walk();
            return kept + 1;
        }
        static inline __attribute__((always_inline)) int middle(int n)
        {
            return inner(n) + 2;
        }
        __attribute__((noinline)) int outer(int n)
        {
            int more = middle(n);
            return more * 2;
        }
        int main(int count, char **texts)
        {
            return outer(count);
        }
        """

    /// A clock of which each look takes a while.
    private final class Clock: Sendable {
        let now = Atomic<UInt64>(1)
        let step = Atomic<UInt64>(0)

        func look() -> UInt64 {
            now.wrappingAdd(step.load(ordering: .relaxed), ordering: .relaxed).newValue
        }
    }

    /// Whether lines can be had here, by a file that has them.
    private static func isThere() throws -> Bool {
        let lines = SourceLines()
        guard let number = lines.number(of: try UserFile.open("/proc/self/exe")) else { return false }
        _ = lines.functions(at: 0, of: number)
        return lines.lack != .noLibrary
    }

    private func text(_ places: [CodePlace]) -> [String] {
        places.map { "\($0.isInlined ? "inlined " : "")\($0.function ?? "?") \($0.line ?? "?")" }
    }

    @Test(.enabled("there is no libdw") { try isThere() }, arguments: [["-g"], ["-g", "-gz"], ["-gdwarf-4"]])
    func `a stack of a process has the lines of its calls, and inlined functions as frames of their own`(
        arguments: [String]
    ) throws {
        let lines = SourceLines()
        try KnownStack.run(.c, Self.source, ["-O2"] + arguments) { stack in
            let symbols = ProcessSymbols(lines: lines)
            let places = symbols.places(of: stack.addresses, process: UInt32(stack.process))
            #expect(
                text(Array(places.joined().prefix(5))) == [
                    "walk ?", "inlined inner main.c:6", "inlined middle main.c:11", "outer main.c:15", "main main.c:20",
                ])
            #expect(lines.lack == nil)
            // Who does not ask for them has one function for each address.
            let plain = ProcessSymbols().places(of: stack.addresses, process: UInt32(stack.process))
            #expect(plain.allSatisfy { $0.count == 1 && $0[0].line == nil })
        }
    }

    @Test(.enabled("there is no libdw") { try isThere() })
    func `lines come from the debug file of a stripped program, here and in a directory of symbols`() throws {
        try KnownStack.run(
            .c, Self.source, ["-O2", "-g", "-Wl,--build-id=sha1"],
            finish: { program in
                let debug = program.path + ".debug"
                for command in [
                    ["--only-keep-debug", program.path, debug], ["--strip-all", program.path],
                    ["--add-gnu-debuglink=" + debug, program.path],
                ] {
                    try #require(try runProcess("objcopy", command).status == 0)
                }
            },
            { stack in
                let symbols = ProcessSymbols(lines: SourceLines())
                let live = symbols.places(of: stack.addresses, process: UInt32(stack.process))
                #expect(text(live[1]).first == "inlined inner main.c:6")
                // What a capture tells of it.
                var reader = ProcessCodeReader()
                let read = reader.read(UInt32(stack.process))
                let code = try #require(read).code
                let files = SymbolFiles(folder: nil, lines: SourceLines())
                let later = files.places(of: Array(stack.addresses.prefix(4)), in: code)
                #expect(later.map(text) == live.prefix(4).map(text))
            })
    }

    @Test(.enabled("there is no libdw") { try isThere() }, arguments: [KnownStack.Language.c, .cxx])
    func `all instructions have the lines and inlined functions that addr2line has`(
        language: KnownStack.Language
    ) throws {
        let source =
            language == .c
            ? Self.source
            : """
            #include <algorithm>
            #include <string>
            #include <vector>
            extern "C" void walk(void);
            namespace deep {
            struct Sorter {
                std::vector<std::string> texts;
                void sort() { std::sort(texts.begin(), texts.end()); }
            };
            }
            int main(int count, char **texts) { deep::Sorter s{{"b", texts[0]}}; s.sort(); walk(); return count; }
            """
        try withTemporaryFolder { folder in
            let program = try KnownStack.compile(language, source, ["-O2", "-g"], in: folder)
            let file = try UserFile.open(program.path)
            let table = try #require(try UserELF(file).symbols)
            var addresses: [UInt64] = []
            table.forEachFunction { index, name in
                let isOwn = ["main", "outer", "_ZSt"].contains { String(decoding: name, as: UTF8.self).hasPrefix($0) }
                if isOwn, let place = table.place(index), place.size > 0 {
                    addresses += (0..<place.size).map { place.address + $0 }
                }
                return true
            }
            let outcome = try runProcess(
                "addr2line", ["-a", "-i", "-f", "-e", program.path],
                stdin: Array(addresses.map { String($0, radix: 16) + "\n" }.joined().utf8))
            var theirs: [[String]] = []
            for line in outcome.output.split(separator: "\n") {
                if line.hasPrefix("0x") { theirs.append([]) } else { theirs[theirs.count - 1].append(String(line)) }
            }
            try #require(theirs.count == addresses.count && addresses.count > 40)
            let lines = SourceLines()
            let number = try #require(lines.number(of: file))
            var different: [String] = []
            for (address, other) in zip(addresses, theirs) {
                let own = lines.functions(at: address, of: number).flatMap { [$0.name, $0.line ?? "?"] }
                let other = other.enumerated().map { index, text in
                    // /build/file.c:12 (discriminator 3)
                    // The part of a function that is seldom called has a symbol of its own, and is none of the source.
                    index % 2 == 0
                        ? text.replacing(".cold", with: "")
                        : String(text.split(separator: " ")[0].split(separator: "/").last ?? "")
                }
                let isSame =
                    own.count == other.count
                    && zip(own, other).allSatisfy { $0 == $1 || Self.isInWrongFile($1, than: $0, source) }
                if !isSame { different.append("\(String(address, radix: 16)): \(own), addr2line: \(other)") }
            }
            #expect(
                different.isEmpty,
                "\(different.count) of \(addresses.count): \(different.prefix(10).joined(separator: "\n"))")
            #expect(lines.lack == nil)
        }
    }

    /// addr2line of binutils 2.40 takes the unit's own file for others, in lines that this does not have.
    private static func isInWrongFile(_ place: String, than own: String, _ source: String) -> Bool {
        let (parts, line) = (place.split(separator: ":"), own.split(separator: ":").last)
        guard parts.count == 2, parts[0].hasPrefix("main."), let number = Int(parts[1]) else { return false }
        return number > source.split(separator: "\n", omittingEmptySubsequences: false).count && parts[1] == line
    }

    @Test(.enabled("there is no libdw") { try isThere() })
    func `damaged files have no lines, others keep theirs, and the reader ends with who asks`() throws {
        try withTemporaryFolder { folder in
            let program = try KnownStack.compile(.c, Self.source, ["-O2", "-g"], in: folder)
            let whole = [UInt8](try Data(contentsOf: program))
            let elf = try UserELF(FileInMemory(whole))
            let table = try #require(elf.symbols)
            var outer: UInt64 = 0
            table.forEachFunction { index, name in
                if name.elementsEqual("outer".utf8) { outer = table.place(index)?.address ?? 0 }
                return true
            }
            let lines = SourceLines()
            let good = try #require(lines.number(of: try UserFile.open(program.path)))
            let own = lines.functions(at: outer, of: good)
            #expect(own.last?.name == "outer")
            var numbers = SeededNumbers(seed: 16)
            for section in [".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_rnglists"] {
                guard let place = elf.section(named: section), place.size > 0 else { continue }
                for _ in 0..<6 {
                    var bytes = whole
                    for _ in 0..<8 {
                        let at = Int(place.offset) + Int.random(in: 0..<Int(place.size), using: &numbers)
                        bytes[at] = UInt8.random(in: 0...255, using: &numbers)
                    }
                    let path = folder.appending(path: "damaged-\(UUID().uuidString)")
                    try Data(bytes).write(to: path)
                    let number = try #require(lines.number(of: try UserFile.open(path.path)))
                    for address in outer..<(outer + 16) { _ = lines.functions(at: address, of: number) }
                }
            }
            #expect(lines.functions(at: outer, of: good) == own || lines.lack == .failed || lines.isTired)
        }
    }

    @Test(.enabled("there is no libdw") { try isThere() })
    func `files that take too long together are not asked of any more until time has passed`() throws {
        try withTemporaryFolder { folder in
            let program = try KnownStack.compile(.c, Self.source, ["-O2", "-g"], in: folder)
            let clock = Clock()
            let lines = SourceLines(clock: { clock.look() })
            let number = try #require(lines.number(of: try UserFile.open(program.path)))
            _ = lines.functions(at: 0, of: number)
            #expect(lines.lack == nil && !lines.isOutOfTime)
            // Each look at the clock takes 6 s now: of 20 s three answers are left.
            clock.step.store(6_000_000_000, ordering: .relaxed)
            for _ in 0..<4 { _ = lines.functions(at: 0, of: number) }
            clock.step.store(0, ordering: .relaxed)
            #expect(lines.isTired && lines.lack == .tooSlow && lines.isOutOfTime)
            // A twentieth of the time that passes is there again.
            clock.step.store(200_000_000_000, ordering: .relaxed)
            #expect(!lines.isOutOfTime)
        }
    }

    @Test func `a file that made room for others is not there any more, which is told once somebody asks`() throws {
        let lines = SourceLines()
        let numbers = try (0..<65).map { _ in
            try #require(lines.number(of: try UserFile.open("/proc/self/exe")))
        }
        #expect(!lines.has(numbers[0]) && lines.has(numbers[1]) && lines.has(numbers[64]))
        #expect(lines.lack == nil)
        #expect(lines.functions(at: 0, of: numbers[0]).isEmpty && lines.lack == .tooMany)
    }

    @Test(
        arguments: [
            [], [1, 0, 0], [1, 0, 0, 0], [0xff, 0xff, 0xff, 0xff],
            [1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0],
            [1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 65],
        ] as [[UInt8]])
    func `an answer that is not whole is none`(bytes: [UInt8]) {
        #expect(SourceLines.functions(in: bytes).isEmpty)
    }
}
