/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Which files are opened, by whom, and what became of it. */
#include "path_call.h"

TOOL("print each file that is opened, by whom, and the result",
     "--events --table --optional enter_open --optional leave_open --optional enter_creat --optional leave_creat");

/* No call has all of them. */
#define FLAGS_UNKNOWN (~0ULL)

struct open_event {
	WHO;
	s64 ret FORMAT(ret);
	u64 flags FORMAT(openflags);
	char path[PATH_BYTES];
};

EVENTS(struct open_event, 1 << 20);

static __always_inline void report(const struct path_call *call, long ret)
{
	struct open_event *event = ringbuf_reserve_or_count(events, sizeof(*event));

	if (!event)
		return;
	SET_WHO(event);
	event->ret = ret;
	event->flags = call->detail;
	read_path(event->path, call);
	bpf_ringbuf_submit(event, 0);
}

SEC("tp/syscalls/sys_enter_openat")
int enter_openat(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[1], (u32)ctx->args[2]);
}

LEAVES(openat)

SEC("tp/syscalls/sys_enter_openat2")
int enter_openat2(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[1], ctx->args[2]);
}

/* The flags are the first member of the structure that is given: like the path, they are in memory at the end. */
SEC("tp/syscalls/sys_exit_openat2")
int leave_openat2(struct trace_event_raw_sys_exit *ctx)
{
	u64 thread = bpf_get_current_pid_tgid(), flags;
	struct path_call *call = bpf_map_lookup_elem(&calls, &thread);

	if (!call)
		return 0;
	if (bpf_probe_read_user(&flags, sizeof(flags), (void *)call->detail))
		flags = FLAGS_UNKNOWN;
	call->detail = flags;
	return leave(ctx);
}

/* Calls of older machines, which arm64 does not have. */
SEC("tp/syscalls/sys_enter_open")
int enter_open(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[0], (u32)ctx->args[1]);
}

LEAVES(open)

SEC("tp/syscalls/sys_enter_creat")
int enter_creat(struct trace_event_raw_sys_enter *ctx)
{
	/* O_WRONLY, O_CREAT, O_TRUNC: x86's numbers, as this call is only there. */
	return enter(ctx->args[0], 01 | 0100 | 01000);
}

LEAVES(creat)
