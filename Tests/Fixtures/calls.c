/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Functions that call each other in every way that a compiler writes down: within a section, across sections, static
 * and global, in a ring, and by address. */
#include "fixture.h"

#define NOINLINE __attribute__((noinline))

static long (*loop)(u32 count, void *callback, void *context, u64 flags) = (void *)181;

struct bpf_elf_map counters SECTION("maps") = { .type = 2, .size_key = 4, .size_value = 8, .max_elem = 2 };

/* In .text. */
static NOINLINE int in_text(int value) { return value * (int)ktime_get_ns(); }
NOINLINE int global_in_text(int value) { return in_text(value + 1) + in_text(value + 2); }

/* Beside the program, where the compiler needs no relocation. */
__attribute__((section("kprobe/one"))) static NOINLINE int beside(int value)
{
	u32 key = 1;
	u64 *found = map_lookup_elem(&counters, &key);

	return found ? *found + value : global_in_text(value);
}

static int callback(u32 index, void *context)
{
	*(u64 *)context += in_text(index);
	return 0;
}

SECTION("kprobe/one") int one(u64 *ctx) { return beside(ctx[0]) + in_text(ctx[1]); }
SECTION("kprobe/one") int another(u64 *ctx) { return global_in_text(ctx[0]); }
SECTION("kprobe/alone") int alone(u64 *ctx) { return ctx[2]; }
SECTION("kprobe/address") int by_address(u64 *ctx)
{
	u64 sum = 0;

	loop(8, callback, &sum, 0);
	return sum;
}

char _license[] SECTION("license") = "GPL";
