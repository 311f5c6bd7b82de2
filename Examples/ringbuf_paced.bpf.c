/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * An event for each system call, into a ring buffer whose reader is woken seldom (include/ringbuf_pacing.h) and is told
 * what found no room (include/ringbuf_lost.h).
 */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include "ringbuf_lost.h"
#include "ringbuf_pacing.h"

enum { RING_BYTES = 1 << 20 };

struct syscall_event {
	u64 time_ns; /* CLOCK_MONOTONIC */
	u32 pid;
	u32 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} syscalls SEC(".maps");

RINGBUF_LOST(syscalls);

/* Whose calls; 0 is everybody's. Constant once loaded. */
const volatile int only_pid = 0;

SEC("tp/raw_syscalls/sys_enter")
int handle_sys_enter(struct trace_event_raw_sys_enter *ctx)
{
	struct syscall_event event = { .pid = bpf_get_current_pid_tgid() >> 32, .number = ctx->id };

	if (only_pid && only_pid != event.pid)
		return 0;
	event.time_ns = bpf_ktime_get_ns();
	ringbuf_output_or_count(syscalls, &event, sizeof(event), ringbuf_paced(&syscalls, sizeof(event), RING_BYTES / 8));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
