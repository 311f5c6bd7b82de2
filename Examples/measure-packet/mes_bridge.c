/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * A program of another kind that shares a map with mes_chk.c, by its pin: it counts the packets that the bridge takes,
 * measured or not. Attached to a function: load-kp-bpf mes_bridge.o br_handle_frame_finish
 */
#include "../bpf_elf_map.h"
#include "mes_chk.h"

static void *BPF_FUNC(map_lookup_elem, void *map, void *key);

struct bpf_elf_map mes_map_cnt __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = sizeof(u32),
	.size_value = sizeof(u32),
	.pinning = PIN_GLOBAL_NS,
	.max_elem = MES_CNT_SIZE,
};

__section("prog")
int mes_bridge(struct pt_regs *ctx)
{
	u32 counter = MES_CNT_IDX_BRIDGE, *count = map_lookup_elem(&mes_map_cnt, &counter);

	if (count)
		*count += 1;
	return 0;
}

char __license[] __section("license") = "GPL";
