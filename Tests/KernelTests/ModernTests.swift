// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What the command line does with objects as they are written now (Tests/Fixtures/corpus).
extension KernelTests {
    @Suite(.cell("default"))
    struct Modern {
        private func corpus(_ name: String) -> String { "\(Lab.fixtures)/corpus/\(name).o" }

        private var fixtureOfModule: String { "\(Lab.fixtures)/module_entry.o" }

        private func event(_ name: String, _ outcome: Outcome) throws -> [String: Any] {
            for line in outcome.stdout.split(separator: "\n") {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                if object?["event"] as? String == name { return try #require(object) }
            }
            throw LabFailure("no event \(name): \(outcome)")
        }

        private struct LabFailure: Error, CustomStringConvertible {
            let description: String
            init(_ description: String) { self.description = description }
        }

        @Test func `one program goes to several functions, and to those that a newer kernel renamed`() throws {
            let before = Machine.now
            let outcome = try run(
                "load-kp-bpf", "--json", "--duration", "50ms", Lab.examples + "/test_prog1.o", "sys_bpf", "do_unlinkat")
            #expect(outcome.status == 0, "\(outcome)")
            let places = try #require(event("running", outcome)["attachments"] as? [[String: Any]])
            #expect(places.count == 2, "\(places)")
            try shell("rm /sys/fs/bpf/map_event")
            #expect(before.isRestored())
        }

        @Test func `a program without a place on this kernel stops the others unless it is optional`() throws {
            let object = corpus("programs-optional_section")
            let strict = try run("load-kp-bpf", "--load-only", fixtureOfModule)
            #expect(strict.status == 78, "\(strict)")
            let lenient = try run(
                "load-kp-bpf", "--load-only", "--optional", "entry", "--optional", "leave", fixtureOfModule)
            #expect(lenient.status == 0 && lenient.stderr.contains("dummy_xmit"), "\(lenient)")
            let named = ["--json", "--load-only", "--program", "wanted", "--program", "unwanted"]
            let demanded = try RunningTool("load-kp-bpf", named + [object]).finish()
            #expect(demanded.status == 78, "who names a program wants it, whatever its section says: \(demanded)")
            let both = try RunningTool("load-kp-bpf", named + ["--optional", "unwanted", object]).finish()
            #expect(both.status == 0 && both.stderr.contains("no_such_function_anywhere"), "\(both)")
            #expect((try event("loaded", both)["programs"] as? [Any])?.count == 1)
            let wrong = try run("load-kp-bpf", "--load-only", "--optional", "nobody", object)
            #expect(wrong.status == 64 && wrong.stderr.contains("wanted"), "\(wrong)")
        }

        @Test func `programs that others attach are pinned for them, all or none`() throws {
            let before = Machine.now
            let folder = "/sys/fs/bpf/pinned/here"
            let first = try run("load-kp-bpf", "--json", "--pin-programs", folder, corpus("programs-networking"))
            #expect(first.status == 0, "\(first)")
            let programs = try #require(event("loaded", first)["programs"] as? [[String: Any]])
            #expect(programs.count > 5 && programs.allSatisfy { ($0["pin"] as? String)?.hasPrefix(folder) == true })
            #expect(try shell("bpftool prog show pinned \(folder)/packets").contains("xdp"))
            let again = try run("load-kp-bpf", "--pin-programs", folder, corpus("programs-networking"))
            #expect(again.status != 0 && again.stderr.contains("pinned there already"), "\(again)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == programs.count)
            try shell("rm -r /sys/fs/bpf/pinned")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `targets on the command line replace those of the sections, before the load`() throws {
            let before = Machine.now
            let outcome = try run(
                "load-kp-bpf", "--json", "--duration", "50ms", Lab.examples + "/minimal.bpf.o", "--attach",
                "handle_write=syscalls/sys_enter_bpf", "--attach", "handle_write=tracepoint:sched/sched_switch")
            #expect(outcome.status == 0, "\(outcome)")
            let places = try #require(event("running", outcome)["attachments"] as? [[String: Any]])
            #expect(places.compactMap { $0["target"] as? String }.count == 2, "\(places)")
            // The section says nothing: the type comes from the target.
            let typed = try run(
                "load-kp-bpf", "--json", "--duration", "50ms", Lab.examples + "/test_prog1.o", "--attach",
                "test_prog=kprobe:vfs_read")
            #expect(typed.status == 0, "\(typed)")
            try shell("rm -f /sys/fs/bpf/map_event")
            let wrong = try run(
                "load-kp-bpf", Lab.examples + "/minimal.bpf.o", "--attach", "handle_write=kprobe:vfs_read")
            #expect(wrong.status == 64 && wrong.stderr.contains("of type tracepoint"), "\(wrong)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `of programs for one event the best is attached, and all where that is asked for`() throws {
            let before = Machine.now
            let object = "\(Lab.fixtures)/alternatives.o"
            let wanted = ["--optional", "fentry_write", "--json", "--duration", "50ms", object]
            let chosen = try RunningTool("load-kp-bpf", wanted).finish()
            #expect(chosen.status == 0, "\(chosen)")
            let running = try event("running", chosen)
            let places = try #require(running["attachments"] as? [[String: Any]])
            let targets = places.compactMap { $0["target"] as? String }
            #expect(targets == ["fentry vfs_read", "tp_btf sched_switch"], "\(chosen)")
            let left = try #require(running["not_attached"] as? [[String: Any]])
            #expect(left.contains { $0["name"] as? String == "kprobe_read" }, "\(chosen)")
            #expect(chosen.stderr.contains("alternative-left"), "\(chosen)")
            let all = try RunningTool("load-kp-bpf", ["--all"] + wanted).finish()
            #expect((try event("running", all)["attachments"] as? [Any])?.count == 4, "\(all)")
            let named = try run("load-kp-bpf", "--json", "--duration", "50ms", object, "--program", "kprobe_read")
            #expect((try event("running", named)["attachments"] as? [Any])?.count == 1, "\(named)")
            let stopped = try run("load-kp-bpf", "--duration", "50ms", object)
            #expect(stopped.status == 78 && stopped.stderr.contains("--optional fentry_write"), "\(stopped)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `variables are set before the load and shown after it`() throws {
            let outcome = try run(
                "load-kp-bpf", "--load-only", "--dump-globals", "--set", "config.mode=SLOW", "--set",
                "config.limits[1]={-7,8}", corpus("data-structs_and_enums"))
            #expect(outcome.status == 0 && outcome.stdout.contains("config = {.mode = SLOW"), "\(outcome)")
            #expect(outcome.stdout.contains("{.low = -7, .high = 8}"), "\(outcome)")
            let wrong = try run(
                "load-kp-bpf", "--load-only", "--set", "config.mod=SLOW", corpus("data-structs_and_enums"))
            #expect(wrong.status == 64 && wrong.stderr.contains("mode"), "\(wrong)")
        }

        @Test func `maps are sized and pinned as the command line says`() throws {
            let before = Machine.now
            let outcome = try run(
                "load-kp-bpf", "--load-only", "--map-size", "starts=77", "--pin", "starts=/sys/fs/bpf/of/mine",
                corpus("maps-hash"))
            #expect(outcome.status == 0, "\(outcome)")
            #expect(try shell("bpftool map show pinned /sys/fs/bpf/of/mine").contains("max_entries 77"))
            let other = try run(
                "load-kp-bpf", "--load-only", "--pin", "starts=/sys/fs/bpf/of/mine", corpus("maps-hash"))
            #expect(other.status == 65 && other.stderr.contains("max entries"), "\(other)")
            try shell("rm -r /sys/fs/bpf/of")
            let wrong = try run("load-kp-bpf", "--load-only", "--map-size", "start=7", corpus("maps-hash"))
            #expect(wrong.status == 64 && wrong.stderr.contains("starts"), "\(wrong)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `the types of another file stand in for the kernel's`() throws {
            let object = corpus("core-guarded_missing_member")
            try shell("cp /sys/kernel/btf/vmlinux /tmp/$(uname -r)")
            defer { _ = try? shell("rm /tmp/$(uname -r)") }
            let folder = try run("load-kp-bpf", "--load-only", "--btf", "/tmp", object)
            #expect(folder.status == 0, "\(folder)")
            let none = try run("load-kp-bpf", "--load-only", "--btf", "/etc/passwd", object)
            #expect(none.status != 0 && none.stderr.contains("BTF"), "\(none)")
        }
    }
}
