/* SPDX-License-Identifier: Apache-2.0 */
/* A program of each kind that does nothing, each to be asked for by its name. */
#define SEC(name) __attribute__((section(name), used))
#define NOTHING(program, section, result)                                                                              \
	SEC("?" section) int program(void *context) { return result; }

/* Of functions and events of the kernel. */
NOTHING(entry, "kprobe/vfs_read", 0)
NOTHING(at_return, "kretprobe/vfs_read", 0)
NOTHING(call, "ksyscall/unlinkat", 0)
NOTHING(entries, "kprobe.multi/vfs_read,vfs_write", 0)
NOTHING(event, "tracepoint/sched/sched_switch", 0)
NOTHING(raw, "raw_tp/sched_switch", 0)
NOTHING(typed, "tp_btf/sched_switch", 0)
NOTHING(traced, "fentry/vfs_read", 0)
NOTHING(traced_exit, "fexit/vfs_read", 0)
NOTHING(modified, "fmod_ret/security_file_open", 0)
NOTHING(hook, "lsm/file_open", 0)
NOTHING(group_hook, "lsm_cgroup/socket_bind", 1)
NOTHING(samples, "perf_event", 0)
NOTHING(tasks, "iter/task", 0)

/* Of user programs. */
NOTHING(user_entry, "uprobe//root/fixtures/probed:probed_function", 0)
NOTHING(user_return, "uretprobe//root/fixtures/probed:probed_function", 0)
NOTHING(user_entries, "uprobe.multi//root/fixtures/probed:probed_function", 0)
NOTHING(user_event, "usdt//root/fixtures/probed:lab:counted", 0)

/* Of the network and of groups: everything passes. */
NOTHING(device, "xdp", 2)
NOTHING(packets, "tc", -1)
NOTHING(ends, "netkit/primary", -1)
NOTHING(group_packets, "cgroup_skb/ingress", 1)
NOTHING(group_sockets, "cgroup/sock_create", 1)
NOTHING(group_calls, "sockops", 1)
NOTHING(lookup, "sk_lookup", 1)
NOTHING(dissector, "flow_dissector", 0)
NOTHING(filter, "netfilter", 1)

NOTHING(socket, "socket", 0)
NOTHING(reuse, "sk_reuseport", 1)

char _license[] SEC("license") = "GPL";
