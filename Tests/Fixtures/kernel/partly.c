/* SPDX-License-Identifier: Apache-2.0 */
/* Two programs for one function, and one that is attached by other tools. */
#define SEC(name) __attribute__((section(name), used))

SEC("kprobe/vfs_read") int first(void *context) { return 0; }
SEC("kprobe/vfs_read") int second(void *context) { return 0; }
SEC("xdp") int filter(void *context) { return 2; }

char _license[] SEC("license") = "GPL";
