/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* The verifier refuses it: it reads past the registers. */
#include "bpf_elf_map.h"

__section("prog")
int reads_past_registers(struct pt_regs *ctx)
{
	return *(volatile u64 *)((char *)ctx + 4096);
}

char __license[] __section("license") = "GPL";
