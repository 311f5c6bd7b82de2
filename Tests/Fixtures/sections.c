/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Three programs in three sections, of which one prints a string of .rodata. */
#include "fixture.h"

struct bpf_elf_map counters SECTION("maps") = { .type = 2, .size_key = 4, .size_value = 8, .max_elem = 2, .pinning = 2 };

SECTION("prog") int first(void *ctx)
{
	return 1;
}

SECTION("kprobe/second") int second(void *ctx)
{
	u32 key = 1;
	u64 *value = map_lookup_elem(&counters, &key);

	if (value)
		__sync_fetch_and_add(value, 1);
	return 0;
}

SECTION("prints") int third(void *ctx)
{
	static const char text[] = "a text that is too long for the stack to be built in registers";

	return trace_printk(text, sizeof(text));
}

u32 _version SECTION("version") = 0x050a01;
