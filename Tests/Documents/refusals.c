/* SPDX-License-Identifier: Apache-2.0 */
/* What the examples of docs/diagnostics.md take for granted; each becomes a function, or stands here as it is. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

typedef unsigned int u32;
typedef unsigned long long u64;

#ifndef bpf_ksym_exists
#define bpf_ksym_exists(symbol) (!!(symbol))
#endif

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));
struct entry {
	u64 count;
	u64 slots[8];
};
struct locked {
	struct bpf_spin_lock lock;
	u64 count;
};
struct large {
	char bytes[4096];
};
struct bpf_iter_num {
	u64 opaque[1];
} __attribute__((aligned(8)));

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u32);
} pids SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, struct locked);
} locked SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct large);
} scratches SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u32);
} programs SEC(".maps");

const volatile u32 constant_limit = 4;
const u32 zero = 0;

struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym __weak;
void bpf_task_release(struct task_struct *task) __ksym __weak;
int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym __weak;
int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym __weak;
void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym __weak;
int more(void *ctx);
static long each(u32 index, void *data) { return 0; }

#define EXAMPLE(name) \
	int name(void *ctx, struct __sk_buff *skb, struct xdp_md *xdp, struct task_struct *task, u64 address, u32 key, \
		 u32 index, u32 size, u64 count)

/* SNIPPET */
