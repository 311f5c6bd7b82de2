/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Who begins to listen for TCP connections, and where. */
#include "socket_end.h"

TOOL("print who begins to listen for TCP connections, and where",
     "--events --table --optional enter_listen_socket --optional leave_listen_socket");

struct listen_event {
	WHO;
	struct endpoint at FORMAT(endpoint);
	s32 backlog;
	s32 ret FORMAT(ret);
};

EVENTS(struct listen_event, 1 << 17);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct socket {
	struct sock *sk;
};
#pragma clang attribute pop

struct listen_call {
	struct sock *socket;
	s64 backlog;
};

STARTED(calls, struct listen_call);

static __always_inline int enter(struct sock *socket, int backlog)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct listen_call call = { .socket = socket, .backlog = backlog };

	if (!is_wanted())
		forget(&calls, &thread);
	else if (bpf_map_update_elem(&calls, &thread, &call, BPF_ANY))
		count_lost();
	return 0;
}

static __always_inline int leave(int ret)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct listen_call *call = bpf_map_lookup_elem(&calls, &thread);
	struct listen_event *event;
	struct sock *socket;
	u16 family;

	if (!call)
		return 0;
	socket = call->socket;
	if (!failed_only || ret < 0) {
		event = ringbuf_reserve_or_count(events, sizeof(*event));
		if (event) {
			__builtin_memset(event, 0, sizeof(*event));
			SET_WHO(event);
			family = BPF_CORE_READ(socket, __sk_common.skc_family);
			set_own_end(&event->at, socket, family);
			event->backlog = call->backlog;
			event->ret = ret;
			bpf_ringbuf_submit(event, 0);
		}
	}
	bpf_map_delete_elem(&calls, &thread);
	return 0;
}

SEC("kprobe/inet_listen")
int BPF_KPROBE(enter_listen, struct socket *socket, int backlog)
{
	return enter(BPF_CORE_READ(socket, sk), backlog);
}

SEC("kretprobe/inet_listen")
int BPF_KRETPROBE(leave_listen, int ret)
{
	return leave(ret);
}

/*
 * Since Linux 6.6 MPTCP calls this one, which inet_listen() calls as well: the first of the two that returns tells it,
 * and the entry is gone by then for the other one.
 */
SEC("kprobe/__inet_listen_sk")
int BPF_KPROBE(enter_listen_socket, struct sock *socket, int backlog)
{
	return enter(socket, backlog);
}

SEC("kretprobe/__inet_listen_sk")
int BPF_KRETPROBE(leave_listen_socket, int ret)
{
	return leave(ret);
}
