/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* A static tracepoint of user space at 20 places. */
#include <linux/bpf.h>
#include <linux/ptrace.h>

typedef _Bool bool;
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

long last;

SEC("usdt//root/traced:bench:place")
int on_place(struct pt_regs *ctx)
{
	return bpf_usdt_arg(ctx, 0, &last);
}

char LICENSE[] SEC("license") = "GPL";
