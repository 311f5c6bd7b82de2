// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Links that outlive their loader: `--pin-links`, `--list`, `--stop`.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct PinnedLinks {
        private static let isOld = Lab.kernel == "5.10"
        private let folder = "/sys/fs/bpf/traces/first"

        private func programs(_ outcome: Outcome) throws -> [[String: Any]] {
            let line = try #require(outcome.stdout.split(separator: "\n").first, "\(outcome)")
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require(object?["programs"] as? [[String: Any]])
        }

        @Test(.enabled(if: !isOld))
        func `a program runs on without its loader, is listed with what holds it, and is stopped`() throws {
            let before = Machine.now
            let statistics = try RunTimeStatisticsOfMachine()
            let outcome = try run(
                "load-kp-bpf", "--json", "--pin-links", folder, Lab.examples + "/minimal.bpf.o", "--attach",
                "handle_write=syscalls/sys_enter_bpf", "--attach", "handle_write=syscalls/sys_enter_openat")
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.stdout.contains("\"event\":\"attached\""), "\(outcome)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "/sys/fs/bpf/traces") == ["first"])

            Traffic.bpf(command: 14_000, count: 50)
            let list = try run("load-kp-bpf", "--json", "--list")
            let program = try #require(programs(list).first, "\(list)")
            #expect(program["name"] as? String == "handle_write" && program["type"] as? String == "tracepoint")
            #expect(try #require(program["runs"] as? Int) >= 50, "\(list)")
            #expect((program["attachments"] as? [Any])?.count == 2, "\(list)")
            #expect(Set(program["pins"] as? [String] ?? []).contains(folder + "/handle_write_2"), "\(list)")
            let text = try run("load-kp-bpf", "--list")
            #expect(text.stdout.contains("pinned at \(folder)/handle_write"), "\(text)")

            let taken = try run("load-kp-bpf", "--pin-links", folder, Lab.examples + "/minimal.bpf.o")
            #expect(taken.status != 0 && taken.stderr.contains("pinned there already"), "\(taken)")
            let root = try run("load-kp-bpf", "--stop", "/sys/fs/bpf")
            #expect(root.status == 64 && root.stderr.contains("where the bpf file system is mounted"), "\(root)")
            let long = try run(
                "load-kp-bpf", "--pin-links", "/sys/fs/bpf/" + String(repeating: "a", count: 230),
                Lab.examples + "/minimal.bpf.o")
            #expect(long.status == 64 && long.stderr.contains("its name has more than"), "\(long)")
            let stopped = try run("load-kp-bpf", "--stop", folder)
            #expect(stopped.status == 0 && stopped.stdout.contains("2 links"), "\(stopped)")
            let none = try run("load-kp-bpf", "--stop", folder)
            #expect(none.status != 0 && none.stderr.contains("there is no directory"), "\(none)")
            #expect(none.stderr.contains("next: see what is pinned: ls /sys/fs/bpf"), "\(none)")
            try shell("rmdir /sys/fs/bpf/traces")
            try statistics.end()
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test(.enabled(if: isOld))
        func `where the kernel has no link nothing is attached and nothing is left`() throws {
            let before = Machine.now
            let outcome = try run("load-kp-bpf", "--pin-links", folder, Lab.examples + "/minimal.bpf.o")
            #expect(outcome.status == 69, "\(outcome)")
            #expect(outcome.stderr.contains("cannot pin the link of") && outcome.stderr.contains("5.15"), "\(outcome)")
            #expect(!FileManager.default.fileExists(atPath: "/sys/fs/bpf/traces"))
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a loader that waits is listed with its process and its probe`() throws {
            let before = Machine.now
            let tool = try RunningTool("load-kp-bpf", [Lab.examples + "/test_prog1.o", "sys_bpf"])
            #expect(tool.wait(for: "Running."))
            let list = try run("load-kp-bpf", "--json", "--list")
            let program = try #require(programs(list).first, "\(list)")
            #expect(program["type"] as? String == "kprobe")
            #expect(((program["processes"] as? [[String: Any]])?.first?["name"] as? String) == "load-kp-bpf", "\(list)")
            let places = try #require(program["attachments"] as? [[String: Any]])
            // The event and its link are one place.
            #expect(places.count == 1 && (places[0]["target"] as? String)?.contains("sys_bpf") == true, "\(list)")
            // Nobody else may look into it: that is not the same as nothing.
            let other = try RunningTool("/usr/bin/confine", ["--uid", "1000", "\(Lab.tools)/load-kp-bpf", "--list"])
                .finish()
            #expect(other.status == 77 && other.stderr.contains("CAP_SYS_ADMIN is missing"), "\(other)")
            // With CAP_SYS_ADMIN alone the directories of the process are closed.
            let half = try RunningTool(
                "/usr/bin/confine", ["--uid", "1000", "--caps", "200000", "\(Lab.tools)/load-kp-bpf", "--list"]
            ).finish()
            #expect(half.status == 77 && half.stderr.contains("closed to this user"), "\(half)")
            #expect((program["maps"] as? [[String: Any]])?.first?["name"] as? String == "map_event", "\(list)")
            tool.end()
            try shell("rm /sys/fs/bpf/map_event")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test(.enabled(if: !isOld))
        func `what a killed loader left unfinished is taken away by the next`() throws {
            let before = Machine.now
            // A process id that is no more: this pid namespace, a start time that no process has.
            let inode = try shell("stat -L -c %i /proc/self/ns/pid").trimmingCharacters(in: .whitespacesAndNewlines)
            let hexadecimal = String(try #require(UInt64(inode)), radix: 16)
            let left = "/sys/fs/bpf/other_unfinished_\(hexadecimal)_\(getpid())_1"
            try shell("mkdir \(left)")
            let outcome = try run("load-kp-bpf", "--pin-links", "/sys/fs/bpf/here", Lab.examples + "/minimal.bpf.o")
            #expect(outcome.status == 0, "\(outcome)")
            #expect(!FileManager.default.fileExists(atPath: left))
            #expect(try run("load-kp-bpf", "--stop", "/sys/fs/bpf/here").status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }
    }
}

/// The machine's own counting of runs, on until ``end()``.
private struct RunTimeStatisticsOfMachine {
    init() throws { try shell("echo 1 >/proc/sys/kernel/bpf_stats_enabled") }
    func end() throws { try shell("echo 0 >/proc/sys/kernel/bpf_stats_enabled") }
}
