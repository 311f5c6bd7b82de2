/* SPDX-License-Identifier: Apache-2.0 */
/* A program for the messages of the sockets of a map, which lets everything pass. */
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

struct packet { unsigned length; };
/* A message is what there is. */
SEC("sk_skb/stream_parser") int parser(struct packet *packet) { return packet->length; }
SEC("sk_skb/stream_verdict") int stream(void *context) { return 1; }

char LICENSE[] SEC("license") = "GPL";
