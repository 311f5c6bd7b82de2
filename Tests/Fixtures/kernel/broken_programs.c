/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * Programs with the mistakes that are made most often, written as people write them, with libbpf's headers; rejected.c
 * has more. Each has one mistake. What the message must point at says 'here', and where the value comes from 'there'.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>

typedef _Bool bool;
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define in_object static __attribute__((__noinline__))
#define for_programs __attribute__((preserve_access_index))
#define TC_ACT_OK 0

struct task_struct {
	int pid;
} for_programs;

struct event {
	__u32 pid;
	__u32 length;
	char comm[16];
};

struct guarded {
	struct bpf_spin_lock lock;
	__u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} rb SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct guarded);
} guarded SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, __u64);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} next SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 4);
		__type(key, __u32);
		__type(value, __u64);
	});
} outer SEC(".maps");

/* Pointers that may be none. */

SEC("?tp_btf/sched_switch") int room_unchecked(void *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&rb, sizeof(*event), 0);	/* there */

	event->pid = 1;	/* here */
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("?tc") int socket_unchecked(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);	/* there */
	int family = sk->family;	/* here */

	bpf_sk_release(sk);
	return family;
}

SEC("?tc") int owner_unchecked(struct __sk_buff *skb)
{
	return skb->sk->family == 2;	/* here */
}

SEC("?kprobe/vfs_read") int inner_map_unchecked(void *ctx)
{
	__u32 key = 0;
	void *inner = bpf_map_lookup_elem(&outer, &key);	/* there */
	__u64 *value = bpf_map_lookup_elem(inner, &key);	/* here */

	return value != 0;
}

SEC("?tc") int member_before_check(void *ctx)
{
	__u32 key = 0;
	struct guarded *found = bpf_map_lookup_elem(&guarded, &key);	/* there */
	__u64 *count;

	asm("%0 = %1; %0 += 8" : "=r"(count) : "r"(found));	/* here */
	return count ? *count > 1 : 0;
}

/* What was acquired. */

SEC("?tc") int socket_kept(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);	/* there */

	if (!sk)
		return TC_ACT_OK;
	return sk->family == 2;	/* here */
}	/* here */

SEC("?kprobe/vfs_read") int written_after_submit(void *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&rb, sizeof(*event), 0);

	if (!event)
		return 0;
	event->pid = 1;
	bpf_ringbuf_submit(event, 0);	/* there */
	event->length = 2;	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int submitted_twice(void *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&rb, sizeof(*event), 0);

	if (!event)
		return 0;
	event->pid = 1;
	bpf_ringbuf_submit(event, 0);	/* there */
	bpf_ringbuf_submit(event, 0);	/* here */
	return 0;
}

SEC("?tc") int read_after_release(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);

	if (!sk)
		return TC_ACT_OK;
	bpf_sk_release(sk);	/* there */
	return sk->family == 2;	/* here */
}	/* here */

SEC("?kprobe/vfs_read") int other_submitted(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);	/* there */

	if (value)
		bpf_ringbuf_submit(value, 0);	/* here */
	return 0;
}

/* Packets. */

SEC("?xdp") int packet_moved(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;

	if (data + 14 > end)
		return XDP_PASS;
	bpf_xdp_adjust_head(ctx, 4);	/* there */
	return data[12] == 8 ? XDP_DROP : XDP_PASS;	/* here */
}

SEC("?xdp") int one_byte_more(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;

	if (data + 14 > end)
		return XDP_PASS;
	return data[14] == 0x45 ? XDP_DROP : XDP_PASS;	/* here */
}

SEC("?xdp") int length_from_packet(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;
	__u8 *end = (void *)(long)ctx->data_end;

	if (data + 34 > end)
		return XDP_PASS;
	data += (data[14] & 15) * 4;
	return data[14] == 6 ? XDP_DROP : XDP_PASS;	/* here */
}

SEC("?cgroup_skb/egress") int packet_written(struct __sk_buff *skb)
{
	__u8 *data = (void *)(long)skb->data;
	__u8 *end = (void *)(long)skb->data_end;

	if (data + 14 > end)
		return 1;
	data[0] = 0;	/* here */
	return 1;
}

/* Memory of the kernel and of the context. */

SEC("?kprobe/vfs_read") int task_as_number(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();	/* there */

	return task->pid > 100;	/* here */
}

SEC("?tp_btf/sched_switch") int task_written(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[1];

	task->pid = 0;	/* here */
	return 0;
}

