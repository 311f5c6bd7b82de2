// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Stacks of processes with known functions (Tests/Fixtures/host/stacked.c), by all ways that programs take them.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Stacks {
        private static let object = Lab.fixtures + "/stacks.o"
        private static let inner = ["stacked_innermost", "stacked_middle", "stacked_outermost", "main"]

        /// A process that calls its functions for each line that it is given.
        private final class Stacked {
            private let input = Pipe()
            private let tool: RunningTool
            private var calls = 0

            init(_ path: String) throws {
                tool = try RunningTool(path, [], stdin: input.fileHandleForReading.fileDescriptor)
                #expect(tool.wait(for: "ready"), "\(tool.stderr)")
            }

            var pid: pid_t { tool.pid }

            func call() throws {
                try input.fileHandleForWriting.write(contentsOf: Data("1\n".utf8))
                calls += 1
                #expect(
                    eventually("it answers") {
                        self.tool.stdout.split(separator: "\n").count { $0 == "called" } >= self.calls
                    })
            }

            func end() { tool.end(SIGKILL) }
        }

        private func lines(_ text: String) throws -> [[String: Any]] {
            try text.split(separator: "\n").map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            }
        }

        /// The functions of a stack without the bytes behind their starts.
        private func functions(_ stack: Any?) -> [String] {
            ((stack as? String) ?? "").split(separator: ";").map { String($0.prefix { $0 != "+" }) }
        }

        /// A machine's directory with a program of a name of its own, so that nothing is found by another path.
        private func copy(_ name: String, to folder: String, as path: String) throws {
            let place = folder + path
            try shell("mkdir -p $(dirname \(place)) && cp \(Lab.fixtures)/\(name) \(place)")
        }

        @Test func `stacks of a process are shown by its functions while it lives, and in maps at the end`() throws {
            let before = Machine.now
            let process = try Stacked(Lab.fixtures + "/stacked")
            let fields = "pid,kern_stack:kstack,user_stack:ustack,files:buildid"
            let events = try RunningTool("load-kp-bpf", [Self.object, "--events", "--json", "--fields", fields])
            #expect(events.wait(for: "unning"))
            try process.call()
            #expect(events.wait(for: "stacked_innermost"), "\(events.stdout) \(events.stderr)")
            let shown = events.end()
            let event = try #require(
                try lines(shown.stdout).first { $0["pid"] as? Int == Int(process.pid) }, "\(shown)")
            #expect(Array(functions(event["user_stack"]).prefix(4)) == Self.inner, "\(event)")
            #expect(functions(event["files"]).first == "stacked_innermost", "\(event)")
            #expect(!functions(event["kern_stack"]).contains { $0.hasPrefix("0x") }, "\(event)")
            let maps = try RunningTool("load-kp-bpf", [Self.object, "--maps", "--json"])
            #expect(maps.wait(for: "unning"))
            try process.call()
            let outcome = maps.end()
            let keys = try lines(outcome.stdout).compactMap { $0["key"] as? [String: Any] }
            let key = try #require(keys.first { $0["tgid"] as? Int == Int(process.pid) }, "\(outcome)")
            #expect(Array(functions(key["user_stack_id"]).prefix(4)) == Self.inner, "\(key)")
            process.end()
            #expect(before.isRestored())
        }

        @Test func `names alone say which members are stacks, and how much of them is valid`() throws {
            let process = try Stacked(Lab.fixtures + "/stacked")
            let tool = try RunningTool("load-kp-bpf", [Self.object, "--events", "--lines"])
            #expect(tool.wait(for: "unning"))
            try process.call()
            #expect(tool.wait(for: "user_stack: stacked_innermost+"), "\(tool.stdout)")
            let outcome = tool.end()
            #expect(outcome.stdout.contains(";stacked_middle+") && !outcome.stdout.contains("[0, 0"), "\(outcome)")
            process.end()
        }

        @Test func `a capture has the code of processes: they are named after their end, by files here or elsewhere`()
            throws
        {
            let before = Machine.now
            let folder = "/tmp/stacks-lab"
            let capture = folder + "/stacks.bev"
            try copy("stripped", to: folder, as: "/here/app")
            try copy("stripped.debug", to: folder, as: "/here/stripped.debug")
            let process = try Stacked(folder + "/here/app")
            let tool = try RunningTool("load-kp-bpf", [Self.object, "--capture", capture])
            #expect(tool.wait(for: "unning"))
            try process.call()
            let kept = tool.end()
            process.end()
            #expect(kept.status == 0, "\(kept)")
            func stacks(_ arguments: String...) throws -> (functions: [String], outcome: Outcome) {
                let fields = ["--json", "--fields", "pid,user_stack:ustack", "--where", "pid == \(process.pid)"]
                let outcome = try RunningTool("print-event", fields + arguments + [capture]).finish()
                let event = try lines(outcome.stdout).first { $0["user_stack"] != nil }
                return (functions(event?["user_stack"]), outcome)
            }
            let ended = try stacks()
            #expect(Array(ended.functions.prefix(4)) == Self.inner, "\(ended.outcome)")
            // Its file is gone: the place in it is all that is known, and the file elsewhere has the names.
            try shell("mkdir -p \(folder)/there && mv \(folder)/here/* \(folder)/there/")
            let gone = try stacks()
            #expect(gone.functions.prefix(3) == ["app", "app", "app"], "\(gone.outcome)")
            let elsewhere = try stacks("--symbols", folder + "/there")
            #expect(Array(elsewhere.functions.prefix(4)) == Self.inner, "\(elsewhere.outcome)")
            // Another build of the name is not taken for it.
            try shell("cp /bin/busybox \(folder)/here/app")
            let other = try stacks()
            #expect(other.functions.prefix(3) == ["app", "app", "app"], "\(other.outcome)")
            #expect(before.isRestored())
            try shell("rm -r \(folder)")
        }
    }
}
