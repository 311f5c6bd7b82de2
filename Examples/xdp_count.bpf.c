/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Counts packets and bytes by what they carry, and lets all of them pass. */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

enum { XDP_PASS = 2 };

/* The context of a packet, as far as it is used. */
struct xdp_md {
	__u32 data;
	__u32 data_end;
};

struct traffic {
	__u64 packets;
	__u64 bytes;
};

/* By the type of the frame, as the network has it: 0x0800 IPv4, 0x86dd IPv6, 0x0806 ARP. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct traffic);
} by_type SEC(".maps");

SEC("xdp")
int xdp_count(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct traffic none = {}, *count;
	__u32 key;

	if (data + 14 > end)
		return XDP_PASS;
	key = bpf_ntohs(*(__u16 *)(data + 12));
	bpf_map_update_elem(&by_type, &key, &none, BPF_NOEXIST);
	count = bpf_map_lookup_elem(&by_type, &key);
	if (!count)
		return XDP_PASS;
	__sync_fetch_and_add(&count->packets, 1);
	__sync_fetch_and_add(&count->bytes, end - data);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