SEC("?tp_btf/sched_switch") int argument_too_many(__u64 *ctx)
{
	return ctx[7] > 1;	/* here */
}

SEC("?fentry/vfs_read") int fifth_of_four(__u64 *ctx)
{
	return ctx[5] > 1;	/* here */
}

SEC("?kprobe/vfs_read") int registers_written(struct pt_regs *ctx)
{
	*(volatile __u64 *)ctx = 0;	/* here */
	return 0;
}

SEC("?tc") int context_at_variable(struct __sk_buff *skb)
{
	__u32 index = bpf_get_prandom_u32() & 3;

	return skb->cb[index] > 5;	/* here */
}

SEC("?kprobe/vfs_read") int constant_map_written(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&settings, &key);

	if (value)
		*value = 5;	/* here */
	return 0;
}

/* Sizes, indices, alignment. */

SEC("?kprobe/vfs_read") int size_of_other(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);

	if (value)
		bpf_probe_read_kernel(value, 64, ctx);	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int size_negative(struct pt_regs *ctx)
{
	char buffer[64];
	int length = PT_REGS_PARM3(ctx);

	if (length > 64)
		return 0;
	bpf_probe_read_kernel(buffer, length, ctx);	/* here */
	return buffer[0];
}

SEC("?kprobe/vfs_read") int size_zero(void *ctx)
{
	char comm[16];
	__u32 length = bpf_get_prandom_u32() & 15;

	bpf_get_current_comm(comm, length);	/* here */
	return comm[0];
}

SEC("?kprobe/vfs_read") int stack_at_variable(void *ctx)
{
	volatile char text[16];
	__u64 index = bpf_get_prandom_u32();

	__builtin_memset((void *)text, 0, sizeof(text));
	return text[index];	/* here */
}

SEC("?kprobe/vfs_read") int stack_too_large(void *ctx)
{
	asm("*(u64 *)(r10 - 600) = %0" : : "r"(ctx));	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int not_aligned(void *ctx)
{
	asm("*(u64 *)(r10 - 12) = %0" : : "r"(ctx));	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int key_unset(void *ctx)
{
	__u32 key;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);	/* here */

	return value != 0;
}

/* Locks, dynptrs, callbacks. */

SEC("?tc") int lock_kept(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct guarded *value = bpf_map_lookup_elem(&guarded, &key);

	if (!value)
		return TC_ACT_OK;
	bpf_spin_lock(&value->lock);
	value->count++;	/* here */
	return TC_ACT_OK;	/* here */
}	/* here */

SEC("?tc") int call_in_lock(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct guarded *value = bpf_map_lookup_elem(&guarded, &key);

	if (!value)
		return TC_ACT_OK;
	bpf_spin_lock(&value->lock);
	value->count = bpf_get_prandom_u32();	/* here */
	bpf_spin_unlock(&value->lock);
	return TC_ACT_OK;
}

SEC("?tc") int lock_read(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct guarded *value = bpf_map_lookup_elem(&guarded, &key);

	return value ? *(volatile __u32 *)&value->lock : 0;	/* here */
}

SEC("?kprobe/vfs_read") int lock_in_kprobe(void *ctx)
{
	__u32 key = 0;
	struct guarded *value = bpf_map_lookup_elem(&guarded, &key);

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);	/* here */
	value->count++;
	bpf_spin_unlock(&value->lock);
	return 0;
}

static long each(void *map, __u32 *key, __u64 *value, void *data)
{
	return 2;	/* here */
}

SEC("?kprobe/vfs_read") int callback_returns(void *ctx)
{
	return bpf_for_each_map_elem(&counts, each, 0, 0);
}

SEC("?kprobe/vfs_read") int dynptr_unmade(void *ctx)
{
	struct bpf_dynptr pointer;
	char text[8];

	bpf_dynptr_read(text, sizeof(text), &pointer, 0, 0);	/* here */
	return text[0];
}

SEC("?kprobe/vfs_read") int dynptr_kept(void *ctx)
{
	struct bpf_dynptr room;

	bpf_ringbuf_reserve_dynptr(&rb, 8, 0, &room);	/* there */
	return 0;	/* here */
}	/* here */

/* Calls. */

SEC("?kprobe/vfs_read") int helper_of_others(void *ctx)
{
	char text[8];

	bpf_skb_load_bytes(ctx, 0, text, sizeof(text));	/* here */
	return text[0];
}

