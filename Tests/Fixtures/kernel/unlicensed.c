/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Says nothing of a license, and calls a helper that is for GPL programs. */
#include "bpf_elf_map.h"

#define BPF_FUNC_trace_printk 6
static int BPF_FUNC(trace_printk, const char *format, u32 size);

__section("prog")
int unlicensed(struct pt_regs *ctx)
{
	char text[] = "hello";

	return trace_printk(text, sizeof(text));
}
