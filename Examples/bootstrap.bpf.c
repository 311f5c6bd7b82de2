/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* An event for each program that is started and for each process that ends:
 *   load-kp-bpf bootstrap.bpf.o --pin rb=/sys/fs/bpf/rb [--set min_duration_ns=1000000]
 * and, to see them, Examples/bootstrap. */
#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "bootstrap.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* When a process has called exec, in nanoseconds. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, pid_t);
	__type(value, u64);
} exec_start SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} rb SEC(".maps");

/* Not 0: only processes that lived that long, and only their ends. */
const volatile unsigned long long min_duration_ns = 0;

/* Reserves an event and fills in what both kinds have. */
static __always_inline struct event *begin(pid_t pid, bool is_exit)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct event *event = bpf_ringbuf_reserve(&rb, sizeof(*event), 0);

	if (!event)
		return 0;
	/* What is reserved holds what was there before. */
	__builtin_memset(event, 0, sizeof(*event));
	event->exit_event = is_exit;
	event->pid = pid;
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	return event;
}

SEC("tp/sched/sched_process_exec")
int handle_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;
	u64 now = bpf_ktime_get_ns();
	struct event *event;

	bpf_map_update_elem(&exec_start, &pid, &now, BPF_ANY);
	if (min_duration_ns)
		return 0;
	event = begin(pid, false);
	if (!event)
		return 0;
	/* The lower half says where in the record the string begins. */
	bpf_probe_read_kernel_str(event->filename, sizeof(event->filename),
				  (void *)ctx + (ctx->__data_loc_filename & 0xffff));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int handle_exit(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u64 id = bpf_get_current_pid_tgid(), duration = 0, *start;
	pid_t pid = id >> 32;
	struct event *event;

	/* A thread that ends is not a process that ends. */
	if (pid != (pid_t)id)
		return 0;
	start = bpf_map_lookup_elem(&exec_start, &pid);
	if (start)
		duration = bpf_ktime_get_ns() - *start;
	else if (min_duration_ns)
		return 0;
	bpf_map_delete_elem(&exec_start, &pid);
	if (duration < min_duration_ns)
		return 0;
	event = begin(pid, true);
	if (!event)
		return 0;
	event->duration_ns = duration;
	event->exit_code = (BPF_CORE_READ(task, exit_code) >> 8) & 0xff;
	bpf_ringbuf_submit(event, 0);
	return 0;
}
