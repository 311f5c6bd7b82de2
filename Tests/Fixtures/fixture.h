/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* What the test objects share; no header of the system, so that they compile anywhere. */
#ifndef FIXTURE_H
#define FIXTURE_H

typedef unsigned int u32;
typedef unsigned long long u64;

#define SECTION(NAME) __attribute__((section(NAME), used))

/* tc's structure in full: 36 bytes. */
struct bpf_elf_map {
	u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

static void *(*map_lookup_elem)(void *map, const void *key) = (void *)1;
static u64 (*ktime_get_ns)(void) = (void *)5;
static long (*trace_printk)(const char *format, u32 size, ...) = (void *)6;
static u32 (*get_smp_processor_id)(void) = (void *)8;
static long (*perf_event_output)(void *ctx, void *map, u64 flags, void *data, u64 size) = (void *)25;

#endif
