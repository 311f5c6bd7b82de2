/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* What the well-known tracing tools are made of: several programs, maps and settings to an object. */
#include "kernel.h"

#define CURRENT ((struct task_struct *)bpf_get_current_task())

struct event {
	u32 pid, ppid, uid;
	int result;
	u64 duration;
	char comm[TASK_COMM_LEN];
	char path[128];
};

#ifdef CASE_exec_arguments
#define ARGUMENTS 20
#define ARGUMENT_SIZE 64
const volatile bool ignore_failed = true;
const volatile u32 target_uid = (u32)-1;
const volatile int max_arguments = 8;
static const struct long_event { struct event event; int count; unsigned int size; char arguments[ARGUMENTS * ARGUMENT_SIZE]; } empty = {};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, pid_t);
	__type(value, struct long_event);
} execs SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
} events SEC(".maps");
SEC("tracepoint/syscalls/sys_enter_execve") int enter(struct trace_event_raw_sys_enter *ctx)
{
	const char **arguments = (const char **)ctx->args[1], *argument = 0;
	pid_t pid = bpf_get_current_pid_tgid();
	struct long_event *event;
	u32 uid = bpf_get_current_uid_gid();
	int i, size;

	if (target_uid != (u32)-1 && target_uid != uid)
		return 0;
	if (bpf_map_update_elem(&execs, &pid, &empty, BPF_NOEXIST))
		return 0;
	event = bpf_map_lookup_elem(&execs, &pid);
	if (!event)
		return 0;
	event->event.pid = bpf_get_current_pid_tgid() >> 32;
	event->event.ppid = BPF_CORE_READ(CURRENT, real_parent, tgid);
#pragma unroll
	for (i = 1; i < ARGUMENTS && i < max_arguments; i++) {
		bpf_probe_read_user(&argument, sizeof(argument), &arguments[i]);
		if (!argument || event->size > ARGUMENT_SIZE * (ARGUMENTS - 1))
			break;
		size = bpf_probe_read_user_str(&event->arguments[event->size], ARGUMENT_SIZE, argument);
		if (size < 0 || size > ARGUMENT_SIZE)
			break;
		event->count++;
		event->size += size;
	}
	return 0;
}
SEC("tracepoint/syscalls/sys_exit_execve") int leave(struct trace_event_raw_sys_exit *ctx)
{
	pid_t pid = bpf_get_current_pid_tgid();
	struct long_event *event = bpf_map_lookup_elem(&execs, &pid);
	unsigned int size;

	if (!event)
		return 0;
	event->event.result = ctx->ret;
	bpf_get_current_comm(event->event.comm, sizeof(event->event.comm));
	size = __builtin_offsetof(struct long_event, arguments) + event->size;
	if ((!ignore_failed || ctx->ret >= 0) && size <= sizeof(*event))
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, size);
	bpf_map_delete_elem(&execs, &pid);
	return 0;
}
#endif

