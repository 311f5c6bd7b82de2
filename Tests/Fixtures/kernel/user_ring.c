// SPDX-License-Identifier: Apache-2.0
// A ring that processes write to (6.1): its messages are counted whenever one gets its process group.
#define SEC(name) __attribute__((section(name), used))
typedef unsigned long long u64;
typedef unsigned u32;

static long (*drain)(void *map, void *callback, void *context, u64 flags) = (void *)209;
static void *(*lookup)(void *map, const void *key) = (void *)1;

struct { int (*type)[31]; int (*max_entries)[4096]; } commands SEC(".maps");
struct { int (*type)[2]; int (*max_entries)[1]; u32 *key; u64 *value; } messages SEC(".maps");

static long message(void *dynptr, u64 *seen)
{
	*seen += 1;
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpgid") int reads(void *ctx)
{
	u32 zero = 0;
	u64 seen = 0;
	u64 *count = lookup(&messages, &zero);

	drain(&commands, message, &seen, 0);
	if (count)
		__sync_fetch_and_add(count, seen);
	return 0;
}

char _license[] SEC("license") = "GPL";
