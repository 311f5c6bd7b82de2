/* SPDX-License-Identifier: Apache-2.0 */
/* A program that outputs into a ring buffer. */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include "ringbuf_pacing.h"

#define RING_BYTES 4096
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} ring SEC(".maps");

SEC("tp/raw_syscalls/sys_enter") int on_call(void *ctx)
{
	struct { int pid; } event = {};
	/* SNIPPET */
	return 0;
}
