/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Who begins to listen for TCP connections, and where. */
#include "socket_end.h"

TOOL("print who begins to listen for TCP connections, and where", "--events --table");

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
