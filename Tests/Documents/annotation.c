/* SPDX-License-Identifier: Apache-2.0 */
/* What the annotations of docs/events.md take for granted: their maps and types. */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include "bpf_event.h"

enum { KIND_OPEN, KIND_EXIT };
struct event { int pid; };
struct open_event { int kind; char name[64]; };
struct exit_event { int kind; int code; };
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} map_event SEC(".maps"), events SEC(".maps");

/* SNIPPET */
