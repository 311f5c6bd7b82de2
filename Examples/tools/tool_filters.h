/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * Whose doings a tool looks at: settings that many tools have. `is_wanted()` asks them of the thread that runs. What is
 * not set costs nothing: the variables are constants when the program is loaded, and the verifier drops the questions.
 */
#ifndef TOOL_FILTERS_H
#define TOOL_FILTERS_H

#include "tool.h"

SETTING(u32, pid, 0, "only this process (0: all)");
/* Numbers of users are 32 bits without a sign: -1 has to be none of them. */
SETTING(s64, uid, -1, "only processes of this user, by number (-1: all)");
SETTING(u64, cgroup, 0, "only processes in this control group of version 2, by its id: stat -c %i DIRECTORY (0: all)");
SETTING(char, comm[TASK_COMM_LEN], "", "only threads of this name, of at most 15 bytes");
SETTING_TRACER(u32, not_pid, "all but this process (0: all)");

/* A text of TASK_COMM_LEN bytes whose rest is zeros. */
static __always_inline bool has_wanted_name(const char *name)
{
	if (!comm[0])
		return true;
#pragma unroll
	for (int i = 0; i < TASK_COMM_LEN - 1; i++) {
		if (name[i] != comm[i])
			return false;
		if (!name[i])
			return true;
	}
	return true;
}

static __always_inline bool is_wanted(void)
{
	u32 process = bpf_get_current_pid_tgid() >> 32;
	char name[TASK_COMM_LEN] = {};

	if (pid && process != pid)
		return false;
	if (not_pid && process == not_pid)
		return false;
	if (uid >= 0 && (u32)bpf_get_current_uid_gid() != uid)
		return false;
	if (cgroup && bpf_get_current_cgroup_id() != cgroup)
		return false;
	if (!comm[0])
		return true;
	bpf_get_current_comm(name, sizeof(name));
	return has_wanted_name(name);
}

#endif
