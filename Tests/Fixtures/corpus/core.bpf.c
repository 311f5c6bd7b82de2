/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Accesses to the kernel's types, as they differ between kernels. */
#include "kernel.h"

#define TP SEC("raw_tp/sched_process_exec")
#define CURRENT ((struct task_struct *)bpf_get_current_task())

#ifdef CASE_read_chain
TP int prog(void *ctx)
{
	struct task_struct *task = CURRENT;

	return BPF_CORE_READ(task, real_parent, group_leader, tgid) + BPF_CORE_READ(task, mm, arg_start);
}
#endif

#ifdef CASE_read_string_into
TP int prog(void *ctx)
{
	char comm[16];

	BPF_CORE_READ_STR_INTO(&comm, CURRENT, comm);
	return comm[0];
}
#endif

#ifdef CASE_flavours
struct task_struct___old { volatile long state; } __attribute__((preserve_access_index));
struct task_struct___new { unsigned int __state; } __attribute__((preserve_access_index));
TP int prog(void *ctx)
{
	struct task_struct *task = CURRENT;

	if (bpf_core_field_exists(((struct task_struct___new *)task)->__state))
		return BPF_CORE_READ((struct task_struct___new *)task, __state);
	return BPF_CORE_READ((struct task_struct___old *)task, state);
}
#endif

#ifdef CASE_flavour_of_flavour
struct task_struct___a___b { pid_t pid; } __attribute__((preserve_access_index));
TP int prog(void *ctx)
{
	/* Only the last part is a flavour: no kernel has a struct task_struct___a. */
	if (bpf_core_type_exists(struct task_struct___a___b))
		return BPF_CORE_READ((struct task_struct___a___b *)CURRENT, pid);
	return 0;
}
#endif

#ifdef CASE_guarded_missing_member
struct task_struct___x { int no_such_member; } __attribute__((preserve_access_index));
TP int prog(void *ctx)
{
	struct task_struct___x *task = (void *)CURRENT;

	if (bpf_core_field_exists(task->no_such_member))
		return BPF_CORE_READ(task, no_such_member);
	return 0;
}
#endif

#ifdef CASE_guarded_missing_type
struct no_such_struct { int member; } __attribute__((preserve_access_index));
TP int prog(void *ctx)
{
	if (bpf_core_type_exists(struct no_such_struct))
		return BPF_CORE_READ((struct no_such_struct *)ctx, member);
	return bpf_core_type_size(struct no_such_struct);
}
#endif

#ifdef CASE_bitfields
TP int prog(void *ctx)
{
	struct task_struct *task = CURRENT;

	return BPF_CORE_READ_BITFIELD_PROBED(task, sched_reset_on_fork) + BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
}
#endif

#ifdef CASE_bitfield_direct
SEC("tp_btf/kfree_skb") int BPF_PROG(prog, struct sk_buff *skb) { return BPF_CORE_READ_BITFIELD(skb, pkt_type); }
#endif

#ifdef CASE_sizes_and_offsets
TP int prog(void *ctx)
{
	return bpf_core_field_size(CURRENT->comm) + bpf_core_type_size(struct task_struct)
		+ bpf_core_field_offset(struct task_struct, pid) + bpf_core_type_id_kernel(struct task_struct)
		+ bpf_core_type_id_local(struct task_struct);
}
#endif

#ifdef CASE_enums
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID, PIDTYPE_NONE = 99 };
TP int prog(void *ctx)
{
	if (!bpf_core_enum_value_exists(enum pid_type, PIDTYPE_SID) || bpf_core_enum_value_exists(enum pid_type, PIDTYPE_NONE))
		return 1;
	return bpf_core_enum_value(enum pid_type, PIDTYPE_SID);
}
#endif

#ifdef CASE_enum64
enum big___x { BIG_ONE = 0x1ffffffffULL, BIG_TWO = 1 };
enum pid_type { PIDTYPE_TGID };
TP int prog(void *ctx)
{
	if (bpf_core_enum_value_exists(enum big___x, BIG_ONE))
		return bpf_core_enum_value(enum big___x, BIG_ONE) >> 32;
	return bpf_core_enum_value(enum pid_type, PIDTYPE_TGID);
}
#endif

#ifdef CASE_anonymous_unions
SEC("kprobe/tcp_connect") int BPF_KPROBE(prog, struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_dport) + BPF_CORE_READ(sk, __sk_common.skc_daddr)
		+ BPF_CORE_READ(sk, __sk_common.skc_family);
}
#endif

#ifdef CASE_arrays
TP int prog(void *ctx)
{
	struct pid *pid = ctx;

	return BPF_CORE_READ(pid, numbers[0].nr) + BPF_CORE_READ(CURRENT, comm[3]);
}
#endif

#ifdef CASE_narrowing
/* exit_code is an int and start_time a u64 in the kernel: loads take the kernel's size. */
struct task_struct___sizes { u64 start_time; unsigned int prio; } __attribute__((preserve_access_index));
SEC("tp_btf/sched_process_exec") int BPF_PROG(prog, struct task_struct___sizes *task) { return task->start_time; }
#endif

#ifdef CASE_sizes_of_current
/* Wider and narrower than the kernel's; both are unsigned, so loads take the kernel's sizes. */
struct task_struct___sizes { u64 flags; u32 start_time; } __attribute__((preserve_access_index));
TP int prog(void *ctx)
{
	struct task_struct___sizes *task = (void *)bpf_get_current_task_btf();

	return task->flags + task->start_time;
}
#endif

#ifdef CASE_direct_btf_pointer
static u64 found;
SEC("fentry/vfs_read") int BPF_PROG(prog, struct file *file)
{
	found += file->f_path.dentry->d_name.name != 0;
	return 0;
}
#endif

#ifdef CASE_type_matches
struct filename___m { const char *name; };
TP int prog(void *ctx) { return bpf_core_type_matches(struct filename___m); }
#endif

#ifdef CASE_in_subprogram
static __noinline int parent(struct task_struct *task) { return BPF_CORE_READ(task, real_parent, pid); }
__noinline int group(u64 address) { return BPF_CORE_READ((struct task_struct *)address, group_leader, pid); }
TP int prog(void *ctx) { return parent(CURRENT) + group((u64)CURRENT); }
#endif

#ifdef CASE_tracepoint_context
SEC("tracepoint/sched/sched_switch") int prog(struct trace_event_raw_sched_switch *ctx)
{
	return ctx->prev_pid + ctx->next_pid + ctx->next_prio;
}
#endif

#ifdef CASE_user_memory
TP int prog(void *ctx)
{
	struct task_struct *task = CURRENT;

	return BPF_CORE_READ_USER(task, pid) + BPF_PROBE_READ(task, tgid);
}
#endif

#ifdef CASE_typedef_and_int
typedef unsigned int gfp_t___local;
typedef unsigned int gfp_t;
TP int prog(void *ctx) { return bpf_core_type_exists(gfp_t) + bpf_core_type_size(gfp_t) + bpf_core_type_exists(struct css_set); }
#endif
