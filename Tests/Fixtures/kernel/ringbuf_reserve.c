/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * Reserves room for each bpf(2) with a command of 20001, and submits { number, cpu, zero } with a number for each CPU,
 * from 0; each fifth it discards. Wakes nobody.
 */
#include "bpf_elf_map.h"

#define BPF_MAP_TYPE_PERCPU_ARRAY 6
#define BPF_MAP_TYPE_RINGBUF 27
#define BPF_RB_NO_WAKEUP 1
#define BPF_FUNC_ringbuf_reserve 131
#define BPF_FUNC_ringbuf_submit 132
#define BPF_FUNC_ringbuf_discard 133

static void *BPF_FUNC(map_lookup_elem, void *map, const void *key);
static u32 BPF_FUNC(get_smp_processor_id, void);
static void *BPF_FUNC(ringbuf_reserve, void *ringbuf, u64 size, u64 flags);
static void BPF_FUNC(ringbuf_submit, void *data, u64 flags);
static void BPF_FUNC(ringbuf_discard, void *data, u64 flags);

struct bpf_elf_map rb __section("maps") = {
	.type = BPF_MAP_TYPE_RINGBUF, .max_elem = 1 << 22, .pinning = PIN_OBJECT_NS,
};

struct bpf_elf_map numbers __section("maps") = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY, .size_key = 4, .size_value = 8, .max_elem = 1,
};

struct sample {
	u64 number;
	u32 cpu;
	u8 zero;
} __attribute__((packed));

__section("prog")
int reserve(struct pt_regs *ctx)
{
	u32 key = 0;
	u64 *number;
	struct sample *sample;

	if ((u32)PT_REGS_PARM1(ctx) != 20001)
		return 0;
	number = map_lookup_elem(&numbers, &key);
	if (!number)
		return 0;
	sample = ringbuf_reserve(&rb, sizeof(*sample), 0);
	if (!sample)
		return 0;
	sample->number = *number;
	sample->cpu = get_smp_processor_id();
	sample->zero = 0;
	if (*number % 5 == 4)
		ringbuf_discard(sample, BPF_RB_NO_WAKEUP);
	else
		ringbuf_submit(sample, BPF_RB_NO_WAKEUP);
	*number += 1;
	return 0;
}

char __license[] __section("license") = "GPL";
