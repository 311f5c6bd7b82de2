/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* A map as libbpf declares it, in section .maps. */
#include "fixture.h"

struct {
	int (*type)[1];
	u32 *key;
	u64 *value;
	int (*max_entries)[8];
} modern SECTION(".maps");

SECTION("prog") int use(void *ctx)
{
	u32 key = 0;

	return map_lookup_elem(&modern, &key) != 0;
}

SECTION("other") int uses_nothing(void *ctx) { return 0; }

char _license[] SECTION("license") = "GPL";
