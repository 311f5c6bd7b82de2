// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What the loader says of a machine, of functions, and of what there is to attach to.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"), .serialized)
    struct Doctor {
        /// The tools are in root's folder, where others may look for these tests.
        private static let isOpen = Result { try shell("chmod 755 /root") }

        private func load(_ arguments: [String], _ confinement: [String] = []) throws -> Outcome {
            _ = try Self.isOpen.get()
            guard !confinement.isEmpty else { return try RunningTool("load-kp-bpf", arguments).finish() }
            return try RunningTool("/usr/bin/confine", confinement + ["\(Lab.tools)/load-kp-bpf"] + arguments).finish()
        }

        private func json(_ outcome: Outcome) throws -> [String: Any] {
            let line = try #require(outcome.stdout.split(separator: "\n").first, "\(outcome)")
            return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }

        private func states(_ report: [String: Any]) -> [String: String] {
            let ways = report["ways"] as? [[String: Any]] ?? []
            return Dictionary(
                ways.compactMap { way in
                    (way["way"] as? String).flatMap { name in (way["state"] as? String).map { (name, $0) } }
                }, uniquingKeysWith: { $1 })
        }

        @Test func `root is told that kprobes work, and nothing is attached to find it out`() throws {
            let before = Machine.now
            let outcome = try load(["--doctor", "--json"])
            #expect(outcome.status == 0 && outcome.stderr.isEmpty, "\(outcome)")
            let report = try json(outcome)
            #expect(report["works"] as? Bool == true && report["exit"] as? Int == 0)
            let states = states(report)
            for way in ["kprobe", "fentry", "tracepoint", "raw_tp", "tp_btf", "uprobe", "iter", "ringbuf"] {
                #expect(states[way] == "works", "\(way): \(states)")
            }
            let isOld = Lab.kernel == "5.10"
            for way in ["kprobe.multi", "uprobe.multi", "tcx", "cookies"] where isOld {
                #expect(states[way] == "no", "\(way): \(states)")
            }
            if Lab.kernel == "6.12" {
                #expect(states["tcx"] == "works" && states["uprobe.multi"] == "works", "\(states)")
            }
            #expect(before.isRestored())
        }

        @Test func `a user without capabilities is told which are missing, and the command that gives them`() throws {
            let outcome = try load(["--doctor"], ["--uid", "1000"])
            #expect(outcome.status == 77, "\(outcome)")
            for words in [
                "error: programs on kprobes do not work for this user", "CAP_BPF", "next: sudo",
                "not known without privilege",
                "closed to this user",
            ] { #expect(outcome.stdout.contains(words), "\(words) is said in: \(outcome)") }
        }

        @Test func `a capability less is named`() throws {
            // All but CAP_BPF (39) and CAP_SYS_ADMIN (21), which stands for it.
            let outcome = try load(["--doctor", "--json"], ["--caps", "17fffdfffff"])
            #expect(outcome.status == 77, "\(outcome)")
            let obstacle = try json(outcome)["obstacle"] as? [String: Any]
            #expect(obstacle?["code"] as? String == "capability-missing", "\(outcome)")
            #expect((obstacle?["cause"] as? String)?.contains("CAP_BPF") == true, "\(outcome)")
        }

        @Test func `a function is tried, and what keeps it from probes is told`() throws {
            let before = Machine.now
            let read = try load(["--doctor", "vfs_read"])
            #expect(read.status == 0, "\(read)")
            for words in ["vfs_read(struct file *", "kprobe          works", "fentry          works"] {
                #expect(read.stdout.contains(words), "\(words) is said in: \(read)")
            }
            if Lab.kernel == "6.12" {
                // NOKPROBE_SYMBOL in every kernel.
                let forbidden = try load(["--doctor", "notify_die"])
                #expect(forbidden.status == 78, "\(forbidden)")
                #expect(
                    ["the kernel keeps probes off it", "takes no probe"].contains {
                        (forbidden.stdout + forbidden.stderr).contains($0)
                    }, "\(forbidden)")
                let event = try load(["--doctor", "tracepoint:sched/sched_swich"])
                #expect(event.status == 78 && event.stderr.contains("sched/sched_switch"), "\(event)")
            }
            #expect(before.isRestored())
        }

        @Test func `without privilege a function is told of, as far as files can be read`() throws {
            let outcome = try load(["--doctor", "vfs_read"], ["--uid", "1000"])
            #expect(outcome.status == 0 && outcome.stdout.contains("kprobe          ?"), "\(outcome)")
            #expect(outcome.stderr.contains("CAP_BPF"), "\(outcome)")
        }

        @Test func `functions are listed with their declarations, and what can be attached to each`() throws {
            let outcome = try load(["--list", "vfs_re*"])
            #expect(outcome.status == 0 && outcome.stderr.isEmpty, "\(outcome)")
            #expect(
                outcome.stdout.contains("kprobe fentry  ssize_t vfs_read(struct file *file, char *buf, size_t count"))
            let user = try load(["--list", "vfs_read"], ["--uid", "1000"])
            #expect(user.status == 0 && user.stdout.hasPrefix("kprobe ?       ssize_t vfs_read("), "\(user)")
            #expect(user.stderr.contains("kprobes/blacklist"), "\(user)")
        }

        @Test func `trace events are listed with their fields, hooks and iterators by the types`() throws {
            if Lab.kernel == "newest" {
                let events = try load(["--list", "tracepoint:sched/sched_sw*"])
                #expect(events.stdout.contains("sched/sched_switch\n  char prev_comm[16]\n"), "\(events)")
                let user = try load(["--list", "tracepoint:sched_switch"], ["--uid", "1000"])
                #expect(user.status == 0 && user.stdout.contains("void sched_switch(bool"), "\(user)")
                let iterators = try load(["--list", "iter:task*"])
                #expect(iterators.stdout.contains("int task(struct task_struct *task)"), "\(iterators)")
            }
            let structures = try load(["--list", "struct_ops:"])
            #expect(structures.stdout.contains("struct tcp_congestion_ops\n"), "\(structures)")
            let line = try json(try load(["--list", "--json", "tracepoint:sched_switch"]))
            #expect(line["event"] as? String == "trace-event" && (line["fields"] as? [Any])?.isEmpty == false)
        }
    }
}
