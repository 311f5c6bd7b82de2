// SPDX-License-Identifier: Apache-2.0
// A trie without BPF_F_NO_PREALLOC, which kernels refuse with no more than EINVAL.
struct {
	int(*type)[11];
	int(*max_entries)[100];
	long *key;
	int *value;
} routes __attribute__((section(".maps"), used));

char _license[] __attribute__((section("license"), used)) = "GPL";
