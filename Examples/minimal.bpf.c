/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Prints a line for each write(2) of one process, or of all: --set pid_filter=1234. */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>

/* 0: every process. It is in .bss, so it may be set before loading and changed while the program runs. */
pid_t pid_filter = 0;

SEC("tp/syscalls/sys_enter_write")
int handle_write(struct trace_event_raw_sys_enter *ctx)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;

	if (pid_filter && pid != pid_filter)
		return 0;
	bpf_printk("write(2) by process %d", pid);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
