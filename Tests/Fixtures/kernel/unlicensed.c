/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Says nothing of a license, and calls a helper that is for GPL programs. */
#include "bpf_elf_map.h"

static u64 BPF_FUNC(ktime_get_ns, void);

__section("prog")
int unlicensed(struct pt_regs *ctx)
{
	return ktime_get_ns() == 0;
}
