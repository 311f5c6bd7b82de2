/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* A program that reads an argument of a system call, and then memory of the user as if it were its own. */
#include <linux/bpf.h>
#include <linux/ptrace.h>

typedef _Bool bool;
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("kprobe/sys_openat") int follows(struct pt_regs *ctx)
{
	return *(volatile int *)PT_REGS_PARM2(ctx);
}

char LICENSE[] SEC("license") = "GPL";
