/* SPDX-License-Identifier: Apache-2.0 */
/* One program that runs, and three that do not: nobody asks for it, it has no target, the verifier refuses it. */
#define SEC(name) __attribute__((section(name), used))

SEC("kprobe/vfs_read") int runs(void *context) { return 0; }
SEC("?kprobe/vfs_write") int unasked(void *context) { return 0; }
SEC("kprobe/no_such_function_here") int nowhere(void *context) { return 0; }
SEC("kprobe/vfs_read") int refused(long *context) { return *(int *)(context[0]); }

char _license[] SEC("license") = "GPL";
