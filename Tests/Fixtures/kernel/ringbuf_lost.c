/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * Outputs 100 events for each bpf(2) with a command of 20002, and counts those that find no room as ringbuf_lost.h does:
 * in a per-CPU array of the ring buffer's name and _lost.
 */
#include "bpf_elf_map.h"

#define BPF_MAP_TYPE_PERCPU_ARRAY 6
#define BPF_MAP_TYPE_RINGBUF 27
#define BPF_FUNC_ringbuf_output 130

static void *BPF_FUNC(map_lookup_elem, void *map, const void *key);
static u32 BPF_FUNC(get_smp_processor_id, void);
static long BPF_FUNC(ringbuf_output, void *ringbuf, void *data, u64 size, u64 flags);

struct bpf_elf_map rb __section("maps") = {
	.type = BPF_MAP_TYPE_RINGBUF, .max_elem = 1 << 16, .pinning = PIN_OBJECT_NS,
};

struct bpf_elf_map rb_lost __section("maps") = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY, .size_key = 4, .size_value = 8, .max_elem = 1,
};

__section("prog")
int output(struct pt_regs *ctx)
{
	u64 event[2] = { 20002, 0 };
	u32 key = 0;
	u64 *count;

	if ((u32)PT_REGS_PARM1(ctx) != 20002)
		return 0;
	event[1] = get_smp_processor_id();
	for (int i = 0; i < 100; i++) {
		if (ringbuf_output(&rb, event, sizeof(event), 0) == 0)
			continue;
		count = map_lookup_elem(&rb_lost, &key);
		if (count)
			__sync_fetch_and_add(count, 1);
	}
	return 0;
}

char __license[] __section("license") = "GPL";
