/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * System calls that are given a path, seen from their beginning to their end. A tool says what becomes of one:
 *
 *     static __always_inline void report(const struct path_call *call, long ret);
 */
#ifndef PATH_CALL_H
#define PATH_CALL_H

#include "tool_filters.h"

SETTING(bool, failed_only, false, "only what failed");

enum { PATH_BYTES = 256 };

/* What a call was given: the text is read at its end, when the kernel has looked at it and it is in memory. */
struct path_call {
	const char *path;
	u64 detail;
};

STARTED(calls, struct path_call);

static __always_inline void report(const struct path_call *call, long ret);
static __always_inline void count_lost(void);

static __always_inline int enter(unsigned long path, u64 detail)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct path_call call = { .path = (const char *)path, .detail = detail };

	if (is_wanted() && bpf_map_update_elem(&calls, &thread, &call, BPF_ANY))
		count_lost();
	return 0;
}

static __always_inline int leave(struct trace_event_raw_sys_exit *ctx)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct path_call *call = bpf_map_lookup_elem(&calls, &thread);
	long ret = ctx->ret;

	if (!call)
		return 0;
	if (!failed_only || ret < 0)
		report(call, ret);
	bpf_map_delete_elem(&calls, &thread);
	return 0;
}

/* The text of a path, empty if the process took it away meanwhile. */
static __always_inline void read_path(char *text, const struct path_call *call)
{
	if (bpf_probe_read_user_str(text, PATH_BYTES, call->path) < 0)
		text[0] = 0;
}

/* A program at the end of a system call. */
#define LEAVES(call)                                                                                                   \
	SEC("tp/syscalls/sys_exit_" #call)                                                                             \
	int leave_##call(struct trace_event_raw_sys_exit *ctx)                                                         \
	{                                                                                                              \
		return leave(ctx);                                                                                     \
	}

#endif
