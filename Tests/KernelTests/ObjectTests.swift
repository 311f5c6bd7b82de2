// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Objects that ask for more than the examples do (Tests/Fixtures/kernel).
extension KernelTests {
    @Suite(.cell("default"), .kernels("6.1"))
    struct Objects {
        private func fixture(_ name: String) -> String { "\(Lab.fixtures)/\(name).o" }

        @Test func `a program that the verifier refuses: the reason first, the whole log on request, nothing left`()
            throws
        {
            let before = Machine.now
            let plain = try run("load-kp-bpf", fixture("refused"), "sys_bpf")
            #expect(plain.status == 70 && plain.stdout.isEmpty, "\(plain)")
            let first = try #require(plain.stderr.split(separator: "\n").first { $0.contains("error[") })
            #expect(first.contains("[verifier-context-access]") && first.contains("reads_past_registers"), "\(plain)")
            #expect(plain.stderr.contains("the kernel says: invalid bpf_context access"), "\(plain)")
            #expect(plain.stderr.contains("refused.c:8"), "the line of the source is told: \(plain)")

            let file = FileManager.default.temporaryDirectory.appending(path: "verifier.log").path
            let verbose = try run(
                "load-kp-bpf", "--verbose", "--verifier-log", file, fixture("refused"), "sys_bpf")
            #expect(verbose.stderr.contains("\n0: (79)"), "\(verbose)")
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("invalid bpf_context access"))
            #expect(before.isRestored())
        }

        @Test func `a log of any length is kept whole`() throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "verifier.log").path
            let outcome = try run("load-kp-bpf", "--verifier-log", file, fixture("long_log"), "sys_bpf")
            #expect(outcome.status == 70, "\(outcome)")
            let log = try String(contentsOfFile: file, encoding: .utf8)
            #expect(log.utf8.count > 128 << 10, "\(log.utf8.count) bytes")
            #expect(log.contains("\n0: (") || log.hasPrefix("0: ("), "it has its beginning")
            #expect(log.contains("invalid bpf_context access"), "it has its reason")
            #expect(log.contains("processed "), "it has its end")
        }

        @Test func `no license loads as GPL with a warning, a foreign one is named as the cause`() throws {
            let unlicensed = try run("load-kp-bpf", "--load-only", fixture("unlicensed"))
            #expect(unlicensed.status == 0 && unlicensed.stderr.contains("license"), "\(unlicensed)")
            let proprietary = try run("load-kp-bpf", "--load-only", fixture("proprietary"))
            #expect(proprietary.status == 70 && proprietary.stderr.contains("license"), "\(proprietary)")
        }

        @Test func `pins and folders that were made go again when the program is refused`() throws {
            let before = Machine.now
            let outcome = try run("load-kp-bpf", fixture("late_failure"), "sys_bpf")
            #expect(outcome.status == 70, "\(outcome)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `pins go again too when the probe is refused`() throws {
            let before = Machine.now
            let outcome = try run("load-kp-bpf", Lab.examples + "/test_prog.o", "vfs_read+0x1")
            #expect(outcome.status == 78, "\(outcome)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test(arguments: ["dotted", "long"])
        func `a map name that cannot be a pin is refused with the reason`(name: String) throws {
            let before = Machine.now
            let outcome = try run("load-kp-bpf", "--load-only", fixture("name_\(name)"))
            #expect(outcome.status == 65, "\(outcome)")
            #expect(outcome.stderr.contains(name == "long" ? "15" : "'.'"), "\(outcome)")
            #expect(before.isRestored())
        }

        @Test func `an annotated object is loaded as one without annotations, by us and by bpftool`() throws {
            let before = Machine.now
            let ours = try run("load-kp-bpf", "--load-only", fixture("annotated"))
            let notes = ours.stderr.split(separator: "\n")
            #expect(ours.status == 0 && !notes.isEmpty, "\(ours)")
            #expect(notes.allSatisfy { $0.contains("note: events of") && $0.contains("annotation") }, "\(ours)")
            try shell("bpftool prog load \(fixture("annotated")) /sys/fs/bpf/annotated")
            let maps = try shell("bpftool map show")
            #expect(maps.contains("call_events") && !maps.contains("event_types"), "\(maps)")
            try shell("rm /sys/fs/bpf/annotated")
            #expect(before.isRestored())
        }

        @Test func `a map in a map is made with its slot filled`() throws {
            let before = Machine.now
            let loader = try RunningTool("load-kp-bpf", [fixture("map_in_map"), "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            Traffic.bpf(command: 18_000, count: 5)
            #expect(loader.end().status == 0)
            let dump = try shell("bpftool -j map dump pinned /sys/fs/bpf/inner_counts")
            #expect(!dump.contains(#""value":["0x00""#), "the program counted: \(dump)")
            let second = try run("load-kp-bpf", "--duration", "50ms", fixture("map_in_map"), "sys_bpf")
            #expect(second.status == 0, "the pinned maps are used again: \(second)")
            try shell("rm /sys/fs/bpf/outer /sys/fs/bpf/inner_counts")
            #expect(before.isRestored())
        }

        @Test func `a probe may be on an offset, on the return, in a module`() throws {
            let object = Lab.examples + "/test_prog1.o"
            let before = Machine.now
            let atReturn = try run("load-kp-bpf", "--duration", "50ms", "--return", object, "vfs_read")
            #expect(atReturn.status == 0, "\(atReturn)")
            // A function begins with the 5-byte call that ftrace patches, after 4 bytes of endbr64 where a kernel has it.
            let offsets = try [4, 5, 9].map { try run("load-kp-bpf", "--duration", "50ms", object, "vfs_read+\($0)") }
            #expect(offsets.contains { $0.status == 0 } && offsets.contains { $0.status == 78 }, "\(offsets)")
            let module = "dummy"
            try shell("insmod /lib/modules/\(module).ko")
            defer { _ = try? shell("rmmod \(module)") }
            let symbols = try shell("grep 'dummy' /proc/kallsyms")
            let function = try #require(
                symbols.split(separator: "\n").first { $0.contains(" t dummy_") && $0.hasSuffix("[\(module)]") }?
                    .split(separator: " ").last?.split(separator: "\t").first, "\(symbols)")
            let outcome = try run("load-kp-bpf", "--duration", "50ms", object, "\(module):\(function)")
            #expect(outcome.status == 0, "\(module):\(function): \(outcome)")
            try shell("rm /sys/fs/bpf/map_event")
            let unloaded = try run("load-kp-bpf", object, "tun:tun_net_xmit")
            #expect(unloaded.status == 78 && unloaded.stderr.contains("tun"), "\(unloaded)")
            #expect(before.isRestored())
        }

        @Test func `programs go to the functions of a module by its own types, where the kernel has those`() throws {
            let before = Machine.now
            let without = try run("load-kp-bpf", fixture("module_entry"))
            #expect(without.status == 78 && without.stderr.contains("dummy_xmit"), "\(without)")
            try shell("insmod /lib/modules/dummy.ko")
            defer { _ = try? shell("rmmod dummy") }
            let outcome = try run("load-kp-bpf", "--json", "--duration", "50ms", fixture("module_entry"))
            if FileManager.default.fileExists(atPath: "/sys/kernel/btf/dummy") {
                #expect(outcome.status == 0 && outcome.stdout.contains("fexit dummy_dev_init"), "\(outcome)")
            } else {
                // Before 5.11 modules have no types.
                #expect(Lab.kernel == "5.10" && outcome.status == 78, "\(outcome)")
            }
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }
    }
}
