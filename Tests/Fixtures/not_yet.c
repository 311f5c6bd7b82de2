/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* One section for each thing that the reader names instead of loading it. */
#include "fixture.h"

struct bpf_elf_map table SECTION("maps") = { .type = 2, .size_key = 4, .size_value = 8, .max_elem = 2 };

u64 in_data = 7;
u64 in_bss;
const volatile u64 in_rodata = 9;
extern u64 elsewhere;
extern int kernel_function(void *) __attribute__((section(".ksyms")));

struct task {
	int pid;
	int state;
} __attribute__((preserve_access_index));

__attribute__((noinline)) static int helper(int value)
{
	return value * (int)ktime_get_ns();
}

SECTION("uses/data") int uses_data(void *ctx) { return in_data++; }
SECTION("uses/bss") int uses_bss(void *ctx) { return in_bss++; }
SECTION("uses/rodata") int uses_rodata(void *ctx) { return in_rodata; }
SECTION("uses/extern") int uses_extern(void *ctx) { return elsewhere; }
SECTION("uses/kfunc") int uses_kfunc(void *ctx) { return kernel_function(ctx); }
SECTION("uses/call") int uses_call(u64 *ctx) { return helper(ctx[0]) + helper(ctx[1]); }
SECTION("uses/core") int uses_core(struct task *task) { return task->state; }
SECTION("uses/member") int uses_member(void *ctx) { return table.max_elem; }
SECTION("two") int one_of_two(void *ctx) { return 1; }
SECTION("two") int two_of_two(void *ctx) { return 2; }
SECTION("prog") int fine(void *ctx) { return map_lookup_elem(&table, ctx) != 0; }

char _license[] SECTION("license") = "GPL";
