/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Prints the name of each file that is removed, and whether that went well. */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

static __always_inline int entered(struct filename *name)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;
	const char *path = BPF_CORE_READ(name, name);
	char text[128];

	/* Through a copy: bpf_printk of kernels before 5.11 cannot read the kernel's memory with %s. */
	if (bpf_probe_read_kernel_str(text, sizeof(text), path) < 0)
		return 0;
	bpf_printk("unlink: process %d removes %s", pid, text);
	return 0;
}

static __always_inline int returned(long result)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;

	bpf_printk("unlink: process %d is told %ld", pid, result);
	return 0;
}

SEC("kprobe/do_unlinkat")
int BPF_KPROBE(do_unlinkat, int dfd, struct filename *name)
{
	return entered(name);
}

SEC("kretprobe/do_unlinkat")
int BPF_KRETPROBE(do_unlinkat_exit, long result)
{
	return returned(result);
}

/*
 * Linux 7.0 calls the function filename_unlinkat. The '?' keeps these two from being loaded where nobody asks for them:
 * load-kp-bpf kprobe_unlink.bpf.o --program filename_unlinkat --program filename_unlinkat_exit
 */
SEC("?kprobe/filename_unlinkat")
int BPF_KPROBE(filename_unlinkat, int dfd, struct filename *name)
{
	return entered(name);
}

SEC("?kretprobe/filename_unlinkat")
int BPF_KRETPROBE(filename_unlinkat_exit, long result)
{
	return returned(result);
}

char LICENSE[] SEC("license") = "GPL";
