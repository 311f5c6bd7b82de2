/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Which TCP connections are begun, by whom, and whether the kernel could begin them. */
#include "tool_filters.h"

TOOL("print each TCP connection that a process begins, over IPv4 and IPv6, and the result", "--events --table");
SETTING(bool, failed_only, false, "only what failed at once, such as without a route");
SETTING(u16, port, 0, "only connections to this port (0: all)");

enum {
	AF_INET = 2,
	AF_INET6 = 10,
};

struct endpoint {
	u8 addr[16];
	__be16 port;
	u16 family;
};

struct connect_event {
	u32 pid;
	s32 uid FORMAT(uid);
	char comm[TASK_COMM_LEN];
	struct endpoint from FORMAT(endpoint);
	struct endpoint to FORMAT(endpoint);
	s32 ret FORMAT(ret);
};

EVENTS(struct connect_event, 1 << 18);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct in6_addr {
	u8 bytes[16];
};

struct sock_common {
	__be32 skc_rcv_saddr;
	u16 skc_num;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
};
#pragma clang attribute pop

/* What user space gives: an interface that does not change. */
struct address4 {
	u16 family;
	__be16 port;
	u8 addr[4];
};

struct address6 {
	u16 family;
	__be16 port;
	u32 flow;
	u8 addr[16];
};

struct connect_call {
	struct sock *socket;
	struct endpoint to;
	u32 unused;
};

STARTED(calls, struct connect_call);

static __always_inline u16 swapped(u16 value)
{
	return value << 8 | value >> 8;
}

/* The address is the kernel's copy, and read here: a connection that fails has none any more. */
static __always_inline int enter(struct sock *socket, const void *address, u16 family)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct connect_call call = { .socket = socket };
	struct address6 six = {};
	struct address4 four = {};

	if (!is_wanted())
		return 0;
	call.to.family = family;
	if (family == AF_INET) {
		bpf_probe_read_kernel(&four, sizeof(four), address);
		call.to.port = four.port;
		__builtin_memcpy(call.to.addr, four.addr, sizeof(four.addr));
	} else {
		bpf_probe_read_kernel(&six, sizeof(six), address);
		call.to.port = six.port;
		__builtin_memcpy(call.to.addr, six.addr, sizeof(six.addr));
	}
	if (port && call.to.port != swapped(port))
		return 0;
	bpf_map_update_elem(&calls, &thread, &call, BPF_ANY);
	return 0;
}

static __always_inline int leave(long ret)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct connect_call *call = bpf_map_lookup_elem(&calls, &thread);
	struct connect_event *event;
	struct sock *socket;
	__be32 four;

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
			event->to = call->to;
			event->from.family = call->to.family;
			event->from.port = swapped(BPF_CORE_READ(socket, __sk_common.skc_num));
			four = BPF_CORE_READ(socket, __sk_common.skc_rcv_saddr);
			if (call->to.family == AF_INET)
				__builtin_memcpy(event->from.addr, &four, sizeof(four));
			else
				BPF_CORE_READ_INTO(&event->from.addr, socket, __sk_common.skc_v6_rcv_saddr);
			event->ret = ret;
			bpf_ringbuf_submit(event, 0);
		}
	}
	bpf_map_delete_elem(&calls, &thread);
	return 0;
}

SEC("kprobe/tcp_v4_connect")
int BPF_KPROBE(enter_connect4, struct sock *socket, const void *address)
{
	return enter(socket, address, AF_INET);
}

SEC("kretprobe/tcp_v4_connect")
int BPF_KRETPROBE(leave_connect4, int ret)
{
	return leave(ret);
}

/* An IPv4 address within IPv6 comes by both: it is one connection, that of IPv4. */
SEC("kprobe/tcp_v6_connect")
int BPF_KPROBE(enter_connect6, struct sock *socket, const void *address)
{
	return enter(socket, address, AF_INET6);
}

SEC("kretprobe/tcp_v6_connect")
int BPF_KRETPROBE(leave_connect6, int ret)
{
	return leave(ret);
}
