/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Says what its events are: the kernel, our loader and others take it as if it did not. */
#include "bpf_elf_map.h"
#include "include/bpf_event.h"

#define BPF_FUNC_get_current_comm 16

enum kind { KIND_CALL = 1, KIND_OTHER };

struct call {
	u32 kind;
	u32 command;
	char comm[16];
};

struct other {
	u32 kind;
	u64 time;
};

static long BPF_FUNC(get_current_comm, void *text, u32 size);
static long BPF_FUNC(perf_event_output, void *context, void *map, u64 flags, void *data, u64 size);

struct {
	int (*type)[BPF_MAP_TYPE_PERF_EVENT_ARRAY];
	int (*key_size)[4];
	int (*value_size)[4];
} call_events __section(".maps");

BPF_EVENT_TAGGED(call_events, kind, KIND_CALL, struct call)
BPF_EVENT_TAGGED(call_events, kind, KIND_OTHER, struct other)

__section("raw_tracepoint/sys_enter")
int annotated(void *ctx)
{
	struct call call;

	call.kind = KIND_CALL;
	call.command = 0;
	get_current_comm(call.comm, sizeof(call.comm));
	perf_event_output(ctx, &call_events, BPF_F_CURRENT_CPU, &call, sizeof(call));
	return 0;
}

char __license[] __section("license") = "GPL";
