// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Objects that ask for more than a kernel has, or leave out what is clear (Tests/Fixtures/kernel).
extension KernelTests {
    @Suite(.cell("default"))
    struct OlderKernels {
        private func load(_ name: String, _ options: String...) throws -> Outcome {
            try RunningTool("load-kp-bpf", ["--load-only"] + options + ["\(Lab.fixtures)/\(name).o"]).finish()
        }

        private var isBefore512: Bool { Lab.kernel == "5.10" }

        @Test func `additions whose result nobody uses load on every kernel, with a note where they are the old ones`()
            throws
        {
            let outcome = try load("counters")
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.stderr.contains("older kernels") == isBefore512, "\(outcome)")
        }

        @Test func `an addition whose result is used is refused by its name where the kernel lacks it`() throws {
            let outcome = try load("ticket")
            guard isBefore512 else {
                #expect(outcome.status == 0, "\(outcome)")
                return
            }
            #expect(outcome.status == 70, "\(outcome)")
            for word in ["whose result is used", "5.12", "5.10", "ticket.c:7"] {
                #expect(outcome.stderr.contains(word), "\(word) in \(outcome)")
            }
            #expect(!outcome.stderr.contains("EINVAL"), "\(outcome)")
        }

        @Test(arguments: [
            ("session", "7.0", "fsession"), ("cgroup_hook", "6.0", "lsm_cgroup"), ("unix_socket", "6.7", "unix"),
            ("fragments", "5.18", "xdp.frags"), ("sleeper", "6.0", "may sleep"), ("symbols", "6.0", "iterator ksym"),
            ("looping", "5.13", "callback"), ("task", "6.2", "bpf_task_from_pid"),
        ])
        func `what a program asks of a newer kernel is named with the kernel that brought it`(
            program: String, since: String, word: String
        ) throws {
            let outcome = try load("newer", "--program", program)
            guard outcome.status != 0 else { return }
            guard Lab.isOlder(than: since) else {
                Issue.record("\(program) loads since \(since): \(outcome)")
                return
            }
            for part in [since, word, "next: "] { #expect(outcome.stderr.contains(part), "\(part) in \(outcome)") }
            #expect(!outcome.stderr.contains("without looking at"), "\(outcome)")
            // Without it the others run.
            let rest = try load("newer", "--program", "plain", "--program", program, "--optional", program)
            #expect(rest.status == 0, "\(rest)")
        }

        @Test func `sizes that a map's type decides need not be written`() throws {
            let outcome = try load("completed_maps")
            #expect(outcome.status == 0, "\(outcome)")
        }

        @Test func `a definition that the kernel refuses is told by the rule of its type`() throws {
            let outcome = try load("wrong_maps")
            #expect(outcome.status == 69, "\(outcome)")
            for word in ["lpm_trie", "routes", "BPF_F_NO_PREALLOC"] {
                #expect(outcome.stderr.contains(word), "\(word) in \(outcome)")
            }
        }

        @Test func `a variable of an arena loads where there are arenas`() throws {
            let outcome = try load("arena_variables")
            if ["5.10", "6.1"].contains(Lab.kernel) {
                #expect(outcome.status == 69 && outcome.stderr.contains("6.9"), "\(outcome)")
            } else {
                #expect(outcome.status == 0, "\(outcome)")
            }
        }

        @Test func `a program that is asked for by name must load, whatever its section says`() throws {
            let all = try load("asked_for")
            #expect(all.status == 0, "\(all)")
            let named = try load("asked_for", "--program", "refused")
            #expect(named.status == 70 && named.stdout.isEmpty, "\(named)")
            let optional = try load("asked_for", "--program", "refused", "--optional", "refused")
            #expect(optional.status == 0, "\(optional)")
        }
    }
}
