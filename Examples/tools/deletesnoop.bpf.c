/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Which files and directories are deleted, by whom, and what became of it. */
#include "path_call.h"

TOOL("print each file and directory that is deleted, by whom, and the result",
     "--events --table --optional enter_unlink --optional leave_unlink --optional enter_rmdir --optional leave_rmdir");

/* AT_REMOVEDIR of unlinkat(2). */
enum { REMOVES_DIRECTORY = 0x200 };

enum deleted {
	FILE = 1,
	DIRECTORY = 2,
};

struct delete_event {
	WHO;
	enum deleted what;
	s32 ret FORMAT(ret);
	char path[PATH_BYTES];
};

EVENTS(struct delete_event, 1 << 18);

static __always_inline void report(const struct path_call *call, long ret)
{
	struct delete_event *event = ringbuf_reserve_or_count(events, sizeof(*event));

	if (!event)
		return;
	SET_WHO(event);
	event->what = call->detail;
	event->ret = ret;
	read_path(event->path, call);
	bpf_ringbuf_submit(event, 0);
}

SEC("tp/syscalls/sys_enter_unlinkat")
int enter_unlinkat(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[1], ctx->args[2] & REMOVES_DIRECTORY ? DIRECTORY : FILE);
}

LEAVES(unlinkat)

/* Calls of older machines, which arm64 does not have. */
SEC("tp/syscalls/sys_enter_unlink")
int enter_unlink(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[0], FILE);
}

LEAVES(unlink)

SEC("tp/syscalls/sys_enter_rmdir")
int enter_rmdir(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[0], DIRECTORY);
}

LEAVES(rmdir)
