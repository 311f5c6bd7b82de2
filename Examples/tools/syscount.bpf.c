/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Which system calls processes make, how many fail, and how long they take. */
#include "tool_filters.h"

TOOL("count the system calls of each process, those that fail, and the time that they take",
     "--maps --map counts --sort -value.count --top 30");
SETTING(bool, failed_only, false, "only calls that failed");
SETTING(u64, min_us, 0, "only calls that take this long, in microseconds");

struct call_key {
	u32 pid;
	u32 call FORMAT(syscall);
	char comm[TASK_COMM_LEN];
};

struct call_count {
	u64 count;
	u64 failed;
	u64 time_ns FORMAT(ns);
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, struct call_key);
	__type(value, struct call_count);
} counts SEC(".maps");

NOT_COUNTED;

/* The number is that of the beginning: sigreturn(2) ends as what it interrupted. */
struct call_began {
	u64 time;
	u64 number;
};

STARTED(began, struct call_began);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct thread_info {
	unsigned long flags;
	u32 status;
};

struct task_struct___information {
	struct thread_info thread_info;
};
#pragma clang attribute pop

/* Calls of a process of 32 bits have other numbers: they are told by a bit, so that none is shown as another call. */
static __always_inline u32 architecture_bit(void)
{
	struct task_struct___information *task = (void *)bpf_get_current_task();
	bool has_32_bits = false;

#if defined(__TARGET_ARCH_x86)
	/* TS_COMPAT, from the beginning of such a call to its end. */
	if (bpf_core_field_exists(task->thread_info.status))
		has_32_bits = BPF_CORE_READ(task, thread_info.status) & 2;
#elif defined(__TARGET_ARCH_arm64)
	/* TIF_32BIT. */
	if (bpf_core_field_exists(task->thread_info.flags))
		has_32_bits = BPF_CORE_READ(task, thread_info.flags) & 1 << 22;
#endif
	return has_32_bits ? 1U << 31 : 0;
}

SEC("tp/raw_syscalls/sys_enter")
int enter_call(struct trace_event_raw_sys_enter *ctx)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct call_began call = { .number = ctx->id };

	if (!is_wanted())
		return 0;
	call.number |= architecture_bit();
	call.time = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&began, &thread, &call, BPF_ANY))
		count_not_counted(1);
	return 0;
}

SEC("tp/raw_syscalls/sys_exit")
int leave_call(struct trace_event_raw_sys_exit *ctx)
{
	u64 thread = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
	struct call_began *call = bpf_map_lookup_elem(&began, &thread);
	struct call_count none = {}, *count;
	struct call_key key = {};
	long ret = ctx->ret;
	u64 took;

	/* It began before the tool did, or is not wanted. */
	if (!call)
		return 0;
	took = now - call->time;
	key.call = call->number;
	bpf_map_delete_elem(&began, &thread);
	if (took < min_us * 1000 || (failed_only && ret >= 0))
		return 0;
	key.pid = thread >> 32;
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	count = find_or_add(&counts, &key, &none);
	if (!count) {
		count_not_counted(1);
		return 0;
	}
	__sync_fetch_and_add(&count->count, 1);
	__sync_fetch_and_add(&count->time_ns, took);
	/* The highest 4095 values of an address are errors. */
	if (ret < 0 && ret >= -4095)
		__sync_fetch_and_add(&count->failed, 1);
	return 0;
}

/* The id of a thread that executes a program becomes that of its process while the call lasts. */
SEC("tp/sched/sched_process_exec")
int handle_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	u64 thread = bpf_get_current_pid_tgid(), before = thread >> 32 << 32 | (u32)ctx->old_pid;
	struct call_began *found, call;

	if (before == thread)
		return 0;
	found = bpf_map_lookup_elem(&began, &before);
	if (!found)
		return 0;
	call = *found;
	bpf_map_delete_elem(&began, &before);
	bpf_map_update_elem(&began, &thread, &call, BPF_ANY);
	return 0;
}

/* exit(2) does not return, and other calls do not when the thread is killed. */
SEC("tp/sched/sched_process_exit")
int handle_exit(void *ctx)
{
	u64 thread = bpf_get_current_pid_tgid();

	forget(&began, &thread);
	return 0;
}
