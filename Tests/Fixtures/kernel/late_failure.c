/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Pins two maps before the verifier refuses its program. */
#include "bpf_elf_map.h"

static void *BPF_FUNC(map_lookup_elem, void *, void *);

struct bpf_elf_map late_near __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY, .size_key = 4, .size_value = 8, .max_elem = 1, .pinning = PIN_OBJECT_NS,
};
struct bpf_elf_map late_far __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY, .size_key = 4, .size_value = 8, .max_elem = 1, .pinning = PIN_GLOBAL_NS,
};

__section("prog")
int fails_late(struct pt_regs *ctx)
{
	u32 key = 0;

	map_lookup_elem(&late_near, &key);
	map_lookup_elem(&late_far, &key);
	return *(volatile u64 *)((char *)ctx + 4096);
}

char __license[] __section("license") = "GPL";
