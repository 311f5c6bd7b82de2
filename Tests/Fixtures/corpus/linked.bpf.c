/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Two files that `bpftool gen object` makes into one object. */
#define NO_LICENSE
#include "kernel.h"

#ifdef CASE_first
extern u64 shared;
extern int helper(u64 value);
__weak int both(u64 value) { return value + 1; }
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, u64);
} table SEC(".maps");
static u64 local = 1;
SEC("raw_tp/sched_switch") int first(u64 *ctx)
{
	u32 key = 1;

	shared += local++;
	bpf_map_update_elem(&table, &key, &shared, BPF_ANY);
	return helper(ctx[0]) + both(ctx[1]);
}
char LICENSE[] SEC("license") = "GPL";
#endif

#ifdef CASE_second
u64 shared = 7;
static u64 local = 2;
extern struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, u64);
} table SEC(".maps");
__weak int both(u64 value) { return value + 2; }
__noinline int helper(u64 value)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u32 key = BPF_CORE_READ(task, tgid);

	return bpf_map_lookup_elem(&table, &key) ? local++ : both(value);
}
SEC("raw_tp/sched_wakeup") int second(u64 *ctx) { return helper(ctx[0]); }
char LICENSE[] SEC("license") = "GPL";
#endif
