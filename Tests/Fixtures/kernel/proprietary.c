/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Calls a helper that is for GPL programs, with a license that is none. */
#include "bpf_elf_map.h"

static u64 BPF_FUNC(ktime_get_ns, void);

__section("prog")
int proprietary(struct pt_regs *ctx)
{
	return ktime_get_ns() == 0;
}

char __license[] __section("license") = "Proprietary";
