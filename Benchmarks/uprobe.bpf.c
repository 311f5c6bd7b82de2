/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* A uprobe by the name of a function. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("uprobe//root/traced:traced_function")
int on_call(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
