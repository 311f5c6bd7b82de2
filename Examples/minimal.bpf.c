/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* A line of text for each write(2): load-kp-bpf minimal.bpf.o --trace [--set pid_filter=PID] */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Only this process; 0: all. The loader may set it, after that it is constant and the verifier drops what is not meant. */
const volatile pid_t pid_filter = 0;

SEC("tp/syscalls/sys_enter_write")
int handle_tp(void *ctx)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;

	if (pid_filter && pid != pid_filter)
		return 0;
	bpf_printk("BPF triggered sys_enter_write from PID %d.\n", pid);
	return 0;
}
