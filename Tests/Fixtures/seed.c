/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* The shape of the originals' example: one perf map at the root of bpffs, one program in section prog. */
#include "fixture.h"

struct bpf_elf_map map_event SECTION("maps") = {
	.type = 4, .size_key = 4, .size_value = 4, .pinning = 1, .max_elem = 4,
};

SECTION("prog") int test_prog(u64 *ctx)
{
	struct {
		short idx, cmd;
		u32 cpu;
		u64 time;
	} event = { 1, (short)ctx[14], get_smp_processor_id(), ktime_get_ns() };

	perf_event_output(ctx, &map_event, 0xffffffffULL, &event, sizeof(event));
	return 0;
}

char _license[] SECTION("license") = "GPL";
