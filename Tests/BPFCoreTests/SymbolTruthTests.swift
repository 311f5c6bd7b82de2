// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Foundation
import Symbolication
import TestSupport
import Testing

@testable import BPFCore

/// Stacks of living processes of several languages, beside what is known of them and what others say.
struct SymbolTruthTests {
    private static let c = """
        void walk(void);
        __attribute__((noinline)) static int inner(int n) { walk(); return n + 1; }
        __attribute__((noinline)) int middle(int n) { return inner(n) * 3; }
        __attribute__((noinline)) int outer(int n) { return middle(n) - 1; }
        int main(int count, char **texts) { return outer(count); }
        """

    private static let cxx = """
        extern "C" void walk(void);
        namespace deep {
        template <typename T> struct Thing {
            T value;
            __attribute__((noinline)) T inner(T n) { walk(); return n + value; }
        };
        __attribute__((noinline)) long middle(const char *text, long n) { Thing<long> t{n}; return t.inner(n) * 3; }
        }
        namespace { __attribute__((noinline)) long outer(long n) { return deep::middle("", n) - 1; } }
        int main(int count, char **texts) { return (int)outer(count); }
        """

    private static let rust = """
        extern "C" { fn walk(); }
        mod deep {
            pub struct Thing<T> { pub value: T }
            impl Thing<u64> {
                #[inline(never)]
                pub fn inner(&self, n: u64) -> u64 { unsafe { super::walk() }; n + self.value }
            }
            #[inline(never)]
            pub fn middle(n: u64) -> u64 { Thing { value: n }.inner(n) * 3 }
        }
        #[inline(never)]
        fn outer(n: u64) -> u64 { deep::middle(n) - 1 }
        fn main() { println!("{}", outer(std::env::args().count() as u64)); }
        """

    private static let swift = """
        @_silgen_name("walk") func walk()
        struct Thing<Value> {
            var value: Value
            @inline(never) func inner(_ n: Int) -> Int { walk(); return n + 1 }
        }
        enum Deep {
            @inline(never) static func middle(_ n: Int) -> Int { Thing(value: n).inner(n) * 3 }
        }
        @inline(never) func outer(_ n: Int) -> Int { Deep.middle(n) - 1 }
        print(outer(Int(CommandLine.argc)))
        """

    private func names(_ stack: KnownStack, _ symbols: ProcessSymbols = ProcessSymbols()) -> [String] {
        symbols.places(of: stack.addresses, process: UInt32(stack.process)).joined().map { $0.function ?? "?" }
    }

    @Test(arguments: [["-O0"], ["-O2"], ["-O2", "-no-pie"], ["-O2", "-fuse-ld=gold"], ["-O1", "-static"]])
    func `every function of a stack of C has its name`(arguments: [String]) throws {
        let names = try KnownStack.run(.c, Self.c, arguments) { self.names($0) }
        #expect(names.prefix(5) == ["walk", "inner", "middle", "outer", "main"], "\(names)")
    }

