/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Calls a helper that is for GPL programs, with a license that is none. */
#include "bpf_elf_map.h"

#define BPF_FUNC_trace_printk 6
static int BPF_FUNC(trace_printk, const char *format, u32 size);

__section("prog")
int proprietary(struct pt_regs *ctx)
{
	char text[] = "hello";

	return trace_printk(text, sizeof(text));
}

char __license[] __section("license") = "Proprietary";