#ifdef CASE_latency_histograms
#define SLOTS 27
struct histogram { u32 slots[SLOTS]; char comm[TASK_COMM_LEN]; };
const volatile bool by_process = false, milliseconds = false;
const volatile pid_t target = 0;
static struct histogram initial;
struct task_struct___before { volatile long state; } __attribute__((preserve_access_index));
struct task_struct___after { unsigned int __state; } __attribute__((preserve_access_index));
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, u32);
	__type(value, u64);
} start SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, u32);
	__type(value, struct histogram);
} histograms SEC(".maps");
static __always_inline u64 log2(u32 v)
{
	u32 r = (v > 0xffff) << 4, s;

	v >>= r;
	s = (v > 0xff) << 3; v >>= s; r |= s;
	s = (v > 0xf) << 2; v >>= s; r |= s;
	s = (v > 3) << 1; v >>= s; r |= s;
	return r | v >> 1;
}
static __always_inline u64 log2l(u64 v) { return v >> 32 ? log2(v >> 32) + 32 : log2(v); }
static __always_inline long state_of(void *task)
{
	struct task_struct___after *after = task;

	if (bpf_core_field_exists(after->__state))
		return BPF_CORE_READ(after, __state);
	return BPF_CORE_READ((struct task_struct___before *)task, state);
}
static int enqueue(u32 tgid, u32 pid)
{
	u64 now = bpf_ktime_get_ns();

	if (!pid || (target && target != tgid))
		return 0;
	bpf_map_update_elem(&start, &pid, &now, BPF_ANY);
	return 0;
}
static int switched(struct task_struct *prev, struct task_struct *next)
{
	struct histogram *histogram;
	u32 pid = BPF_CORE_READ(next, pid), key = by_process ? pid : (u32)-1;
	u64 *then, slot;
	s64 delta;

	if (state_of(prev) == 0)
		enqueue(BPF_CORE_READ(prev, tgid), BPF_CORE_READ(prev, pid));
	then = bpf_map_lookup_elem(&start, &pid);
	if (!then)
		return 0;
	delta = bpf_ktime_get_ns() - *then;
	if (delta < 0)
		goto out;
	histogram = bpf_map_lookup_elem(&histograms, &key);
	if (!histogram) {
		bpf_map_update_elem(&histograms, &key, &initial, BPF_NOEXIST);
		histogram = bpf_map_lookup_elem(&histograms, &key);
		if (!histogram)
			goto out;
		bpf_probe_read_kernel_str(histogram->comm, sizeof(histogram->comm), next->comm);
	}
	slot = log2l(delta / (milliseconds ? 1000000U : 1000U));
	if (slot >= SLOTS)
		slot = SLOTS - 1;
	__sync_fetch_and_add(&histogram->slots[slot], 1);
out:
	bpf_map_delete_elem(&start, &pid);
	return 0;
}
SEC("tp_btf/sched_wakeup") int BPF_PROG(wakeup, struct task_struct *p) { return enqueue(p->tgid, p->pid); }
SEC("tp_btf/sched_wakeup_new") int BPF_PROG(wakeup_new, struct task_struct *p) { return enqueue(p->tgid, p->pid); }
SEC("tp_btf/sched_switch") int BPF_PROG(change, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	return switched(prev, next);
}
SEC("raw_tp/sched_wakeup") int BPF_PROG(raw_wakeup, struct task_struct *p)
{
	return enqueue(BPF_CORE_READ(p, tgid), BPF_CORE_READ(p, pid));
}
#endif

#ifdef CASE_block_latency
struct request { struct gendisk *rq_disk; unsigned int cmd_flags, __data_len; } __attribute__((preserve_access_index));
struct request_queue { struct gendisk *disk; } __attribute__((preserve_access_index));
struct request___new { struct request_queue *q; } __attribute__((preserve_access_index));
struct gendisk { int major, first_minor; } __attribute__((preserve_access_index));
extern int LINUX_KERNEL_VERSION __kconfig;
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct request *);
	__type(value, u64);
} start SEC(".maps");
static __always_inline struct gendisk *disk_of(void *rq)
{
	struct request___new *new = rq;

	if (bpf_core_field_exists(((struct request *)rq)->rq_disk))
		return BPF_CORE_READ((struct request *)rq, rq_disk);
	return BPF_CORE_READ(new, q, disk);
}
static int __always_inline issue(void *ctx, struct request *rq)
{
	u64 now = bpf_ktime_get_ns();

	return disk_of(rq) ? bpf_map_update_elem(&start, &rq, &now, 0) : 0;
}
/* The arguments have changed with Linux 5.11. */
SEC("raw_tp/block_rq_insert") int inserted(u64 *ctx)
{
	return issue(ctx, (void *)(LINUX_KERNEL_VERSION >= 0x050b00 ? ctx[0] : ctx[1]));
}
SEC("raw_tp/block_rq_complete") int BPF_PROG(complete, struct request *rq, int error, unsigned int bytes)
{
	u64 *then = bpf_map_lookup_elem(&start, &rq);

	if (then)
		bpf_map_delete_elem(&start, &rq);
	return BPF_CORE_READ(rq, cmd_flags) & 0xff;
}
#endif

