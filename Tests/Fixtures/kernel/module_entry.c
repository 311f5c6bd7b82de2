/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Programs for functions of a module: one names the module, the other leaves it to be found. */
#include "bpf_elf_map.h"

__section("fentry/dummy:dummy_xmit")
int entry(void *ctx)
{
	return 0;
}

__section("fexit/dummy_dev_init")
int leave(void *ctx)
{
	return 0;
}

char __license[] __section("license") = "GPL";
