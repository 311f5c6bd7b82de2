/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * The same as ringbuf_output.c for a command of 20003, into a ring buffer in overwrite mode (Linux 6.19): number n, from 0,
 * has 8 + (n * 37) % 1024 bytes and begins with n as a u64. One CPU at a time.
 */
#include "bpf_elf_map.h"

#define BPF_MAP_TYPE_RINGBUF 27
#define BPF_FUNC_ringbuf_output 130
#define BPF_F_RB_OVERWRITE (1 << 19)

static void *BPF_FUNC(map_lookup_elem, void *map, const void *key);
static long BPF_FUNC(ringbuf_output, void *ringbuf, void *data, u64 size, u64 flags);

struct bpf_elf_map rb __section("maps") = {
	.type = BPF_MAP_TYPE_RINGBUF, .flags = BPF_F_RB_OVERWRITE, .max_elem = 1 << 16, .pinning = PIN_OBJECT_NS,
};

struct state {
	u64 number;
	u8 bytes[2040];
};

struct bpf_elf_map state __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY, .size_key = 4, .size_value = sizeof(struct state), .max_elem = 1,
};

__section("prog")
int output(struct pt_regs *ctx)
{
	u32 key = 0;
	struct state *s;

	if ((u32)PT_REGS_PARM1(ctx) != 20003)
		return 0;
	s = map_lookup_elem(&state, &key);
	if (!s)
		return 0;
	ringbuf_output(&rb, s, 8 + (s->number * 37 & 1023), 0);
	s->number++;
	return 0;
}

char __license[] __section("license") = "GPL";
