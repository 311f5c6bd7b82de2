/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * What makes an object a ready tool: it says itself what it does, how it is shown, and what its settings mean.
 *
 *     TOOL("print each file that is opened", "--events");
 *     SETTING(bool, failed_only, false, "only what failed");
 *
 * `load-kp-bpf NAME --help` prints these; docs/tools.md has what may be written here. Compile with -g by clang 14 or
 * newer.
 */
#ifndef TOOL_H
#define TOOL_H

#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "bpf_event.h"
#include "bpf_histogram.h"
#include "ringbuf_lost.h"

#define TOOL_TAG(text) __attribute__((btf_decl_tag(text)))
/* How a member is written: docs/events.md, "Formats". */
#define FORMAT(name) TOOL_TAG("fmt:" #name)

/* What the tool does, and the options of load-kp-bpf that show what it found. The helpers need a license anyway. */
#define TOOL(about, options)                                                                                           \
	char LICENSE[] SEC("license") TOOL_TAG("tool:" about) TOOL_TAG("show:" options) = "GPL"
/* The same for a tool of the functions that the command line names. */
#define TOOL_OF_FUNCTIONS(about, options)                                                                              \
	char LICENSE[] SEC("license")                                                                                  \
	TOOL_TAG("tool:" about) TOOL_TAG("show:" options) TOOL_TAG("takes:FUNCTION") = "GPL"

/* A variable that is set before the program is loaded: --set NAME=VALUE. */
#define SETTING(type, name, value, help) const volatile type name TOOL_TAG("help:" help) = value
/* The same, and load-kp-bpf sets it to the id of its own process where --set does not. */
#define SETTING_TRACER(type, name, help) const volatile type name TOOL_TAG("help:" help) TOOL_TAG("default:tracer") = 0

/* Who does it: the first members of an event, and what they are for the thread that runs. */
#define WHO                                                                                                            \
	u32 pid;                                                                                                       \
	u32 uid FORMAT(uid);                                                                                           \
	char comm[TASK_COMM_LEN]
#define SET_WHO(event)                                                                                                 \
	do {                                                                                                           \
		(event)->pid = bpf_get_current_pid_tgid() >> 32;                                                       \
		(event)->uid = bpf_get_current_uid_gid();                                                              \
		bpf_get_current_comm((event)->comm, sizeof((event)->comm));                                            \
	} while (0)

/* A ring buffer of events of a type, with the count of those that find no room; count_lost() adds others. */
#define EVENTS(event, bytes)                                                                                           \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_RINGBUF);                                                                    \
		__uint(max_entries, bytes);                                                                            \
	} events SEC(".maps");                                                                                         \
	RINGBUF_LOST(events);                                                                                          \
	static __always_inline __attribute__((unused)) void count_lost(void)                                           \
	{                                                                                                              \
		ringbuf_count_lost(events);                                                                            \
	}                                                                                                              \
	BPF_EVENT(events, event)

/* What is between two points of a thread: the id of the thread is the key. */
#define STARTED(name, what)                                                                                            \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_HASH);                                                                       \
		__uint(max_entries, 16384);                                                                            \
		__type(key, u64);                                                                                      \
		__type(value, what);                                                                                   \
	} name SEC(".maps")

/* The thread that runs. The idle threads, one for each processor, all have number 0: the processor tells them apart. */
static __always_inline u64 running_thread(void)
{
	u64 thread = bpf_get_current_pid_tgid();

	return thread ? thread : ~(u64)bpf_get_smp_processor_id();
}

/* Most threads have no entry: looking for one is cheaper than deleting none. */
static __always_inline void forget(void *map, const u64 *thread)
{
	if (bpf_map_lookup_elem(map, thread))
		bpf_map_delete_elem(map, thread);
}

/* A histogram's buckets are powers of two: 0 and 1 are in the first one, from 2^i to below 2^(i+1) in bucket i. */
enum { LATENCY_BUCKETS = 32 };

static __always_inline u32 log2_bucket(u64 value, u32 buckets)
{
	u32 bucket = 0;

	if (value >= 1ULL << 32) {
		value >>= 32;
		bucket += 32;
	}
	if (value >= 1 << 16) {
		value >>= 16;
		bucket += 16;
	}
	if (value >= 1 << 8) {
		value >>= 8;
		bucket += 8;
	}
	if (value >= 1 << 4) {
		value >>= 4;
		bucket += 4;
	}
	if (value >= 1 << 2) {
		value >>= 2;
		bucket += 2;
	}
	if (value >= 1 << 1)
		bucket += 1;
	return bucket < buckets ? bucket : buckets - 1;
}

/* Times of one kind. */
struct latencies {
	u64 slots[LATENCY_BUCKETS] BPF_HISTOGRAM_LOG2(us);
};

/* Several CPUs count in one place. */
static __always_inline void count_latency(struct latencies *latencies, u64 ns)
{
	u32 bucket = log2_bucket(ns / 1000, LATENCY_BUCKETS);

	if (latencies && bucket < LATENCY_BUCKETS)
		__sync_fetch_and_add(&latencies->slots[bucket], 1);
}

/* The value of a key, a new one of zeros where there is none; NULL if the map is full. */
static __always_inline void *find_or_add(void *map, const void *key, const void *zeros)
{
	void *value = bpf_map_lookup_elem(map, key);

	if (value)
		return value;
	bpf_map_update_elem(map, key, zeros, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

/*
 * How much a tool could not count, as a map was full. It is shown beside the map that --map chooses. It has an element
 * only where there is something to tell: an array would always show a 0.
 */
#define NOT_COUNTED                                                                                                    \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_HASH);                                                                       \
		__uint(max_entries, 1);                                                                                \
		__type(key, u32);                                                                                      \
		__type(value, u64);                                                                                    \
	} not_counted SEC(".maps")
#define count_not_counted(number) count_not_counted_in(&not_counted, number)

static __always_inline void count_not_counted_in(void *map, u32 number)
{
	u64 none = 0, *count;
	u32 key = 0;

	count = find_or_add(map, &key, &none);
	if (count)
		__sync_fetch_and_add(count, number);
}

#endif
