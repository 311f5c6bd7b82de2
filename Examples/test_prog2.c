/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Sends one event, marked with 2, for each call of the probed function to the map of bpf-eventd. */
#include "bpf_elf_map.h"
#include "event.h"

static u32 BPF_FUNC(get_smp_processor_id, void);
static u64 BPF_FUNC(ktime_get_ns, void);
static int BPF_FUNC(perf_event_output, void *ctx, void *map, u64 flags, void *data, u64 size);

/* bpf-eventd makes this map, at /sys/fs/bpf/map_event: only name and pinning matter here, max_elem does not. */
struct bpf_elf_map map_event __section("maps") = {
	.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	.size_key = sizeof(u32),
	.size_value = sizeof(u32),
	.pinning = PIN_OBJECT_NS,
	.max_elem = 4,
};

__section("prog")
int test_prog(struct pt_regs *ctx)
{
	struct event event = {
		.idx = 2,
		.cmd = (short)PT_REGS_PARM1(ctx),
		.cpu = get_smp_processor_id(),
		.time = ktime_get_ns(),
	};

	perf_event_output(ctx, &map_event, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

char __license[] __section("license") = "GPL";
