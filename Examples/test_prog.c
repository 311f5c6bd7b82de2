/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * Counts the programs that somebody asks the kernel to load, and keeps the time of the last bpf(2) call, in two pinned
 * maps: they stay when the loader has gone, the next run goes on with them, and bpftool or tc can read them.
 */
#include "bpf_elf_map.h"

static void *BPF_FUNC(map_lookup_elem, void *map, void *key);
static u64 BPF_FUNC(ktime_get_ns, void);

struct bpf_elf_map test_map_time __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = sizeof(u32),
	.size_value = sizeof(u64),
	.pinning = PIN_GLOBAL_NS,
	.max_elem = 1,
};

struct bpf_elf_map test_map_cnt __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = sizeof(u32),
	.size_value = sizeof(u32),
	.pinning = PIN_GLOBAL_NS,
	.max_elem = 1,
};

__section("prog")
int test_prog(struct pt_regs *ctx)
{
	u32 slot = 0, *count;
	u64 *time;

	time = map_lookup_elem(&test_map_time, &slot);
	if (time)
		*time = ktime_get_ns();

	if ((u32)PT_REGS_PARM1(ctx) != BPF_PROG_LOAD)
		return 0;
	count = map_lookup_elem(&test_map_cnt, &slot);
	if (count)
		*count += 1; /* not atomic: two CPUs at once may count one, which a map for each CPU would not */
	return 0;
}

char __license[] __section("license") = "GPL";
