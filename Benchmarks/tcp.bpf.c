/* SPDX-License-Identifier: Apache-2.0 */
/* One program on some 300 functions, for `load --attach`. */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";
long calls;

SEC("kprobe.multi/tcp_*")
int count(void *context)
{
	__sync_fetch_and_add(&calls, 1);
	return 0;
}
