/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the network that let everything pass, and a map of sockets. */
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name

struct {
	__uint(type, 15); /* BPF_MAP_TYPE_SOCKMAP */
	__uint(max_entries, 2);
	__type(key, unsigned);
	__type(value, unsigned);
} sockets SEC(".maps");

SEC("sk_msg") int verdict(void *context) { return 1; }
SEC("xdp/of_another_dialect") int xdp(void *context) { return 2; }
SEC("cgroup/skb") int skb(void *context) { return 1; }

char LICENSE[] SEC("license") = "GPL";
