/* SPDX-License-Identifier: Apache-2.0 */
/* A program that counts what finds no room in a ring buffer. */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include "ringbuf_lost.h"

struct sample {
	int pid;
};
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

/* SNIPPET */
