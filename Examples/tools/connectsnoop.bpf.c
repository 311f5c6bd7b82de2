/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Which TCP connections are begun, by whom, and whether the kernel could begin them. */
#include "socket_end.h"

TOOL("print each TCP connection that a process begins, over IPv4 and IPv6, and the result", "--events --table");
SETTING(u16, port, 0, "only connections to this port (0: all)");

struct connect_event {
	WHO;
	struct endpoint from FORMAT(endpoint);
	struct endpoint to FORMAT(endpoint);
	s32 ret FORMAT(ret);
};

EVENTS(struct connect_event, 1 << 18);

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

/* The address is the kernel's copy, and read here: a connection that fails has none any more. */
static __always_inline int enter(struct sock *socket, const void *address, u16 family)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct connect_call call = { .socket = socket };
	struct address6 six = {};
	struct address4 four = {};

	if (!is_wanted()) {
		/* Where the kernel missed the return of a call, this one would be told in its place. */
		forget(&calls, &thread);
		return 0;
	}
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
	if (port && call.to.port != swapped(port)) {
		forget(&calls, &thread);
		return 0;
	}
	if (bpf_map_update_elem(&calls, &thread, &call, BPF_ANY))
		count_lost();
	return 0;
}

static __always_inline int leave(long ret)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct connect_call *call = bpf_map_lookup_elem(&calls, &thread);
	struct connect_event *event;

	if (!call)
		return 0;
	if (!failed_only || ret < 0) {
		event = ringbuf_reserve_or_count(events, sizeof(*event));
		if (event) {
			__builtin_memset(event, 0, sizeof(*event));
			SET_WHO(event);
			event->to = call->to;
			set_own_end(&event->from, call->socket, call->to.family);
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
