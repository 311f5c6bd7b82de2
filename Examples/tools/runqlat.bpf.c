/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* How long threads that could run wait for a processor. */
#include "tool_filters.h"

TOOL("show how long threads that could run wait for a processor, as a histogram",
     "--maps --map latency");
SETTING(u64, min_us, 0, "only waits that take this long, in microseconds");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
/* The state had another name and size before Linux 5.14. */
struct task_struct___before_5_14 {
	long state;
};

struct task_struct___now {
	unsigned int __state;
};

struct kernfs_node {
	u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct cred {
	struct {
		u32 val;
	} uid;
};

struct task_struct___whose {
	struct cred *cred;
	struct css_set *cgroups;
};
#pragma clang attribute pop

/* When each thread could run, by its id. */
STARTED(ready, u64);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct latencies);
} latency SEC(".maps");

NOT_COUNTED;

/* The questions of is_wanted(), of a thread that does not run yet. */
static __always_inline bool is_wanted_thread(struct task_struct *task)
{
	struct task_struct___whose *whose = (void *)task;
	char name[TASK_COMM_LEN] = {};
	u32 process = BPF_CORE_READ(task, tgid);

	if (pid && process != pid)
		return false;
	if (not_pid && process == not_pid)
		return false;
	if (uid >= 0 && BPF_CORE_READ(whose, cred, uid.val) != uid)
		return false;
	if (cgroup && BPF_CORE_READ(whose, cgroups, dfl_cgrp, kn, id) != cgroup)
		return false;
	if (!comm[0])
		return true;
	BPF_CORE_READ_STR_INTO(&name, task, comm);
	return has_wanted_name(name);
}

static __always_inline bool is_runnable(struct task_struct *task)
{
	struct task_struct___now *now = (void *)task;
	struct task_struct___before_5_14 *before = (void *)task;

	if (bpf_core_field_exists(now->__state))
		return BPF_CORE_READ(now, __state) == 0;
	return BPF_CORE_READ(before, state) == 0;
}

static __always_inline int enqueue(struct task_struct *task)
{
	u64 thread = BPF_CORE_READ(task, pid), now;

	/* Number 0 are the idle threads, one for each processor. */
	if (!thread || !is_wanted_thread(task))
		return 0;
	now = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&ready, &thread, &now, BPF_ANY))
		count_not_counted(1);
	return 0;
}

/* A thread that sleeps does not wait: it may have been woken while it still ran, which is no wait either. */
static __always_inline void dequeue(struct task_struct *task)
{
	u64 thread = BPF_CORE_READ(task, pid);

	forget(&ready, &thread);
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(handle_wakeup, struct task_struct *task)
{
	return enqueue(task);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(handle_wakeup_new, struct task_struct *task)
{
	return enqueue(task);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(handle_switch, bool preempts, struct task_struct *previous, struct task_struct *next)
{
	u64 thread = BPF_CORE_READ(next, pid), took;
	u32 zero = 0;
	u64 *start;

	/* One that has to leave, and could go on, waits as well. */
	if (preempts || is_runnable(previous))
		enqueue(previous);
	else
		dequeue(previous);
	start = bpf_map_lookup_elem(&ready, &thread);
	if (!start)
		return 0;
	took = bpf_ktime_get_ns() - *start;
	bpf_map_delete_elem(&ready, &thread);
	if (took >= min_us * 1000)
		count_latency(bpf_map_lookup_elem(&latency, &zero), took);
	return 0;
}
