/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* An event for each exec and for each exit of a process, with its duration; bootstrap/ prints them as a table. */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "bootstrap.h"

/* When each process began its program: pid to CLOCK_MONOTONIC in nanoseconds. */
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

/* Processes of shorter duration are left out, and so are all exec events; 0 shows everything. Constant once loaded. */
const volatile unsigned long long min_duration_ns = 0;

static struct bootstrap_event *new_event(enum bootstrap_kind kind, pid_t pid)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct bootstrap_event *event = bpf_ringbuf_reserve(&rb, sizeof(*event), 0);

	if (!event)
		return event;
	/* The room may hold what an older event left there. */
	__builtin_memset(event, 0, sizeof(*event));
	event->kind = kind;
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
	struct bootstrap_event *event;

	bpf_map_update_elem(&exec_start, &pid, &now, BPF_ANY);
	if (min_duration_ns)
		return 0;
	event = new_event(BOOTSTRAP_EXEC, pid);
	if (!event)
		return 0;
	bpf_probe_read_kernel_str(event->filename, sizeof(event->filename),
				  (void *)ctx + (ctx->__data_loc_filename & 0xffff));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int handle_exit(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u64 id = bpf_get_current_pid_tgid();
	pid_t pid = id >> 32;
	struct bootstrap_event *event;
	u64 *start, duration = 0;

	/* The tracepoint is passed by every thread; the process is that of its leader. */
	if (pid != (pid_t)id)
		return 0;
	start = bpf_map_lookup_elem(&exec_start, &pid);
	if (start)
		duration = bpf_ktime_get_ns() - *start;
	bpf_map_delete_elem(&exec_start, &pid);
	if (duration < min_duration_ns)
		return 0;
	event = new_event(BOOTSTRAP_EXIT, pid);
	if (!event)
		return 0;
	event->duration_ns = duration;
	event->exit_code = BPF_CORE_READ(task, exit_code);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
