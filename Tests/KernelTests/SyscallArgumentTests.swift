// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Programs that read the arguments of system calls as programs of 2018 did (Tests/Fixtures/kernel/raw_arguments.c).
extension KernelTests {
    @Suite(.cell("default"))
    struct SyscallArguments {
        private static let file = Lab.fixtures + "/raw_arguments.o"
        /// By the number of each on x86-64.
        private static let calls: [(name: String, number: Int)] = [
            ("openat", 257), ("read", 0), ("bpf", 321), ("unlinkat", 263),
        ]

        private typealias Call = @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int

        /// Makes each call once with six words, of which no two are the same, and none is of any use to the kernel.
        private static func callAll() throws -> [[UInt64]] {
            let symbol = try #require(dlsym(nil, "syscall"))
            let call = unsafeBitCast(symbol, to: Call.self)
            return calls.indices.map { index in
                var words: [UInt64] = [0x7777_0001_0000_1234]
                for place in 1...4 as ClosedRange<UInt64> {
                    words.append(0x00f0_0000_dead_0000 | place << 56 | UInt64(index) << 8 | place)
                }
                words.append(0x6666_0000_0000_6660 | UInt64(index))
                let raw = words.map { Int(bitPattern: UInt($0)) }
                #expect(call(calls[index].number, raw[0], raw[1], raw[2], raw[3], raw[4], raw[5]) == -1)
                return words
            }
        }

        private func words(_ name: String, _ programs: borrowing BPFCollection, of call: Int) throws -> [UInt64] {
            try (0..<6).map { try programs.value(of: "\(name)[\(call * 6 + $0)]", as: UInt64.self) }
        }

