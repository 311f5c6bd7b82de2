/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* A map whose name no pin may have; MAP_NAME comes from the command line. */
#include "bpf_elf_map.h"

struct bpf_elf_map map __asm__(MAP_NAME) __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY, .size_key = 4, .size_value = 8, .max_elem = 1, .pinning = PIN_OBJECT_NS,
};

__section("prog")
int named(struct pt_regs *ctx)
{
	return 0;
}

char __license[] __section("license") = "GPL";
