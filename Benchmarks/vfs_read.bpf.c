/* SPDX-License-Identifier: Apache-2.0 */
/* One kprobe by an exact name, for `load --attach`. */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";
long calls;

SEC("kprobe/vfs_read")
int count(void *context)
{
	__sync_fetch_and_add(&calls, 1);
	return 0;
}
