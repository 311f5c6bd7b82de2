/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * Outputs events. It is run by BPF_PROG_TEST_RUN and attaches to nothing; its own counters are the truth about what was
 * emitted and what was refused.
 */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include "bpf_event.h"
#include "ringbuf_pacing.h"
#include "generator.h"

enum { BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4, ENOENT = 2, ENOSPC = 28, EAGAIN = 11 };
#define BPF_F_CURRENT_CPU 0xffffffffULL

/* The part of the context of a test run that is used; user space sets it. */
struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark; /* how many events */
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority; /* GENERATOR_SILENT, GENERATOR_COARSE */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, GENERATOR_CPUS);
} perf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} ring SEC(".maps");

/* Constant once loaded, so that the verifier drops what is not used. */
const volatile __u32 event_bytes = 16;
const volatile __u32 flags_policy = GENERATOR_ADAPTIVE;
const volatile __u64 pacing_mark = 1 << 17;

struct generator_counters counters[GENERATOR_CPUS];

static __always_inline int count(struct __sk_buff *context, struct generator_counters *mine, long result)
{
	if (result == 0)
		mine->ok++;
	else if (result == -ENOSPC || result == -EAGAIN) /* a full perf ring, a full ring buffer */
		mine->full++;
	else if (result == -ENOENT)
		mine->absent++;
	else
		mine->other++;
	return 0;
}

static __always_inline struct generator_counters *begin(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return cpu < GENERATOR_CPUS ? &counters[cpu] : 0;
}

SEC("tc")
int emit_perf(struct __sk_buff *context)
{
	__u64 event[GENERATOR_LARGEST / 8] = {};
	struct generator_counters *mine = begin();
	__u32 events = context->mark, silent = context->priority & GENERATOR_SILENT;
	__u32 coarse = context->priority & GENERATOR_COARSE;

	if (!mine)
		return 1;
	event[0] = bpf_ktime_get_ns();
	for (__u32 index = 0; index < GENERATOR_BATCH && index < events; index++) {
		if (!coarse)
			event[0] = bpf_ktime_get_ns();
		event[1] = mine->sequence++ << 32 | bpf_get_smp_processor_id();
		if (!silent)
			count(context, mine,
			      bpf_perf_event_output(context, &perf, BPF_F_CURRENT_CPU, event, event_bytes));
	}
	return 0;
}

/* What readers are told of an event of the ring buffer. */
struct generated {
	__u64 time;
	__u64 number;
};
BPF_EVENT(ring, struct generated)

static __always_inline int emit_to_ring(struct __sk_buff *context)
{
	__u64 event[GENERATOR_LARGEST / 8] = {};
	struct generator_counters *mine = begin();
	__u32 events = context->mark, silent = context->priority & GENERATOR_SILENT;
	__u32 coarse = context->priority & GENERATOR_COARSE;

	if (!mine)
		return 1;
	event[0] = bpf_ktime_get_ns();
	for (__u32 index = 0; index < GENERATOR_BATCH && index < events; index++) {
		__u64 flags = 0;

		if (!coarse)
			event[0] = bpf_ktime_get_ns();
		event[1] = mine->sequence++ << 32 | bpf_get_smp_processor_id();
		if (silent)
			continue;
		if (flags_policy == GENERATOR_NO_WAKEUP)
			flags = BPF_RB_NO_WAKEUP;
		else if (flags_policy == GENERATOR_PACED)
			flags = ringbuf_paced(&ring, event_bytes, pacing_mark);
		count(context, mine, bpf_ringbuf_output(&ring, event, event_bytes, flags));
	}
	return 0;
}

SEC("tc")
int emit_ring(struct __sk_buff *context)
{
	return emit_to_ring(context);
}

/* For load-kp-bpf, which attaches what it loads: to a control group that nobody is in. */
SEC("cgroup_skb/egress")
int show_ring(struct __sk_buff *context)
{
	return emit_to_ring(context);
}

char LICENSE[] SEC("license") = "GPL";
