/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * How long a packet is on its way through the machine: the time at which it comes in at one device and the time at which
 * it goes out at another, each into a map of its own. The maps are pinned where tc(8) has its own; mes-show reads them.
 * The names of the sections say nothing of where the programs go, as tc takes any.
 */
#include "../bpf_elf_map.h"
#include "mes_chk.h"

#define TC_ACT_OK 0
#define ETH_P_IP_IN_PACKET 0x0008 /* 0x0800 in the order of the network */
#define BPF_FUNC_map_update_elem 2

/* The beginning of what the kernel hands to a program of tc: <linux/bpf.h>. */
struct __sk_buff {
	u32 unused[19];
	u32 data;
	u32 data_end;
};

struct ethernet {
	u8 to[6], from[6];
	u16 protocol;
} __attribute__((packed));

struct ipv4 {
	u8 version_and_length, service;
	u16 length, id, fragment;
	u8 hops, protocol;
	u16 checksum;
	u32 from, to;
} __attribute__((packed));

struct udp {
	u16 from, to, length, checksum;
} __attribute__((packed));

static void *BPF_FUNC(map_lookup_elem, void *map, void *key);
static int BPF_FUNC(map_update_elem, void *map, void *key, void *value, u64 flags);
static u64 BPF_FUNC(ktime_get_ns, void);

struct bpf_elf_map mes_map_start __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = sizeof(u32),
	.size_value = sizeof(u64),
	.pinning = PIN_GLOBAL_NS,
	.max_elem = MES_DATA_SIZE,
};

struct bpf_elf_map mes_map_end __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = sizeof(u32),
	.size_value = sizeof(u64),
	.pinning = PIN_GLOBAL_NS,
	.max_elem = MES_DATA_SIZE,
};

struct bpf_elf_map mes_map_cnt __section("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = sizeof(u32),
	.size_value = sizeof(u32),
	.pinning = PIN_GLOBAL_NS,
	.max_elem = MES_CNT_SIZE,
};

/* Whether a packet is one of those that are measured; the headers must lie in front of data_end to be read. */
static inline __attribute__((always_inline)) int is_measured(struct __sk_buff *skb)
{
	u8 *data = (u8 *)(long)skb->data, *end = (u8 *)(long)skb->data_end;
	struct ethernet *ethernet = (void *)data;
	struct ipv4 *ip = (void *)(ethernet + 1);
	struct udp *udp = (void *)(ip + 1);

	if ((u8 *)(udp + 1) > end)
		return 0;
	return ethernet->protocol == ETH_P_IP_IN_PACKET && ip->protocol == MES_PROTO && udp->to == MES_DEST_PORT;
}

/* Keeps the time at the next free place of a map; the counter says which that is. */
static inline __attribute__((always_inline)) void keep_time(void *times, u32 counter)
{
	u32 *count = map_lookup_elem(&mes_map_cnt, &counter), place;
	u64 now;

	if (!count || *count >= MES_DATA_SIZE)
		return;
	now = ktime_get_ns();
	place = *count;
	map_update_elem(times, &place, &now, 0);
	*count += 1; /* not atomic: packets on two CPUs at once may share a place */
}

__section("ingress")
int mes_start(struct __sk_buff *skb)
{
	if (is_measured(skb))
		keep_time(&mes_map_start, MES_CNT_IDX_START);
	return TC_ACT_OK;
}

__section("egress")
int mes_end(struct __sk_buff *skb)
{
	if (is_measured(skb))
		keep_time(&mes_map_end, MES_CNT_IDX_END);
	return TC_ACT_OK;
}

char __license[] __section("license") = "GPL";