SEC("?fentry/vfs_read") int helper_that_sleeps(void *ctx)
{
	char text[8];

	bpf_copy_from_user(text, sizeof(text), ctx);	/* here */
	return text[0];
}

SEC("?fentry/vfs_read") int path_in_wrong_function(__u64 *ctx)
{
	char text[64];

	bpf_d_path((void *)ctx[0], text, sizeof(text));	/* here */
	return text[0];
}

SEC("?kprobe/vfs_read") int helper_unknown(void *ctx)
{
	long (*from_the_future)(void *) = (void *)9999;

	return from_the_future(ctx);	/* here */
}

in_object long once_more(__u32 index, void *ctx)
{
	return 0;
}

SEC("?kprobe/vfs_read") int helper_of_newer(void *ctx)
{
	bpf_loop(8, once_more, 0, 0);	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int tail_call_to_no_program(void *ctx)
{
	bpf_tail_call(ctx, &counts, 0);	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int events_to_hash(void *ctx)
{
	__u32 value = 1;

	bpf_perf_event_output(ctx, &counts, 0, &value, 4);	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int format_of_stack(void *ctx)
{
	char text[16];
	char format[] = "%d";
	__u64 value = 5;

	bpf_snprintf(text, 16, format, &value, 8);	/* here */
	return text[0];
}

SEC("?kprobe/vfs_read") int map_not_a_map(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(ctx, &key) != 0;	/* here */
}

SEC("?kprobe/vfs_read") int key_not_a_pointer(void *ctx)
{
	return bpf_map_lookup_elem(&counts, 0) != 0;	/* here */
}

/* Functions of the kernel. */

struct bpf_iter_num {
	__u64 opaque;
} __attribute__((aligned(8)));

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern int bpf_dynptr_from_xdp(struct xdp_md *ctx, __u64 flags, struct bpf_dynptr *pointer) __ksym;

SEC("?tp_btf/sched_switch") int iterator_unmade(void *ctx)
{
	struct bpf_iter_num numbers;

	return bpf_iter_num_next(&numbers) != 0;	/* here */
}

SEC("?tp_btf/sched_switch") int iterator_kept(void *ctx)
{
	struct bpf_iter_num numbers;

	bpf_iter_num_new(&numbers, 0, 5);	/* there */
	return 0;	/* here */
}	/* here */

SEC("?tp_btf/sched_switch") int rcu_kept(void *ctx)
{
	bpf_rcu_read_lock();	/* there */
	return 0;	/* here */
}	/* here */

SEC("?tp_btf/sched_switch") int task_kept(__u64 *ctx)
{
	struct task_struct *task = bpf_task_acquire((void *)ctx[1]);	/* there */

	return task != 0;	/* here */
}	/* here */

SEC("?tp_btf/sched_switch") int task_not_held(__u64 *ctx)
{
	bpf_task_release((void *)ctx[1]);	/* here */
	return 0;
}

SEC("?tp_btf/sched_switch") int function_of_xdp(void *ctx)
{
	struct bpf_dynptr pointer;

	return bpf_dynptr_from_xdp(ctx, 0, &pointer);	/* here */
}

/* Loops, jumps and what is returned. */

SEC("?kprobe/vfs_read") int never_reached(void *ctx)
{
	asm volatile("goto +1; r0 = 5");	/* here */
	return 0;
}

in_object int calls_itself(int depth)
{
	asm("call %0" : : "i"(calls_itself) : "r0", "r1");	/* here */
	return depth;
}

SEC("?kprobe/vfs_read") int recursion(void *ctx)
{
	return calls_itself(5);
}

SEC("?lsm/file_open") int hook_answer(void *ctx)
{
	return 5;	/* here */
}

SEC("?cgroup/connect4") int connect_answer(void *ctx)
{
	return bpf_get_prandom_u32();	/* here */
}

SEC("?iter/task") int iterator_answer(void *ctx)
{
	return 5;	/* here */
}

SEC("?cgroup/connect4") int pointer_answer(void *ctx)
{
	return (long)ctx;	/* here */
}

SEC("?kprobe/vfs_read") int combined_pointers(void *ctx)
{
	asm volatile("%0 |= 1" : "+r"(ctx));	/* here */
	return ctx != 0;
}

__attribute__((__noinline__)) int checked_alone(struct event *event)
{
	return event->pid;	/* here */
}

SEC("?kprobe/vfs_read") int global_unchecked(void *ctx)
{
	struct event event = {};

	return checked_alone(&event);
}

char LICENSE[] SEC("license") = "GPL";
