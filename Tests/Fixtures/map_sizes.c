/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Two maps of every legacy size: -DSIZE=16 to 36 (tc's structure), or with -DSAMPLES=1 20 to 28 (the samples'). */
#include "fixture.h"

#ifndef STORAGE
#define STORAGE
#endif

struct definition {
#ifdef SAMPLES
	u32 type, key_size, value_size, max_entries;
#else
	u32 type, size_key, size_value, max_elem;
#endif
#if SIZE >= 20 && defined(SAMPLES)
	u32 map_flags;
#elif SIZE >= 20
	u32 flags;
#endif
#if SIZE >= 24 && defined(SAMPLES)
	u32 inner_map_idx;
#elif SIZE >= 24
	u32 id;
#endif
#if SIZE >= 28 && defined(SAMPLES)
	u32 numa_node;
#elif SIZE >= 28
	u32 pinning;
#endif
#if SIZE >= 32
	u32 inner_id;
#endif
#if SIZE >= 36
	u32 inner_idx;
#endif
#if SIZE > 36
	char tail[SIZE - 36];
#endif
};

STORAGE struct definition first SECTION("maps") = { 1, 4, 8, 16,
#if SIZE >= 20
	1,
#endif
#if SIZE >= 24
	0,
#endif
#if SIZE >= 28
	2,
#endif
#if SIZE > 36 && defined(TAIL)
	.tail = { [TAIL] = 1 },
#endif
};
STORAGE struct definition second SECTION("maps") = { 2, 4, 12, 3 };

SECTION("prog") int use_both(void *ctx)
{
	u32 key = 0;
	u64 *a = map_lookup_elem(&first, &key);
	u32 *b = map_lookup_elem(&second, &key);

	return (a ? *a : 0) + (b ? *b : 0);
}

char _license[] SECTION("license") = "Dual BSD/GPL";
