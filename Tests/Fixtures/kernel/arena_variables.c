// SPDX-License-Identifier: Apache-2.0
// A variable in an arena (6.9), which the loader has to map for the verifier to know its address.
#define ARENA __attribute__((address_space(1)))

struct {
	int(*type)[33];
	int(*map_flags)[1 << 10];
	int(*max_entries)[4];
} arena __attribute__((section(".maps"), used));

ARENA long counter = 5;
long seen;

__attribute__((section("syscall"), used)) int counts_in_arena(void *ctx)
{
	/* The program has to name its arena. */
	if ((long)&arena == 1)
		return 1;
	seen = counter;
	counter++;
	return 0;
}

char _license[] __attribute__((section("license"), used)) = "GPL";