    @Test(arguments: ["-O0", "-O2"])
    func `every function of a stack of C++ has its readable name`(level: String) throws {
        let names = try KnownStack.run(.cxx, Self.cxx, [level]) { self.names($0) }
        #expect(
            names.prefix(5) == [
                "walk", "deep::Thing<long>::inner(long)", "deep::middle(char const*, long)",
                "(anonymous namespace)::outer(long)", "main",
            ], "\(names)")
    }

    @Test(
        .enabled("there is no rustc") { KnownStack.Language.rust.isThere },
        arguments: [[], ["-O"], ["-C", "symbol-mangling-version=v0"]])
    func `every function of a stack of Rust has its readable name`(arguments: [String]) throws {
        let names = try KnownStack.run(.rust, Self.rust, arguments) { self.names($0) }
        #expect(names.first == "walk")
        for (name, part) in zip(names.dropFirst(), ["inner", "deep::middle", "outer", "main"]) {
            #expect(name.contains(part) && !name.hasPrefix("_"), "\(names)")
        }
        // What of the newer mangling is read are the names of the path.
        let thing = arguments.contains("symbol-mangling-version=v0") ? "deep::Thing::inner" : "deep::Thing<u64>::inner"
        #expect(names.count > 1 && names[1].hasSuffix(thing), "\(names)")
    }

    @Test(
        .enabled("there is no swiftc") { KnownStack.Language.swift.isThere }, arguments: ["-Onone"])
    func `every function of a stack of Swift has its readable name`(level: String) throws {
        let names = try KnownStack.run(.swift, Self.swift, [level]) { self.names($0) }
        try #require(names.count > 4, "\(names)")
        #expect(names[0] == "walk" && names[4] == "main", "\(names)")
        #expect(names[1].contains("Thing.inner(Swift.Int) -> Swift.Int"), "\(names)")
        #expect(names[2].contains("Deep.middle(Swift.Int) -> Swift.Int"), "\(names)")
        #expect(names[3].contains("outer(Swift.Int) -> Swift.Int"), "\(names)")
    }

    @Test(arguments: [["-Wl,--build-id=none"], ["-Wl,--build-id=sha1"]])
    func `a stripped program has the names of the debug file that its link names`(arguments: [String]) throws {
        let names = try KnownStack.run(
            .c, Self.c, ["-O2"] + arguments,
            finish: { program in
                let debug = program.path + ".debug"
                for command in [
                    ["--only-keep-debug", program.path, debug], ["--strip-all", program.path],
                    ["--add-gnu-debuglink=" + debug, program.path],
                ] {
                    try #require(try runProcess("objcopy", command).status == 0)
                }
            },
            { self.names($0) })
        #expect(names.prefix(5) == ["walk", "inner", "middle", "outer", "main"], "\(names)")
    }

    #if arch(x86_64)
        @Test func `code that was compiled at run time has the name that its compiler lists`() throws {
            let source = """
                #include <stdio.h>
                #include <string.h>
                #include <sys/mman.h>
                #include <unistd.h>
                void walk(void);
                int main(void)
                {
                    unsigned char code[] = {
                        0x55, 0x48, 0x89, 0xe5, 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xd0, 0x5d, 0xc3,
                    };
                    void (*target)(void) = walk;
                    unsigned char *memory = mmap(
                        0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                    char name[64];
                    memcpy(code + 6, &target, 8);
                    memcpy(memory + 64, code, sizeof(code));
                    snprintf(name, sizeof(name), "/tmp/perf-%d.map", getpid());
                    FILE *list = fopen(name, "w");
                    fprintf(list, "%lx %zx Jitted.function\\n", (unsigned long)memory + 64, sizeof(code));
                    fclose(list);
                    ((void (*)(void))(memory + 64))();
                }
                """
            let names = try KnownStack.run(.c, source, ["-O1"]) { stack in
                defer { try? FileManager.default.removeItem(atPath: "/tmp/perf-\(stack.process).map") }
                return self.names(stack)
            }
            #expect(names.prefix(3) == ["walk", "Jitted.function", "main"], "\(names)")
        }
    #endif

    // MARK: What others say

    private func addr2line(_ program: URL, _ options: [String], _ addresses: [UInt64]) throws -> [String] {
        let input = addresses.map { String($0, radix: 16) + "\n" }.joined()
        let outcome = try runProcess("addr2line", options + ["-e", program.path], stdin: Array(input.utf8))
        try #require(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").map(String.init)
    }

    /// Names of one address: addr2line takes any of them, and names without the parts that compilers made of a function.
    @Test(arguments: KnownStack.Language.allCases)
    func `all functions of a program have the names that addr2line has`(language: KnownStack.Language) throws {
        guard language.isThere else { try Test.cancel("there is no \(language.rawValue)") }
        let sources: [KnownStack.Language: String] = [
            .c: Self.c, .cxx: Self.cxx, .rust: Self.rust, .swift: Self.swift,
        ]
        try withTemporaryFolder { folder in
            let arguments = language == .c || language == .cxx ? ["-O2", "-static"] : []
            let program = try KnownStack.compile(language, sources[language] ?? "", arguments, in: folder)
            // By symbols alone: what DWARF says of functions is another test.
            try #require(try runProcess("strip", ["--strip-debug", program.path]).status == 0)
            let elf = try UserELF(FileInMemory(Array(try Data(contentsOf: program))))
            let table = try #require(elf.symbols)
            var known: [UInt64: Set<String>] = [:]
            table.forEachFunction { index, name in
                guard let place = table.place(index), place.size > 0 else { return true }
                known[place.address, default: []].insert(String(decoding: name.prefix { $0 != 64 }, as: UTF8.self))
                return true
            }
            try #require(known.count > 20)
            let index = FunctionIndex(elf)
            let addresses = known.keys.sorted()
            let theirs = try addr2line(program, ["-f"], addresses)
            try #require(theirs.count == 2 * addresses.count)
            var different: [String] = []
            for (number, address) in addresses.enumerated() {
                let own = index.function(at: address)?.name ?? "?"
                let other = String(theirs[2 * number].prefix { $0 != "@" })
                if own != other, known[address]?.isSuperset(of: [own, other]) != true {
                    different.append("\(String(address, radix: 16)): \(own), addr2line: \(other)")
                }
            }
            #expect(different.isEmpty, "of \(addresses.count): \(different.prefix(20).joined(separator: "\n"))")
            guard language == .cxx else { return }
            let readable = try addr2line(program, ["-f", "-C"], addresses)
            let unlike = addresses.indices.filter { number in
                Demangler.readable(theirs[2 * number]) != readable[2 * number]
            }
            let words = unlike.prefix(20).map { number in
                "\(Demangler.readable(theirs[2 * number])), addr2line: \(readable[2 * number])"
            }
            #expect(unlike.isEmpty, "\(unlike.count): \(words.joined(separator: "\n"))")
        }
    }
}
