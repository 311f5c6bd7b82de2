/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Maps in every form that tracing programs use; each CASE is an object of its own. */
#include "kernel.h"

#define TP SEC("tracepoint/sched/sched_process_exec")

struct event {
	u32 pid;
	char comm[TASK_COMM_LEN];
};

#ifdef CASE_hash
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, u32);
	__type(value, u64);
} starts SEC(".maps");
TP int prog(void *ctx)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	u64 now = bpf_ktime_get_ns();

	return bpf_map_update_elem(&starts, &pid, &now, BPF_ANY);
}
#endif

#ifdef CASE_sizes_without_types
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
} events SEC(".maps");
TP int prog(void *ctx)
{
	struct event event = { .pid = bpf_get_current_pid_tgid() };

	bpf_get_current_comm(event.comm, sizeof(event.comm));
	return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
}
#endif

#ifdef CASE_ringbuf_odd_size
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 100000);
} rb SEC(".maps");
TP int prog(void *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&rb, sizeof(*event), 0);

	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}
#endif

#ifdef CASE_percpu_lru_stack
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct event);
} heap SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 128);
	__type(key, struct event);
	__type(value, u64);
} counts SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(u32));
	__uint(value_size, 127 * sizeof(u64));
} stacks SEC(".maps");
SEC("kprobe/vfs_read") int prog(struct pt_regs *ctx)
{
	u32 zero = 0;
	u64 one = 1, *seen;
	struct event *event = bpf_map_lookup_elem(&heap, &zero);

	if (!event)
		return 0;
	event->pid = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	seen = bpf_map_lookup_elem(&counts, event);
	if (seen)
		__sync_fetch_and_add(seen, 1);
	else
		bpf_map_update_elem(&counts, event, &one, BPF_NOEXIST);
	return 0;
}
#endif

#ifdef CASE_queue_and_stack
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 16);
	__type(value, u64);
} queue SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 16);
	__uint(value_size, 8);
} stack SEC(".maps");
TP int prog(void *ctx)
{
	u64 now = bpf_ktime_get_ns();

	bpf_map_push_elem(&queue, &now, BPF_EXIST);
	return bpf_map_pop_elem(&stack, &now);
}
#endif

#ifdef CASE_bloom_extra
struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 100);
	__type(value, u32);
	__uint(map_extra, 3);
} bloom SEC(".maps");
TP int prog(void *ctx)
{
	u32 pid = bpf_get_current_pid_tgid();

	bpf_map_push_elem(&bloom, &pid, BPF_ANY);
	return 0;
}
#endif

#ifdef CASE_flags_numa_pinned
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE);
	__uint(numa_node, 0);
	__type(key, int);
	__type(value, int);
} table SEC(".maps");
/* No tracing program: 5.10 warns of those whose maps allocate as they go. */
SEC("tc") int prog(struct __sk_buff *ctx)
{
	int key = 1;

	return bpf_map_delete_elem(&table, &key);
}
#endif

#ifdef CASE_lpm_trie
struct prefix {
	u32 length;
	u8 data[4];
};
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, u32);
} trie SEC(".maps");
TP int prog(void *ctx)
{
	struct prefix key = { .length = 32, .data = { 10, 0, 0, 1 } };

	return bpf_map_lookup_elem(&trie, &key) != 0;
}
#endif

#ifdef CASE_inner_maps_with_slots
struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
} first SEC(".maps"), second SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [1] = &first, [5] = &second } };
TP int prog(void *ctx)
{
	u32 key = 5, slot = 1;
	void *inner = bpf_map_lookup_elem(&outer, &key);

	return inner && bpf_map_lookup_elem(inner, &slot);
}
#endif

#ifdef CASE_hash_of_maps_dynamic
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, u64);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 16);
		__type(key, u32);
		__type(value, u32);
	});
} outer SEC(".maps");
TP int prog(void *ctx)
{
	u64 key = 7;
	u32 slot = 0;
	void *inner = bpf_map_lookup_elem(&outer, &key);

	return inner && bpf_map_lookup_elem(inner, &slot);
}
#endif

#ifdef CASE_tail_calls
int one(void *ctx);
int two(void *ctx);
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__uint(key_size, sizeof(u32));
	__array(values, int(void *));
} jumps SEC(".maps") = { .values = { [0] = (void *)&one, [2] = (void *)&two } };
SEC("kprobe/one") int one(void *ctx) { return 1; }
SEC("kprobe/two") int two(void *ctx) { return 2; }
SEC("kprobe/vfs_read") int prog(void *ctx)
{
	bpf_tail_call(ctx, &jumps, 2);
	return 0;
}
#endif

#ifdef CASE_task_storage
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} storage SEC(".maps");
SEC("tp_btf/sched_process_exec") int BPF_PROG(prog, struct task_struct *task)
{
	u64 *value = bpf_task_storage_get(&storage, task, 0, 1);

	if (value)
		*value += 1;
	return 0;
}
#endif

#ifdef CASE_spin_lock
struct value {
	int count;
	struct bpf_spin_lock lock;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct value);
} locked SEC(".maps");
SEC("tc") int prog(struct __sk_buff *ctx)
{
	int key = 0;
	struct value *value = bpf_map_lookup_elem(&locked, &key);

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	value->count++;
	bpf_spin_unlock(&value->lock);
	return 0;
}
#endif

#ifdef CASE_timer
struct value {
	struct bpf_timer timer;
	u64 fired;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct value);
} timers SEC(".maps");
static int fire(void *map, int *key, struct value *value)
{
	value->fired++;
	return 0;
}
SEC("tc") int prog(struct __sk_buff *ctx)
{
	int key = 0;
	struct value *value = bpf_map_lookup_elem(&timers, &key);

	if (!value)
		return 0;
	bpf_timer_init(&value->timer, &timers, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&value->timer, fire);
	return bpf_timer_start(&value->timer, 1000000, 0);
}
#endif

#ifdef CASE_for_each_element
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, u64);
} table SEC(".maps");
static long each(void *map, u32 *key, u64 *value, u64 *sum)
{
	*sum += *value;
	return 0;
}
TP int prog(void *ctx)
{
	u64 sum = 0;

	bpf_for_each_map_elem(&table, each, &sum, 0);
	return sum;
}
#endif

#ifdef CASE_legacy_beside_modern
struct bpf_elf_map {
	u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};
struct bpf_elf_map old SEC("maps") = { .type = 2, .size_key = 4, .size_value = 8, .max_elem = 2 };
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} new SEC(".maps");
TP int prog(void *ctx)
{
	u32 key = 0;
	u64 *a = bpf_map_lookup_elem(&old, &key), *b = bpf_map_lookup_elem(&new, &key);

	if (a && b)
		*b = *a;
	return 0;
}
#endif
