/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Which files are opened, by whom, and what became of it. */
#include "tool_filters.h"

TOOL("print each file that is opened, by whom, and the result",
     "--events --table --optional enter_open --optional leave_open --optional enter_creat --optional leave_creat");
SETTING(bool, failed_only, false, "only what failed");

enum { PATH_BYTES = 256 };

struct open_event {
	u32 pid;
	s32 uid FORMAT(uid);
	char comm[TASK_COMM_LEN];
	s64 ret FORMAT(ret);
	u64 flags FORMAT(openflags);
	char path[PATH_BYTES];
};

EVENTS(struct open_event, 1 << 20);

/* What a call was given: the text is read at its end, when the kernel has looked at it and it is in memory. */
struct open_call {
	const char *path;
	u64 flags;
};

STARTED(calls, struct open_call);

static __always_inline int enter(unsigned long path, u64 flags)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct open_call call = { .path = (const char *)path, .flags = flags };

	if (is_wanted())
		bpf_map_update_elem(&calls, &thread, &call, BPF_ANY);
	return 0;
}

static __always_inline int leave(struct trace_event_raw_sys_exit *ctx)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct open_call *call = bpf_map_lookup_elem(&calls, &thread);
	struct open_event *event;
	long ret = ctx->ret;

	if (!call)
		return 0;
	if (!failed_only || ret < 0) {
		event = ringbuf_reserve_or_count(events, sizeof(*event));
		if (event) {
			event->pid = thread >> 32;
			event->uid = bpf_get_current_uid_gid();
			event->ret = ret;
			event->flags = call->flags;
			bpf_get_current_comm(event->comm, sizeof(event->comm));
			if (bpf_probe_read_user_str(event->path, sizeof(event->path), call->path) < 0)
				event->path[0] = 0;
			bpf_ringbuf_submit(event, 0);
		}
	}
	bpf_map_delete_elem(&calls, &thread);
	return 0;
}

SEC("tp/syscalls/sys_enter_openat")
int enter_openat(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[1], (u32)ctx->args[2]);
}

SEC("tp/syscalls/sys_exit_openat")
int leave_openat(struct trace_event_raw_sys_exit *ctx)
{
	return leave(ctx);
}

SEC("tp/syscalls/sys_enter_openat2")
int enter_openat2(struct trace_event_raw_sys_enter *ctx)
{
	u64 flags = 0;

	/* The flags are the first member of the structure that is given. */
	bpf_probe_read_user(&flags, sizeof(flags), (void *)ctx->args[2]);
	return enter(ctx->args[1], flags);
}

SEC("tp/syscalls/sys_exit_openat2")
int leave_openat2(struct trace_event_raw_sys_exit *ctx)
{
	return leave(ctx);
}

/* Calls of older machines, which arm64 does not have. */
SEC("tp/syscalls/sys_enter_open")
int enter_open(struct trace_event_raw_sys_enter *ctx)
{
	return enter(ctx->args[0], (u32)ctx->args[1]);
}

SEC("tp/syscalls/sys_exit_open")
int leave_open(struct trace_event_raw_sys_exit *ctx)
{
	return leave(ctx);
}

SEC("tp/syscalls/sys_enter_creat")
int enter_creat(struct trace_event_raw_sys_enter *ctx)
{
	/* O_WRONLY, O_CREAT, O_TRUNC: x86's numbers, as this call is only there. */
	return enter(ctx->args[0], 01 | 0100 | 01000);
}

SEC("tp/syscalls/sys_exit_creat")
int leave_creat(struct trace_event_raw_sys_exit *ctx)
{
	return leave(ctx);
}
