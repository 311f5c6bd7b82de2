// SPDX-License-Identifier: Apache-2.0
// What an object has to say whose debug information was stripped, as those in skeletons are: events of a structure that
// only code knows, numbers of stacks, buckets of one width, maps whose size is left to a loader.
#define SEC(name) __attribute__((section(name), used))
typedef unsigned long long u64;
typedef unsigned u32;

static long (*update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static u64 (*pid_tgid)(void) = (void *)14;
static long (*current_comm)(void *buffer, u32 size) = (void *)16;
static long (*output)(void *ctx, void *map, u64 flags, void *data, u64 size) = (void *)25;
static long (*stackid)(void *ctx, void *map, u64 flags) = (void *)27;

struct sent {
	u64 number;
	u32 pid;
	int ret;
	char comm[16];
};

struct where {
	u32 pid;
	int kern_stack_id;
};

struct lengths {
	u32 slots[8];
};

struct { int (*type)[4]; int (*key_size)[4]; int (*value_size)[4]; } events SEC(".maps");
struct { int (*type)[7]; int (*key_size)[4]; } stacks SEC(".maps");
struct { int (*type)[1]; struct where *key; u64 *value; } counts SEC(".maps");
struct lengths lengths;

SEC("tracepoint/syscalls/sys_exit_getpgid") int leaves(u64 *ctx)
{
	struct sent event = {};
	struct where where = {};
	u64 one = 1;
	u64 slot = ctx[2] / 1000;

	event.number = 4711;
	event.pid = pid_tgid() >> 32;
	event.ret = ctx[2];
	current_comm(&event.comm, sizeof(event.comm));
	output(ctx, &events, 0xffffffffULL, &event, sizeof(event));

	where.pid = event.pid;
	where.kern_stack_id = stackid(ctx, &stacks, 0);
	update(&counts, &where, &one, 0);

	if (slot >= 8)
		slot = 7;
	__sync_fetch_and_add(&lengths.slots[slot], 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
