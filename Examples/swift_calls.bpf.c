/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Calls of a function of a program, with its first argument: --attach called=uprobe:FILE:FUNCTION. */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "bpf_event.h"

struct call_event {
	s32 pid;
	s64 argument;
	char comm[TASK_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} calls SEC(".maps");

BPF_EVENT(calls, struct call_event)

SEC("uprobe")
int BPF_KPROBE(called, long argument)
{
	struct call_event *event = bpf_ringbuf_reserve(&calls, sizeof(*event), 0);

	if (!event)
		return 0;
	/* With the padding: the room may hold what an older event left there. */
	__builtin_memset(event, 0, sizeof(*event));
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->argument = argument;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
