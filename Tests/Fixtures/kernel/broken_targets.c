/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Programs that are right, and for places that are not there or take them not. */
#include <linux/bpf.h>

typedef _Bool bool;
#include <bpf/bpf_helpers.h>

#define FOR(name, section)                                                                                             \
	SEC("?" section) int name(void *ctx)                                                                           \
	{                                                                                                              \
		return 0;                                                                                              \
	}

FOR(no_function, "kprobe/vfs_raed")
FOR(no_return, "kretprobe/no_such_function_here")
FOR(of_module, "kprobe/nf_nat_setup_info")
FOR(blacklisted, "kprobe/do_int3")
FOR(no_pattern, "kprobe.multi/zzz_nothing_*")
FOR(no_call, "ksyscall/opennat")
FOR(no_event, "tracepoint/sched/sched_swich")
FOR(other_group, "tracepoint/syscalls/sched_switch")
FOR(no_raw, "raw_tp/sched_swich")
FOR(no_typed, "tp_btf/sched_swich")
FOR(no_entry, "fentry/vfs_raed")
FOR(no_exit, "fexit/no_such_function_here")
FOR(forbidden_entry, "fentry/bpf_get_smp_processor_id")
FOR(no_hook, "lsm/file_opened")
FOR(no_iterator, "iter/taks")
FOR(no_user_file, "uprobe//no/such/file:main")
FOR(no_user_function, "uprobe//bin/busybox:no_such_function_here")
FOR(no_user_library, "uprobe/libnosuch.so.7:open")
FOR(no_user_event, "usdt//bin/busybox:provider:name")
FOR(no_device, "xdp")
FOR(no_traffic, "tc")
FOR(no_group, "cgroup_skb/ingress")
FOR(no_counter, "perf_event")
FOR(no_replaced, "freplace/no_such_function")
FOR(no_section, "kprob/vfs_read")
FOR(no_target, "kprobe")
FOR(no_slash, "tracepoint/sched_switch")

SEC("?tracepoint/sched/sched_switch") int beyond_fields(char *ctx)
{
	return *(volatile __u64 *)(ctx + 1024) > 5;
}

SEC("?kprobe/vfs_read") int answer_forbidden(void *ctx)
{
	return bpf_override_return(ctx, -5);
}

struct tcp_congestion_ops {
	char name[16];
	void *no_such_member;
};

SEC("?struct_ops/no_such_member") int no_such_member(void *ctx)
{
	return 0;
}

SEC("?.struct_ops") struct tcp_congestion_ops broken_ops = {
	.name = "broken",
	.no_such_member = no_such_member,
};

char LICENSE[] SEC("license") = "GPL";
