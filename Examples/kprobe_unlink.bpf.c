/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Two lines of text for each file that is removed: load-kp-bpf kprobe_unlink.bpf.o --trace
 * The newest kernels call the function filename_unlinkat, with the same arguments:
 *   load-kp-bpf kprobe_unlink.bpf.o --trace --program do_unlinkat --program do_unlinkat_exit filename_unlinkat */
#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("kprobe/do_unlinkat")
int BPF_KPROBE(do_unlinkat, int dfd, struct filename *name)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;
	const char *filename = BPF_CORE_READ(name, name);

	bpf_printk("KPROBE ENTRY pid = %d, filename = %s\n", pid, filename);
	return 0;
}

SEC("kretprobe/do_unlinkat")
int BPF_KRETPROBE(do_unlinkat_exit, long ret)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;

	bpf_printk("KPROBE EXIT: pid = %d, ret = %ld\n", pid, ret);
	return 0;
}
