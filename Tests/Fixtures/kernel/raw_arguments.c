/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Programs that read the arguments of system calls, in the ways that compilers have, beside one that knows the wrapper. */
#include <linux/bpf.h>
#include <linux/ptrace.h>

typedef _Bool bool;
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define MARK 0x1234 /* the low half of the first argument of calls that are ours */
#define CALLS 4 /* which call it is lies in the lowest bits of the sixth argument */

#define RDI(ctx) ((const volatile struct pt_regs *)(ctx))
#define SIX(ctx) { PT_REGS_PARM1(RDI(ctx)), PT_REGS_PARM2(RDI(ctx)), PT_REGS_PARM3(RDI(ctx)), \
		   PT_REGS_PARM4(RDI(ctx)), PT_REGS_PARM5(RDI(ctx)), RDI(ctx)->r9 }

unsigned long wanted[CALLS * 6]; /* by the program that knows the wrapper */
unsigned long straight[CALLS * 6], divided[CALLS * 6], typed[CALLS * 6], narrow[CALLS * 6], crowded[CALLS * 6];
unsigned long locked[CALLS * 6];
unsigned long places[CALLS], stacks[CALLS];
int twice;

struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(max_entries, 64); __uint(key_size, 4); __uint(value_size, 1016); }
stack_traces SEC(".maps");

static __always_inline __attribute__((unused)) void keep(unsigned long *to, const unsigned long *six)
{
	unsigned int call = six[5] & (CALLS - 1);

	if ((unsigned int)six[0] != MARK)
		return;
	for (int i = 0; i < 6; i++)
		to[call * 6 + i] = six[i];
}

#ifdef UNLICENSED
SEC("kprobe/sys_openat") int alone(struct pt_regs *ctx)
{
	if ((unsigned int)PT_REGS_PARM1(ctx) == MARK)
		twice++;
	return 0;
}

char LICENSE[] SEC("license") = "Proprietary";
#else
SEC("ksyscall/openat") int knows(struct pt_regs *ctx)
{
	struct pt_regs user = {};

	bpf_probe_read_kernel(&user, sizeof(user), (void *)PT_REGS_PARM1(ctx));
	unsigned long six[] = { user.rdi, user.rsi, user.rdx, user.r10, user.r8, user.r9 };
	keep(wanted, six);
	return 0;
}

SEC("kprobe/sys_openat") int reads(struct pt_regs *ctx)
{
	unsigned long six[] = SIX(ctx);
	unsigned int call = six[5] & (CALLS - 1);

	keep(straight, six);
	if ((unsigned int)six[0] == MARK) {
		places[call] = ctx->rip;
		/* Stacks of two calls may have one place: the later one takes it. */
		stacks[call] = bpf_get_stackid(ctx, &stack_traces, BPF_F_REUSE_STACKID) + 1;
	}
	return 0;
}

/* The context in another place than the first. */
static __attribute__((noinline)) unsigned long word(int left, const volatile struct pt_regs *ctx, long right)
{
	return (PT_REGS_PARM1(ctx) + left) ^ right;
}

static __attribute__((noinline)) int store(
	const volatile struct pt_regs *ctx, unsigned long first, unsigned long second, unsigned long third, unsigned long fourth)
{
	unsigned long six[] = { first, second, third, fourth, PT_REGS_PARM5(ctx), ctx->r9 };

	keep(divided, six);
	return 0;
}

SEC("kprobe/sys_openat") int divides(struct pt_regs *ctx)
{
	unsigned long second = PT_REGS_PARM2(RDI(ctx)), third = PT_REGS_PARM3(RDI(ctx)), fourth = PT_REGS_PARM4(RDI(ctx));

	return store(ctx, (word(7, ctx, third) ^ third) - 7, second, third, fourth);
}

/* The verifier looks at it by its type alone. */
__attribute__((noinline)) int by_type(struct pt_regs *ctx, int unused)
{
	unsigned long six[] = SIX(ctx);

	keep(typed, six);
	return unused;
}

SEC("kprobe/sys_openat") int typed_one(struct pt_regs *ctx) { return by_type(ctx, 3) - 3; }

SEC("kprobe/sys_openat") int narrows(struct pt_regs *ctx)
{
	const volatile unsigned int *words = (void *)ctx;
	const volatile unsigned char *bytes = (void *)ctx;
	const int at[] = { 112, 104, 96, 88, 72, 64 };
	unsigned long six[6];

#pragma unroll
	for (int i = 0; i < 6; i++) {
		six[i] = (unsigned long)words[at[i] / 4 + 1] << 32 | (words[at[i] / 4] & ~0xffffU);
		six[i] |= bytes[at[i]] | (unsigned long)bytes[at[i] + 1] << 8;
	}
	keep(narrow, six);
	return 0;
}

/* As much stack as leaves room for the copy (six arguments: 64 bytes). */
SEC("kprobe/sys_openat") int crowds(struct pt_regs *ctx)
{
	volatile unsigned long room[56] = {};
	unsigned long six[] = SIX(ctx);

	for (int i = 0; i < 6; i++)
		room[i + 50] = six[i];
	keep(crowded, (const unsigned long *)&room[50]);
	return 0;
}

SEC("kprobe/sys_openat") int crowds_too_much(struct pt_regs *ctx)
{
	volatile unsigned long room[57] = {};
	unsigned long six[] = SIX(ctx);

	for (int i = 0; i < 6; i++)
		room[i + 51] = six[i];
	keep(locked, (const unsigned long *)&room[51]);
	return 0;
}

/* A program that another one calls reads the same arguments. */
unsigned long called[CALLS * 6];
int tail_reads(struct pt_regs *ctx);

struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 1); __uint(key_size, 4); __array(values, int (void *)); }
next SEC(".maps") = { .values = { [0] = (void *)&tail_reads } };

SEC("kprobe") int tail_reads(struct pt_regs *ctx)
{
	unsigned long six[] = SIX(ctx);

	keep(called, six);
	return 0;
}

SEC("kprobe/sys_openat") int tails(struct pt_regs *ctx)
{
	if ((unsigned int)PT_REGS_PARM1(ctx) == MARK)
		bpf_tail_call(ctx, &next, 0);
	return 0;
}

SEC("kprobe/sys_openat") int both_kinds(struct pt_regs *ctx)
{
	if ((unsigned int)PT_REGS_PARM1(ctx) == MARK)
		__sync_fetch_and_add(&twice, 1);
	return 0;
}

SEC("kprobe/sys_openat") int by_helper(struct pt_regs *ctx)
{
	unsigned long first = 0;

	bpf_probe_read_kernel(&first, sizeof(first), &ctx->rdi);
	if (first == MARK)
		twice = -1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
#endif
