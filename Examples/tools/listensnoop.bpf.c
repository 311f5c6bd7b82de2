/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Who begins to listen for TCP connections, and where. */
#include "tool_filters.h"

TOOL("print who begins to listen for TCP connections, and where", "--events --table");
SETTING(bool, failed_only, false, "only what failed");

enum { AF_INET = 2 };

struct endpoint {
	u8 addr[16];
	__be16 port;
	u16 family;
};

struct listen_event {
	u32 pid;
	s32 uid FORMAT(uid);
	char comm[TASK_COMM_LEN];
	struct endpoint at FORMAT(endpoint);
	s32 backlog;
	s32 ret FORMAT(ret);
};

EVENTS(struct listen_event, 1 << 17);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct in6_addr {
	u8 bytes[16];
};

struct sock_common {
	u16 skc_family;
	__be32 skc_rcv_saddr;
	u16 skc_num;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
};

struct socket {
	struct sock *sk;
};
#pragma clang attribute pop

struct listen_call {
	struct sock *socket;
	s64 backlog;
};

STARTED(calls, struct listen_call);

SEC("kprobe/inet_listen")
int BPF_KPROBE(enter_listen, struct socket *socket, int backlog)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct listen_call call = { .socket = BPF_CORE_READ(socket, sk), .backlog = backlog };

	if (is_wanted())
		bpf_map_update_elem(&calls, &thread, &call, BPF_ANY);
	return 0;
}

SEC("kretprobe/inet_listen")
int BPF_KRETPROBE(leave_listen, int ret)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct listen_call *call = bpf_map_lookup_elem(&calls, &thread);
	struct listen_event *event;
	struct sock *socket;
	__be32 four;
	u16 port;

	if (!call)
		return 0;
	socket = call->socket;
	if (!failed_only || ret < 0) {
		event = ringbuf_reserve_or_count(events, sizeof(*event));
		if (event) {
			__builtin_memset(event, 0, sizeof(*event));
			event->pid = thread >> 32;
			event->uid = bpf_get_current_uid_gid();
			bpf_get_current_comm(event->comm, sizeof(event->comm));
			event->at.family = BPF_CORE_READ(socket, __sk_common.skc_family);
			port = BPF_CORE_READ(socket, __sk_common.skc_num);
			event->at.port = port << 8 | port >> 8;
			four = BPF_CORE_READ(socket, __sk_common.skc_rcv_saddr);
			if (event->at.family == AF_INET)
				__builtin_memcpy(event->at.addr, &four, sizeof(four));
			else
				BPF_CORE_READ_INTO(&event->at.addr, socket, __sk_common.skc_v6_rcv_saddr);
			event->backlog = call->backlog;
			event->ret = ret;
			bpf_ringbuf_submit(event, 0);
		}
	}
	bpf_map_delete_elem(&calls, &thread);
	return 0;
}