#ifdef CASE_connections
#define AF_INET6 10
struct in6_addr { union { u8 u6_addr8[16]; __be32 u6_addr32[4]; } in6_u; } __attribute__((preserve_access_index));
struct sock_common___v6 { struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr; } __attribute__((preserve_access_index));
struct sock___v6 { struct sock_common___v6 __sk_common; } __attribute__((preserve_access_index));
struct key { u8 source[16], destination[16]; u16 port, family; };
const volatile int ports[64] = {};
const volatile int port_count = 0;
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1000);
	__type(key, u32);
	__type(value, struct sock *);
} sockets SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 1000);
	__type(key, struct key);
	__type(value, u64);
} counts SEC(".maps");
static bool wanted(u16 port)
{
	int i;

	if (port_count == 0)
		return true;
	for (i = 0; i < port_count && i < 64; i++)
		if (ports[i] == port)
			return true;
	return false;
}
static int enter(struct sock *sk)
{
	u32 tid = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&sockets, &tid, &sk, 0);
	return 0;
}
static int leave(int result, bool is_v6)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct sock **socket = bpf_map_lookup_elem(&sockets, &tid);
	struct key key = {};
	u64 one = 1;

	if (!socket)
		return 0;
	BPF_CORE_READ_INTO(&key.port, *socket, __sk_common.skc_dport);
	key.family = BPF_CORE_READ(*socket, __sk_common.skc_family);
	if (is_v6)
		BPF_CORE_READ_INTO(&key.destination, (struct sock___v6 *)*socket, __sk_common.skc_v6_daddr.in6_u.u6_addr32);
	else
		BPF_CORE_READ_INTO(&key.destination, *socket, __sk_common.skc_daddr);
	if (result == 0 && wanted(bpf_ntohs(key.port)))
		bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
	bpf_map_delete_elem(&sockets, &tid);
	return 0;
}
SEC("kprobe/tcp_v4_connect") int BPF_KPROBE(enter_v4, struct sock *sk) { return enter(sk); }
SEC("kretprobe/tcp_v4_connect") int BPF_KRETPROBE(leave_v4, int result) { return leave(result, false); }
SEC("kprobe/tcp_v6_connect") int BPF_KPROBE(enter_v6, struct sock *sk) { return enter(sk); }
SEC("kretprobe/tcp_v6_connect") int BPF_KRETPROBE(leave_v6, int result) { return leave(result, true); }
SEC("tracepoint/sock/inet_sock_set_state") int state(void *ctx) { return 0; }
#endif

#ifdef CASE_sampled_stacks
struct key { u32 pid; int user, kernel; char name[TASK_COMM_LEN]; };
const volatile bool kernel_only = false, user_only = false;
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__type(key, u32);
	__uint(value_size, 127 * sizeof(u64));
	__uint(max_entries, 1024);
} stacks SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct key);
	__type(value, u64);
} counts SEC(".maps");
SEC("perf_event") int sample(struct bpf_perf_event_data *ctx)
{
	struct key key = { .pid = bpf_get_current_pid_tgid() >> 32 };
	u64 zero = 0, *count;

	bpf_get_current_comm(key.name, sizeof(key.name));
	key.kernel = user_only ? -1 : bpf_get_stackid(&ctx->regs, &stacks, 0);
	key.user = kernel_only ? -1 : bpf_get_stackid(&ctx->regs, &stacks, BPF_F_USER_STACK);
	count = bpf_map_lookup_elem(&counts, &key);
	if (!count) {
		bpf_map_update_elem(&counts, &key, &zero, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&counts, &key);
	}
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}
#endif

