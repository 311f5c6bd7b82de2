/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Refused at its end, after a walk that fills a log far beyond 64 KiB. */
#include "bpf_elf_map.h"

static u64 BPF_FUNC(ktime_get_ns, void);

__section("prog")
int walks_far(struct pt_regs *ctx)
{
	volatile u64 sum = 0;

#pragma clang loop unroll(full)
	for (int i = 0; i < 2000; i++)
		sum += ktime_get_ns() ^ (u64)i;
	return *(volatile u64 *)((char *)ctx + 4096);
}

char __license[] __section("license") = "GPL";
