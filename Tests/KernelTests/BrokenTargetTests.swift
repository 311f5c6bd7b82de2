// SPDX-License-Identifier: Apache-2.0

import Testing

/// Programs whose places are not there, or do not take them (Tests/Fixtures/kernel/broken_targets.c): what is wrong and what to write.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct BrokenTargets {
        @Test(arguments: [
            ("no_function", "did you mean vfs_read?"), ("no_call", "did you mean openat?"),
            ("no_event", "did you mean sched/sched_switch?"), ("other_group", "it is not in syscalls but in sched"),
            ("no_raw", "did you mean sched_switch?"), ("no_typed", "did you mean sched_switch?"),
            ("no_entry", "did you mean vfs_read?"), ("no_exit", "--list"), ("no_iterator", "did you mean task"),
            ("no_user_library", "there is no library libnosuch.so.7"),
            ("no_user_event", "/bin/busybox has no static tracepoints"), ("no_device", "--attach no_device=xdp:"),
            ("no_traffic", "--attach no_traffic=tc:"), ("no_group", "--attach no_group=cgroup_skb/ingress:PATH"),
            ("no_slash", "SEC(\"tracepoint/CATEGORY/NAME\")"), ("beyond_fields", "beyond the fields"),
        ])
        func `a place that is not there is told with what is near, or with what to write`(
            program: String, words: String
        ) throws {
            let outcome = try RunningTool(
                "load-kp-bpf",
                ["--duration", "10ms", "--quiet", "--program", program, "\(Lab.fixtures)/broken_targets.o"]
            ).finish()
            #expect(outcome.status != 0 && outcome.status < 128, "\(outcome)")
            #expect(outcome.stderr.contains("error") && outcome.stderr.contains(words), "\(outcome)")
            #expect(outcome.stderr.contains("next: "), "\(outcome)")
        }
    }
}