#ifdef CASE_files_that_live_short
struct renamedata___new { struct dentry *old_dentry; } __attribute__((preserve_access_index));
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct dentry *);
	__type(value, u64);
} births SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} rb SEC(".maps");
static __always_inline int born(struct dentry *dentry)
{
	u64 now = bpf_ktime_get_ns();

	return bpf_map_update_elem(&births, &dentry, &now, 0);
}
SEC("kprobe/vfs_create") int BPF_KPROBE(created, void *idmap, struct inode *dir, struct dentry *dentry) { return born(dentry); }
SEC("kprobe/vfs_open") int BPF_KPROBE(opened, struct path *path, struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(path, dentry);

	return BPF_CORE_READ(file, f_inode, i_ino) ? born(dentry) : 0;
}
SEC("kprobe/vfs_unlink") int BPF_KPROBE(removed, void *first, struct dentry *second, struct dentry *third)
{
	/* Both are read first: the verifier takes no choice of a place in the context. */
	barrier_var(second);
	barrier_var(third);
	bool has_idmap = bpf_core_field_exists(struct renamedata___new, old_dentry);
	struct dentry *dentry = has_idmap ? third : second;
	u64 *then = bpf_map_lookup_elem(&births, &dentry);
	struct event *event;

	if (!then)
		return 0;
	event = bpf_ringbuf_reserve(&rb, sizeof(*event), 0);
	if (!event)
		return 0;
	event->duration = bpf_ktime_get_ns() - *then;
	event->ppid = BPF_CORE_READ(CURRENT, real_parent, tgid);
	bpf_probe_read_kernel_str(event->path, sizeof(event->path), BPF_CORE_READ(dentry, d_name.name));
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	bpf_map_delete_elem(&births, &dentry);
	return 0;
}
#endif

#ifdef CASE_exits
const volatile bool only_failed = false, whole_processes = true;
const volatile pid_t target = 0;
struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__type(key, u32);
	__type(value, u32);
	__uint(max_entries, 1);
} cgroups SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} rb SEC(".maps");
SEC("tracepoint/sched/sched_process_exit") int left(struct trace_event_raw_sched_process_template *ctx)
{
	struct task_struct *task = CURRENT;
	struct event event = { .pid = ctx->pid, .result = BPF_CORE_READ(task, exit_code) };
	u64 id = bpf_get_current_pid_tgid();

	if (whole_processes && id >> 32 != (u32)id)
		return 0;
	if (only_failed && !event.result)
		return 0;
	event.duration = bpf_ktime_get_ns() - BPF_CORE_READ(task, start_time);
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_ringbuf_output(&rb, &event, sizeof(event), 0);
	return 0;
}
#endif

#ifdef CASE_counts_of_system_calls
const volatile bool measure = false;
struct data { u64 count, total; char comm[TASK_COMM_LEN]; };
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 512);
	__type(key, u32);
	__type(value, struct data);
} counts SEC(".maps");
SEC("raw_tp/sys_enter") int BPF_PROG(enter, struct pt_regs *regs, long id) { return PT_REGS_PARM1_CORE_SYSCALL(regs) + id; }
SEC("tracepoint/raw_syscalls/sys_exit") int leave(struct trace_event_raw_sys_exit *ctx)
{
	struct data zero = { .count = 1 }, *data;
	u32 key = ctx->id;

	data = bpf_map_lookup_elem(&counts, &key);
	if (data)
		data->count++;
	else
		bpf_map_update_elem(&counts, &key, &zero, BPF_ANY);
	return 0;
}
#endif

#ifdef CASE_usdt_and_arguments
#include <bpf/usdt.bpf.h>
SEC("usdt") int BPF_USDT(probe, void *first, int second) { return second; }
SEC("kprobe/do_sys_openat2") int BPF_KPROBE(opened, int directory, const char *name, void *how) { return directory; }
#endif
