// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Foundation
import TestSupport
import Testing

/// Which of several programs or targets is taken, and programs that could lock out their own loader.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Choices {
        private func event(_ name: String, _ outcome: Outcome) throws -> [String: Any] {
            let objects = outcome.stdout.split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            return try #require(objects.first { $0["event"] as? String == name }, "\(name) in \(outcome)")
        }

        private func targets(_ outcome: Outcome) throws -> Set<String> {
            let places = try event("running", outcome)["attachments"] as? [[String: Any]]
            return Set(try #require(places, "\(outcome)").compactMap { $0["target"] as? String })
        }

        @Test func `the first target is taken that is there, and a program for one that the verifier refuses`() throws {
            let before = Machine.now
            let object = "\(Lab.fixtures)/stand_ins.o"
            let tool = try RunningTool("load-kp-bpf", ["--json", "--dump-globals", object])
            #expect(tool.wait(for: #""event":"running""#), "\(tool.stderr)")
            for _ in 0..<10 { _ = try String(contentsOfFile: "/proc/uptime", encoding: .utf8) }
            let outcome = tool.end()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(
                try targets(outcome)
                    == ["vfs_read", "vfs_write", "tp_btf sched_switch", "raw tracepoint sched_switch"], "\(outcome)")
            #expect(outcome.stderr.components(separatedBy: "other-target").count == 4, "\(outcome)")
            #expect(outcome.stderr.components(separatedBy: "alternative-taken").count == 2, "\(outcome)")
            let left = try #require(try event("running", outcome)["not_attached"] as? [[String: Any]])
            #expect(left.compactMap { $0["name"] as? String } == ["fentry_read"], "\(outcome)")
            let globals = try event("globals", outcome)["variables"] as? [String: Any]
            #expect((globals?["reads"] as? Int ?? 0) >= 10, "\(outcome)")
            for options in [["--all"], ["--program", "fentry_read"]] {
                let refused = try RunningTool("load-kp-bpf", options + [object]).finish()
                #expect(refused.status == 70 && refused.stderr.contains("fentry_read"), "\(refused)")
            }
            let functions = try run(
                "load-kp-bpf", "--json", "--duration", "1ms", object, "none_a|vfs_open", "--program", "either")
            #expect(try targets(functions) == ["vfs_open"])
            let nowhere = try run("load-kp-bpf", object, "none_a|none_b", "--program", "either")
            #expect(nowhere.status == 78 && nowhere.stderr.contains("none_a"), "\(nowhere)")
            #expect(nowhere.stderr.contains("nor: there is no function none_b"), "\(nowhere)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a function that takes no more programs by BTF gets the other one`() throws {
            let before = Machine.now
            try {
                // As many as the kernel takes: 38, and 40 in some versions.
                var programs: [TinyProgram] = []
                var links: [Attached] = []
                while links.count < 64 {
                    let program = try TinyProgram(section: "fentry/vfs_read")
                    guard let link = try? Attached(program, "fentry/vfs_read") else { break }
                    programs.append(program)
                    links.append(link)
                }
                let outcome = try run(
                    "load-kp-bpf", "--json", "--optional", "fentry_write", "--duration", "1ms",
                    "\(Lab.fixtures)/alternatives.o")
                #expect(outcome.status == 0 && outcome.stderr.contains("alternative-taken"), "\(outcome)")
                #expect(try targets(outcome) == ["vfs_read", "tp_btf sched_switch"], "\(outcome)")
                extendLifetime(links)
            }()
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a program that forbids bpf lets its own loader begin and end`() throws {
            try shell("[ -e /sys/kernel/security/lsm ] || mount -t securityfs none /sys/kernel/security")
            let isCalled = try shell("cat /sys/kernel/security/lsm").split(separator: ",").contains("bpf")
            // Debian's 5.10 has the hooks, and does not call them.
            #expect(isCalled == (Lab.kernel != "5.10"))
            let before = Machine.now
            let tool = try RunningTool(
                "load-kp-bpf", ["--json", "--stats", "--dump-globals", "\(Lab.fixtures)/forbids.o"])
            #expect(tool.wait(for: #""event":"running""#), "\(tool.stderr)")
            let other = try run("/usr/sbin/bpftool", "prog", "list")
            #expect((other.status != 0) == isCalled, "\(other)")
            let outcome = tool.end()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(try targets(outcome) == ["lsm bpf", "raw tracepoint sys_enter"], "\(outcome)")
            if isCalled {
                let globals = try event("globals", outcome)["variables"] as? [String: Any]
                #expect((globals?["refused"] as? Int ?? 0) >= 1, "\(outcome)")
                // What cannot be pinned is not left attached.
                let pinned = try run("load-kp-bpf", "--pin-links", "/sys/fs/bpf/forbids", "\(Lab.fixtures)/forbids.o")
                #expect(pinned.status != 0 && pinned.stderr.contains("may forbid it"), "\(pinned)")
            }
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }
    }
}

/// A program that stays attached as long as this value lives.
private final class Attached {
    private let link: Link

    init(_ program: TinyProgram, _ section: String) throws {
        link = try Link.attach(program: program.descriptor, to: AttachTarget(section: section))
    }
}
