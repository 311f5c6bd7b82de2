/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the network that let everything pass, in the dialects of several tools. */
#define SEC(name) __attribute__((section(name), used))

SEC("xdp/of_another_dialect") int xdp(void *context) { return 2; }
SEC("classifier/packets") int packets(void *context) { return 0; }
SEC("cgroup/skb") int skb(void *context) { return 1; }

char LICENSE[] SEC("license") = "GPL";
