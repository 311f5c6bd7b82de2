/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Which programs are executed, with their arguments, how long they ran and how they ended. */
#include "tool_filters.h"

TOOL("print each program that is executed, with its arguments, and how and after what time it ends",
     "--events --table --fields what,pid,ppid,uid,comm,duration_ns,status,signal,args");
SETTING(bool, ends, true, "also when they end; false: only the beginning");
SETTING(u64, min_us, 0, "only ends of processes that ran this long, and no beginnings, in microseconds");

enum { ARGUMENT_BYTES = 512 };

/* The flag of a process that ends as a whole, by exit_group(2) or a signal. */
enum { SIGNAL_GROUP_EXIT = 4 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
/* What the threads of a process share: how many of them have not ended, and what the process ends with. */
struct signal_struct {
	struct {
		int counter;
	} live;
	unsigned int flags;
	int group_exit_code;
};

struct task_struct___process {
	struct signal_struct *signal;
	struct task_struct *group_leader;
};
#pragma clang attribute pop

enum moment {
	EXEC = 1,
	EXIT = 2,
};

struct exec_event {
	enum moment what;
	u32 pid;
	u32 ppid;
	u32 uid FORMAT(uid);
	char comm[TASK_COMM_LEN];
	/* Of an end: how long it ran, what it returned, and the signal that killed it. */
	u64 duration_ns FORMAT(ns);
	u32 status;
	u32 signal FORMAT(signal);
	/* What stands in args, with a NUL behind each: of an end nothing. */
	u32 args_size;
	char args[ARGUMENT_BYTES];
};

EVENTS(struct exec_event, 1 << 20);

/* When each process began its program, by its id. */
STARTED(began, u64);

static __always_inline void fill(struct exec_event *event, enum moment what, u32 process)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	event->what = what;
	event->pid = process;
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	event->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	event->duration_ns = 0;
	event->status = 0;
	event->signal = 0;
	event->args_size = 0;
	event->args[0] = 0;
}

SEC("tp/sched/sched_process_exec")
int handle_exec(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u64 process = bpf_get_current_pid_tgid() >> 32;
	u64 now = bpf_ktime_get_ns();
	struct exec_event *event;
	unsigned long start, bytes;

	if (!is_wanted()) {
		/* A process that was wanted may be another one by the name of its new program. */
		bpf_map_delete_elem(&began, &process);
		return 0;
	}
	if (ends && bpf_map_update_elem(&began, &process, &now, BPF_ANY))
		count_lost();
	if (min_us)
		return 0;
	event = ringbuf_reserve_or_count(events, sizeof(*event));
	if (!event)
		return 0;
	fill(event, EXEC, process);
	start = BPF_CORE_READ(task, mm, arg_start);
	bytes = BPF_CORE_READ(task, mm, arg_end) - start;
	if (bytes > ARGUMENT_BYTES - 1)
		bytes = ARGUMENT_BYTES - 1;
	/* For verifiers that forget the comparison. */
	bytes &= ARGUMENT_BYTES - 1;
	if (!bpf_probe_read_user(event->args, bytes, (void *)start))
		event->args_size = bytes;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int handle_exit(void *ctx)
{
	struct task_struct___process *task = (void *)bpf_get_current_task();
	u64 process = bpf_get_current_pid_tgid() >> 32, duration;
	struct exec_event *event;
	u64 *start;
	u32 code;

	/* Every thread comes by, in any order: the process ends with the last one. */
	if (!ends || BPF_CORE_READ(task, signal, live.counter))
		return 0;
	start = bpf_map_lookup_elem(&began, &process);
	if (!start)
		return 0;
	duration = bpf_ktime_get_ns() - *start;
	/* Of two threads that end at the same time one tells it. */
	if (bpf_map_delete_elem(&began, &process) || duration < min_us * 1000)
		return 0;
	event = ringbuf_reserve_or_count(events, sizeof(*event));
	if (!event)
		return 0;
	fill(event, EXIT, process);
	/* The last thread may have another name than the first one, by which the process is known. */
	BPF_CORE_READ_STR_INTO(&event->comm, task, group_leader, comm);
	/* What wait(2) tells the parent. */
	if (BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT)
		code = BPF_CORE_READ(task, signal, group_exit_code);
	else
		code = BPF_CORE_READ(task, group_leader, exit_code);
	event->duration_ns = duration;
	event->status = code >> 8 & 0xff;
	event->signal = code & 0x7f;
	bpf_ringbuf_submit(event, 0);
	return 0;
}
