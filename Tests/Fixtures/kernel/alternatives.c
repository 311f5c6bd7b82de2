// SPDX-License-Identifier: Apache-2.0
// Two programs for calls of one function, of which a loader is to choose one, and two for one tracepoint.

#define __section(NAME) __attribute__((section(NAME), used))

char _license[] __section("license") = "GPL";

__section("kprobe/vfs_read") int kprobe_read(void *context) { return 0; }
__section("fentry/vfs_read") int fentry_read(void *context) { return 0; }
__section("raw_tp/sched_switch") int switch_raw(void *context) { return 0; }
__section("tp_btf/sched_switch") int switch_btf(void *context) { return 0; }
/* No kernel has this one; the other serves. */
__section("fentry/no_such_function_anywhere") int fentry_write(void *context) { return 0; }
