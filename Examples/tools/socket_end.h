/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* One end of a TCP connection, over IPv4 or IPv6, as print-event writes it: 127.0.0.1:80, [::1]:80. */
#ifndef SOCKET_END_H
#define SOCKET_END_H

#include "tool_filters.h"

SETTING(bool, failed_only, false, "only what failed");

enum {
	AF_INET = 2,
	AF_INET6 = 10,
};

struct endpoint {
	u8 addr[16];
	__be16 port;
	u16 family;
};

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
#pragma clang attribute pop

static __always_inline u16 swapped(u16 value)
{
	return value << 8 | value >> 8;
}

/* The own end of a socket; what was there has to be zeros. */
static __always_inline void set_own_end(struct endpoint *end, struct sock *socket, u16 family)
{
	__be32 four = BPF_CORE_READ(socket, __sk_common.skc_rcv_saddr);

	end->family = family;
	end->port = swapped(BPF_CORE_READ(socket, __sk_common.skc_num));
	if (family == AF_INET)
		__builtin_memcpy(end->addr, &four, sizeof(four));
	else
		BPF_CORE_READ_INTO(&end->addr, socket, __sk_common.skc_v6_rcv_saddr);
}

#endif
