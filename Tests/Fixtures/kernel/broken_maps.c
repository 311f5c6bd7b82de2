/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * A map that the kernel does not make, and a program that uses it. Compiled once for each: a loader makes all the maps of
 * an object, so that one with all of them would end at the first.
 */
#include <linux/bpf.h>

typedef _Bool bool;
#include <bpf/bpf_helpers.h>

struct large {
	char bytes[65536];
};

struct huge {
	char bytes[8 << 20];
};

#define MAP_no_entries __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 0); __type(key, __u32); __type(value, __u64);
#define MAP_no_key __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(value, __u64);
#define MAP_no_value __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32);
#define MAP_long_index \
	__uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u64); __type(value, __u64);
#define MAP_ring_by_key __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096);
#define MAP_too_many \
	__uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 0xffffffff); \
	__type(key, __u32); __type(value, struct large);
#define MAP_value_for_cpus \
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); \
	__type(key, __u32); __type(value, struct large);
#define MAP_value_too_large \
	__uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, struct huge);
#define MAP_flags_of_hash \
	__uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __uint(map_flags, BPF_F_NO_PREALLOC); \
	__type(key, __u32); __type(value, __u64);
#define MAP_flags_unknown \
	__uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __uint(map_flags, 1 << 30); \
	__type(key, __u32); __type(value, __u64);
#define MAP_prefix_short \
	__uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 4); __uint(map_flags, BPF_F_NO_PREALLOC); \
	__type(key, __u32); __type(value, __u64);
#define MAP_stacks_odd \
	__uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32);
#define MAP_programs_wide \
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64);
#define MAP_queue_with_key \
	__uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64);
#define MAP_storage_sized \
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(max_entries, 4); __uint(map_flags, BPF_F_NO_PREALLOC); \
	__type(key, __u32); __type(value, __u64);
#define MAP_of_newer __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __uint(max_entries, 4); __type(value, __u64);
#define MAP_type_unknown __uint(type, 500); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64);
	__type(value, __u64); __uint(pinning, 1);
#define MAP_events_by_key \
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64);

#define CHOSEN(name) MAP_##name
#define MAP(name) CHOSEN(name)

struct {
	MAP(NAME)
} NAME SEC(".maps");

SEC("kprobe/vfs_read") int uses_it(void *ctx)
{
	__u64 key = 0;

	return bpf_map_lookup_elem(&NAME, &key) != 0;
}

char LICENSE[] SEC("license") = "GPL";
