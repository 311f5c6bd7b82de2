// SPDX-License-Identifier: Apache-2.0
// A scheduler that leaves everything to the kernel's own queue, and counts how often a task gets a processor.

#define SEC(NAME) __attribute__((section(NAME), used))

typedef unsigned long long u64;
struct task_struct;
struct scx_exit_info;

char _license[] SEC("license") = "GPL";

u64 starts, switches, ends;

SEC("struct_ops.s/started") int started(u64 *context) { __sync_fetch_and_add(&starts, 1); return 0; }
SEC("struct_ops/running") void running(u64 *context) { __sync_fetch_and_add(&switches, 1); }
SEC("struct_ops/ended") void ended(u64 *context) { __sync_fetch_and_add(&ends, 1); }

struct sched_ext_ops {
	void (*running)(struct task_struct *);
	int (*init)(void);
	void (*exit)(struct scx_exit_info *);
	char name[128];
};

SEC(".struct_ops.link") struct sched_ext_ops counting = {
	.name = "swift_simple", .running = (void *)running, .init = (void *)started, .exit = (void *)ended,
};
