/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* An array of maps with one inner map in slot 1; the program counts in it. */
#include "bpf_elf_map.h"

#define BPF_MAP_TYPE_ARRAY_OF_MAPS 12

static void *BPF_FUNC(map_lookup_elem, void *, void *);

/* As tc(8) reads it: the outer map's inner_id is the id of its inner maps, and inner_idx is the slot of each. */
struct bpf_elf_map outer __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS, .size_key = 4, .size_value = 4, .max_elem = 2, .inner_id = 42,
	.pinning = PIN_OBJECT_NS,
};
struct bpf_elf_map inner_counts __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY, .size_key = 4, .size_value = 8, .max_elem = 1, .id = 42, .inner_idx = 1,
	.pinning = PIN_OBJECT_NS,
};

__section("prog")
int counts_inside(struct pt_regs *ctx)
{
	u32 slot = 1, key = 0;
	void *inner = map_lookup_elem(&outer, &slot);
	u64 *count;

	if (!inner)
		return 0;
	count = map_lookup_elem(inner, &key);
	if (count)
		*count += 1;
	return 0;
}

char __license[] __section("license") = "GPL";
