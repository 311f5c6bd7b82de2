/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Which files and directories are deleted, by whom, and what became of it. */
#include "tool_filters.h"

TOOL("print each file and directory that is deleted, by whom, and the result",
     "--events --table --optional enter_unlink --optional leave_unlink --optional enter_rmdir --optional leave_rmdir");
SETTING(bool, failed_only, false, "only what failed");

enum {
	PATH_BYTES = 256,
	/* AT_REMOVEDIR of unlinkat(2). */
	REMOVES_DIRECTORY = 0x200,
};

enum deleted {
	FILE = 1,
	DIRECTORY = 2,
};

struct delete_event {
	u32 pid;
	s32 uid FORMAT(uid);
	char comm[TASK_COMM_LEN];
	enum deleted what;
	s32 ret FORMAT(ret);
	char path[PATH_BYTES];
};

EVENTS(struct delete_event, 1 << 18);

struct delete_call {
	const char *path;
	enum deleted what;
	u32 unused;
};

STARTED(calls, struct delete_call);

static __always_inline int enter(unsigned long path, enum deleted what)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct delete_call call = { .path = (const char *)path, .what = what };

	if (is_wanted())
		bpf_map_update_elem(&calls, &thread, &call, BPF_ANY);
	return 0;
}

static __always_inline int leave(struct trace_event_raw_sys_exit *ctx)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct delete_call *call = bpf_map_lookup_elem(&calls, &thread);
	struct delete_event *event;
	long ret = ctx->ret;

	if (!call)
		return 0;
	if (!failed_only || ret < 0) {
		event = ringbuf_reserve_or_count(events, sizeof(*event));
		if (event) {
			event->pid = thread >> 32;
			event->uid = bpf_get_current_uid_gid();
			event->what = call->what;
			event->ret = ret;
			bpf_get_current_comm(event->comm, sizeof(event->comm));
			if (bpf_probe_read_user_str(event->path, sizeof(event->path), call->path) < 0)
				event->path[0] = 0;
			bpf_ringbuf_submit(event, 0);
		}
	}
	bpf_map_delete_elem(&calls, &thread);
	return 0;
}

SEC("tp/syscalls/sys_enter_unlinkat")
int enter_unlinkat(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[1], ctx->args[2] & REMOVES_DIRECTORY ? DIRECTORY : FILE);
}

SEC("tp/syscalls/sys_exit_unlinkat")
int leave_unlinkat(struct trace_event_raw_sys_exit *ctx)
{
	return leave(ctx);
}

/* Calls of older machines, which arm64 does not have. */
SEC("tp/syscalls/sys_enter_unlink")
int enter_unlink(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[0], FILE);
}

SEC("tp/syscalls/sys_exit_unlink")
int leave_unlink(struct trace_event_raw_sys_exit *ctx)
{
	return leave(ctx);
}

SEC("tp/syscalls/sys_enter_rmdir")
int enter_rmdir(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[0], DIRECTORY);
}

SEC("tp/syscalls/sys_exit_rmdir")
int leave_rmdir(struct trace_event_raw_sys_exit *ctx)
{
	return leave(ctx);
}
