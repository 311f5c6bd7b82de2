/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* tc's way to declare maps of maps: inner maps carry an id and their slot. */
#include "fixture.h"

#ifndef SLOT
#define SLOT 1
#endif
#ifndef INNER_TYPE
#define INNER_TYPE 2
#endif
#ifndef WANTED
#define WANTED 42
#endif

struct bpf_elf_map outer SECTION("maps") = {
	.type = 12, .size_key = 4, .size_value = 16, .max_elem = 2, .inner_id = WANTED,
};
struct bpf_elf_map inner_a SECTION("maps") = {
	.type = INNER_TYPE, .size_key = 4, .size_value = 8, .max_elem = 4, .id = 42, .inner_idx = 0,
};
struct bpf_elf_map inner_b SECTION("maps") = {
	.type = 2, .size_key = 4, .size_value = 8, .max_elem = 4, .id = 42, .inner_idx = SLOT,
};
struct bpf_elf_map plain SECTION("maps") = {
	.type = 1, .size_key = 4, .size_value = 4, .max_elem = 1, .pinning = 7, .inner_idx = ~0u,
};

SECTION("prog") int look(void *ctx)
{
	u32 key = 0;

	return map_lookup_elem(&outer, &key) != 0;
}

char _license[] SECTION("license") = "GPL";
