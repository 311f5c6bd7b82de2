/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* How long calls of functions of the kernel take. */
#include "tool_filters.h"

TOOL_OF_FUNCTIONS("show how long the calls of functions of the kernel take, as a histogram",
		  "--maps --program enter --program leave --map latency");
SETTING(u64, min_us, 0, "only calls that take this long, in microseconds");

/* How deep calls lie in each other that are timed, a power of two: of a function that calls itself, or of several. */
enum { DEPTH = 8 };

/* The calls of a thread that have not returned. */
struct calls {
	u64 depth;
	u64 start[DEPTH];
};

STARTED(began, struct calls);

static struct calls no_calls;

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

NOT_COUNTED;

/* The sections name no function: the command line does. */
SEC("kprobe")
int enter(struct pt_regs *ctx)
{
	u64 thread = running_thread(), depth;
	struct calls *calls;

	if (!is_wanted())
		return 0;
	calls = find_or_add(&began, &thread, &no_calls);
	if (!calls) {
		count_not_counted(1);
		return 0;
	}
	depth = calls->depth;
	/*
	 * Too deep, or the kernel missed returns, so that calls are left here: those below are given up. A return takes
	 * what was put here last, so that the others are timed all the same.
	 */
	if (depth >= DEPTH) {
		count_not_counted(DEPTH);
		depth = 0;
	}
	calls->depth = depth + 1;
	calls->start[depth & (DEPTH - 1)] = bpf_ktime_get_ns();
	return 0;
}

SEC("kretprobe")
int leave(struct pt_regs *ctx)
{
	u64 thread = running_thread(), now = bpf_ktime_get_ns(), depth, took;
	struct calls *calls = bpf_map_lookup_elem(&began, &thread);
	struct call_latencies *latencies;
	u32 zero = 0, bucket;

	if (!calls || !calls->depth)
		return 0;
	depth = calls->depth - 1;
	took = now - calls->start[depth & (DEPTH - 1)];
	if (depth)
		calls->depth = depth;
	else
		bpf_map_delete_elem(&began, &thread);
	if (took < min_us * 1000)
		return 0;
	latencies = bpf_map_lookup_elem(&latency, &zero);
	bucket = log2_bucket(took, FUNCTION_BUCKETS);
	if (latencies && bucket < FUNCTION_BUCKETS)
		__sync_fetch_and_add(&latencies->slots[bucket], 1);
	return 0;
}
