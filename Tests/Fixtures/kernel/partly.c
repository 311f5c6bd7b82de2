/* SPDX-License-Identifier: Apache-2.0 */
/* Two programs for one function, one that is attached by other tools, and one that is called by others. */
#define SEC(name) __attribute__((section(name), used))

SEC("kprobe/vfs_read") int first(void *context) { return 0; }
SEC("kprobe/vfs_read") int second(void *context) { return 0; }
SEC("xdp") int filter(void *context) { return 2; }
SEC("kprobe") int called(void *context) { return 0; }

struct {
	int (*type)[3]; /* BPF_MAP_TYPE_PROG_ARRAY */
	int (*max_entries)[1];
	int (*key_size)[4];
	int (*values[])(void *);
} jumps SEC(".maps") = { .values = { called } };

char _license[] SEC("license") = "GPL";
