// SPDX-License-Identifier: Apache-2.0
// The better of two programs for calls of one function is one that no verifier takes; targets of several names.

#define __section(NAME) __attribute__((section(NAME), used))

char _license[] __section("license") = "GPL";

/* In a map that only the second program uses. */
unsigned long reads;

__section("fentry/vfs_read") int fentry_read(void *context) { return *(volatile int *)64; }
__section("kprobe/vfs_read") int kprobe_read(void *context)
{
	__sync_fetch_and_add(&reads, 1);
	return 0;
}
/* No kernel has the first of each. */
__section("kprobe/no_such_function_anywhere|vfs_write") int either(void *context) { return 0; }
__section("tp_btf/no_such_tracepoint|sched_switch") int typed(void *context) { return 0; }
__section("raw_tp/no_such_tracepoint|sched_switch") int raw(void *context) { return 0; }