        @Test func `what programs read as arguments is what a program for wrappers reads`() throws {
            let before = Machine.now
            try {
                let object = try Object(contentsOf: Self.file)
                var options = BPFCollection.Options()
                let read = ["reads", "divides", "typed_one", "narrows", "crowds"]
                options.programs = ["knows"] + read
                for name in read { options.targets[name] = try Self.calls.map { try .kprobe("sys_" + $0.name) } }
                options.targets["knows"] = try Self.calls.map { try AttachTarget(section: "ksyscall/" + $0.name) }
                var programs = try BPFCollection(object, options: options)
                #expect(programs.notes.filter { $0.code == .argumentsCopied }.count == read.count * Self.calls.count)
                #expect(!programs.notes.contains { $0.code == .syscallArguments }, "\(programs.notes)")
                try programs.attach()
                let sent = try Self.callAll()
                for (index, call) in Self.calls.enumerated() {
                    #expect(try words("wanted", programs, of: index) == sent[index], "\(call.name)")
                    for name in ["straight", "divided", "typed", "narrow", "crowded"] {
                        #expect(try words(name, programs, of: index) == sent[index], "\(name) of \(call.name)")
                    }
                    #expect(try programs.value(of: "places[\(index)]", as: UInt64.self) != 0, "rip is the kernel's")
                    #expect(try programs.value(of: "stacks[\(index)]", as: Int64.self) > 0, "helpers get the context")
                }
            }()
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a program that is called by a changed one reads the arguments too`() throws {
            let before = Machine.now
            try {
                var options = BPFCollection.Options()
                options.programs = ["tails", "tail_reads"]
                options.targets["tails"] = try Self.calls.map { try .kprobe("sys_" + $0.name) }
                var programs = try BPFCollection(try Object(contentsOf: Self.file), options: options)
                try programs.attach()
                let sent = try Self.callAll()
                for (index, call) in Self.calls.enumerated() {
                    #expect(try words("called", programs, of: index) == sent[index], "\(call.name)")
                }
            }()
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `one program on both kinds of functions is loaded in two forms`() throws {
            var options = BPFCollection.Options()
            options.programs = ["both_kinds"]
            options.targets["both_kinds"] = try ["sys_openat", "ksys_read", "sys_bpf"].map { try .kprobe($0) }
            var programs = try BPFCollection(try Object(contentsOf: Self.file), options: options)
            #expect(programs.programs.names == ["both_kinds", "both_kinds"])
            let sizes = try (0..<2).map { try programs.programs.info(at: $0).translatedSize }
            #expect(sizes[1] > sizes[0])
            try programs.attach()
            #expect(programs.links.count == 3)
            let calls = try Self.callAll()
            // openat and bpf at their wrappers, read at a function with arguments of its own.
            #expect(try programs.value(of: "twice", as: Int32.self) == 3, "of \(calls.count) calls")
        }

        @Test func `what cannot be changed is refused in words, and goes on as it is if that is wanted`() throws {
            let before = Machine.now
            for (program, target, words) in [
                ("by_helper", "sys_openat", ["bpf_probe_read", "__x64_sys_openat"]),
                ("crowds_too_much", "sys_openat", ["520", "512"]),
            ] {
                let arguments = ["--duration", "50ms", "--program", program, Self.file, target]
                let refused = try RunningTool("load-kp-bpf", arguments).finish()
                #expect(refused.status == 78, "\(refused)")
                for word in words + ["--raw-args", "ksyscall"] { #expect(refused.stderr.contains(word), "\(refused)") }
                let raw = try RunningTool("load-kp-bpf", ["--raw-args"] + arguments).finish()
                #expect(raw.status == 0 && raw.stderr.contains("saved registers"), "\(raw)")
            }
            // Another place has the arguments: there it is as it was.
            let other = try run("load-kp-bpf", "--duration", "50ms", "--program", "by_helper", Self.file, "sys_read")
            #expect(other.status == 0 && other.stderr.contains("ksys_read"), "\(other)")
            let unlicensed = try run(
                "load-kp-bpf", "--duration", "50ms", Lab.fixtures + "/raw_arguments_unlicensed.o", "sys_openat")
            #expect(unlicensed.status == 0 && unlicensed.stderr.contains("GPL-compatible"), "\(unlicensed)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a changed program that the verifier refuses is said to be changed`() throws {
            let file = Lab.fixtures + "/raw_refused.o"
            let refused = try run("load-kp-bpf", file)
            #expect(refused.status == 70, "\(refused)")
            #expect(refused.stderr.contains("the loader changed the program: a load of"), "\(refused)")
            #expect(refused.stderr.contains("--raw-args loads it as it is written"), "\(refused)")
            let raw = try run("load-kp-bpf", "--raw-args", file)
            #expect(raw.status == 70 && !raw.stderr.contains("the loader changed"), "\(raw)")
        }

        @Test func `the size of bpf(2) is its third argument, and what names its wrapper is not touched`() throws {
            func report(
                _ function: String, _ options: [String] = []
            ) throws -> (loads: Int, size: Int, function: String) {
                let arguments = ["--json", "--duration", "50ms", "--program", "reads", Self.file, function]
                let outcome = try RunningTool("load-kp-bpf", options + arguments).finish()
                let lines = outcome.stdout.split(separator: "\n")
                let line = try #require(lines.first { $0.contains("\"running\"") }, "\(outcome)")
                let object = try #require(
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                let programs = try #require(object["programs"] as? [[String: Any]])
                return (
                    programs[0]["rewritten_loads"] as? Int ?? -1, programs[0]["translated_bytes"] as? Int ?? -1,
                    object["function"] as? String ?? ""
                )
            }
            let (old, named) = try (report("sys_bpf"), report("__x64_sys_bpf"))
            #expect(old.loads == 6 && old.function == "__x64_sys_bpf", "\(old)")
            #expect(named.loads == 0 && named.function == "__x64_sys_bpf", "\(named)")
            #expect(old.size == named.size + 8 * 8)
            let others = try [report("sys_bpf", ["--raw-args"]), report("sys_bpf", ["--return"]), report("vfs_read")]
            for untouched in others {
                #expect(untouched.loads == 0 && untouched.size == named.size, "\(untouched)")
            }
        }
    }
}
