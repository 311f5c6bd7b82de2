/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* What the processors are busy with: samples of the threads that run, with their stacks. */
#include "tool_filters.h"

TOOL("count samples of what the processors run, by process and stack, 99 a second on each",
     "--maps --map counts --sort -value --top 20");
SETTING(bool, user_stacks, true, "also the stacks of processes, by addresses");
SETTING(bool, idle, false, "also processors that have nothing to do");

/* What the kernel answers where there is no stack: -EFAULT. */
enum { NO_STACK = -14 };

struct sample {
	u32 pid;
	s32 kernel_stack_id FORMAT(stackid);
	s32 user_stack_id FORMAT(stackid);
	char comm[TASK_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct sample);
	__type(value, u64);
} counts SEC(".maps");

NOT_COUNTED;

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(u32));
	__uint(value_size, 64 * sizeof(u64));
} stacks SEC(".maps");

SEC("perf_event")
int handle_sample(void *ctx)
{
	u64 thread = bpf_get_current_pid_tgid(), none = 0;
	struct sample sample = { .user_stack_id = NO_STACK };
	u64 *count;

	/* The idle threads have the number 0. */
	if ((!(u32)thread && !idle) || !is_wanted())
		return 0;
	sample.pid = thread >> 32;
	bpf_get_current_comm(sample.comm, sizeof(sample.comm));
	/* Negative if there is none: a thread that runs in its own program has no stack in the kernel. */
	sample.kernel_stack_id = bpf_get_stackid(ctx, &stacks, 0);
	if (user_stacks)
		sample.user_stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	count = find_or_add(&counts, &sample, &none);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		count_not_counted(1);
	return 0;
}
