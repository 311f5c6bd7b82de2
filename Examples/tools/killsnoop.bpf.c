/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Which signals are sent, by whom, and to whom; the settings of processes are about the sender. */
#include "tool_filters.h"

TOOL("print each signal that is sent, by whom, to whom, and what became of it", "--events --table");
SETTING(u32, target, 0, "only signals to this thread or process (0: all)");
SETTING(u32, signal, 0, "only this signal, by number; without it all but SIGCHLD");

enum { SIGCHLD = 17 };

/* As the kernel's trace event has it. */
enum signal_result {
	DELIVERED = 0,
	IGNORED = 1,
	PENDING_ALREADY = 2,
	QUEUE_FULL = 3,
	INFORMATION_LOST = 4,
};

struct signal_event {
	WHO;
	u32 sig FORMAT(signal);
	/* The thread that gets it, or whose process does. */
	u32 to;
	char to_comm[TASK_COMM_LEN];
	enum signal_result result;
	/* SI_USER is 0, SI_KERNEL 128; others are in sigaction(2). */
	s32 code;
};

EVENTS(struct signal_event, 1 << 18);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct trace_event_raw_signal_generate {
	struct trace_entry ent;
	int sig;
	int code;
	char comm[TASK_COMM_LEN];
	pid_t pid;
	int result;
};
#pragma clang attribute pop

SEC("tp/signal/signal_generate")
int handle_signal(struct trace_event_raw_signal_generate *ctx)
{
	struct signal_event *event;
	u32 number = ctx->sig, to = ctx->pid;

	if (signal ? number != signal : number == SIGCHLD)
		return 0;
	if ((target && to != target) || !is_wanted())
		return 0;
	event = ringbuf_reserve_or_count(events, sizeof(*event));
	if (!event)
		return 0;
	SET_WHO(event);
	event->sig = number;
	event->to = to;
	BPF_CORE_READ_INTO(&event->to_comm, ctx, comm);
	event->result = ctx->result;
	event->code = ctx->code;
	bpf_ringbuf_submit(event, 0);
	return 0;
}
