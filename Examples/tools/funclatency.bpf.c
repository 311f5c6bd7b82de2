/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* How long calls of functions of the kernel take. */
#include "tool_filters.h"

TOOL_OF_FUNCTIONS("show how long the calls of functions of the kernel take, as a histogram",
		  "--maps --program enter --program leave --map latency");
SETTING(u64, min_us, 0, "only calls that take this long, in microseconds");

/* By the thread: of a function that calls itself the innermost call is timed. */
STARTED(began, u64);

enum { FUNCTION_BUCKETS = 40 };

/* Functions may take less than a microsecond. */
struct call_latencies {
	u64 slots[FUNCTION_BUCKETS] BPF_HISTOGRAM_LOG2(ns);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct call_latencies);
} latency SEC(".maps");

/* The sections name no function: the command line does. */
SEC("kprobe")
int enter(struct pt_regs *ctx)
{
	u64 thread = bpf_get_current_pid_tgid(), now;

	if (!is_wanted())
		return 0;
	now = bpf_ktime_get_ns();
	bpf_map_update_elem(&began, &thread, &now, BPF_ANY);
	return 0;
}

SEC("kretprobe")
int leave(struct pt_regs *ctx)
{
	u64 thread = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
	u64 *start = bpf_map_lookup_elem(&began, &thread);
	struct call_latencies *latencies;
	u32 zero = 0, bucket;
	u64 took;

	if (!start)
		return 0;
	took = now - *start;
	bpf_map_delete_elem(&began, &thread);
	if (took < min_us * 1000)
		return 0;
	latencies = bpf_map_lookup_elem(&latency, &zero);
	bucket = log2_bucket(took, FUNCTION_BUCKETS);
	if (latencies && bucket < FUNCTION_BUCKETS)
		__sync_fetch_and_add(&latencies->slots[bucket], 1);
	return 0;
}
