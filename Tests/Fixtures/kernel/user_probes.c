/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* What programs on functions and static tracepoints of Tests/Fixtures/host/probed.c see, each in a variable. */
#include <linux/bpf.h>
#include <linux/ptrace.h>

typedef _Bool bool;
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

int entries, first_argument;
int returns, return_value;
int plain, number, constant, global;
long wide;
int counted, counted_number, argument_count;
int paired, paired_global;
int threaded, threaded_number;

SEC("uprobe//root/fixtures/probed:probed_function")
int entry(struct pt_regs *ctx)
{
	__sync_fetch_and_add(&entries, 1);
	first_argument = (int)PT_REGS_PARM1(ctx);
	return 0;
}

SEC("uretprobe")
int leave(struct pt_regs *ctx)
{
	__sync_fetch_and_add(&returns, 1);
	return_value = (int)PT_REGS_RC(ctx);
	return 0;
}

SEC("usdt//root/fixtures/probed:lab:plain")
int plain_probe(struct pt_regs *ctx)
{
	long value;

	__sync_fetch_and_add(&plain, 1);
	argument_count = bpf_usdt_arg_cnt(ctx);
	if (bpf_usdt_arg(ctx, 0, &value) == 0)
		number = value;
	if (bpf_usdt_arg(ctx, 1, &value) == 0)
		wide = value;
	if (bpf_usdt_arg(ctx, 2, &value) == 0)
		constant = value;
	if (bpf_usdt_arg(ctx, 3, &value) == 0)
		global = value;
	return 0;
}

/* Counts its runs, and keeps the first argument of the last one. */
#define KEEPS(program, target, runs, last)                                                                             \
	SEC("?usdt//root/fixtures/probed:" target) int program(struct pt_regs *ctx)                                    \
	{                                                                                                              \
		long value;                                                                                            \
                                                                                                                       \
		__sync_fetch_and_add(&runs, 1);                                                                        \
		if (bpf_usdt_arg(ctx, 0, &value) == 0)                                                                 \
			last = value;                                                                                  \
		return 0;                                                                                              \
	}

KEEPS(counted_probe, "l*:count?d", counted, counted_number)
KEEPS(paired_probe, "lab:paired", paired, paired_global)
KEEPS(threaded_probe, "lab:threaded", threaded, threaded_number)

char __license[] SEC("license") = "GPL";
