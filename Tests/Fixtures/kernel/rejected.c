/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that the verifier refuses, each for one cause; the line that is refused says 'here'.
 *
 * Pieces of assembler keep the compiler from what it would do with such programs.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int (*name)[value]
#define __type(name, value) typeof(value) *name
#define noinline static __attribute__((noinline))

static void *(*const lookup)(void *map, const void *key) = (void *)1;
static long (*const update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static u32 (*const random_number)(void) = (void *)7;
static long (*const get_comm)(void *buffer, u32 size) = (void *)16;
static long (*const push)(void *map, const void *value, u64 flags) = (void *)87;
static long (*const read_kernel)(void *to, u32 size, const void *from) = (void *)113;
static void *(*const reserve)(void *ring, u64 size, u64 flags) = (void *)131;

struct entry {
	u64 count;
	u64 slots[8];
};

struct padded {
	u32 first;
	u64 second;
};

struct {
	__uint(type, 1);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

struct {
	__uint(type, 1);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, struct padded);
} padded SEC(".maps");

struct {
	__uint(type, 2);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
} numbers SEC(".maps");

struct {
	__uint(type, 27);
	__uint(max_entries, 4096);
} events SEC(".maps");

const volatile u32 limit = 4;

SEC("?kprobe/vfs_read") int null_pointer(void *ctx)
{
	u32 key = 0;
	struct entry *found = lookup(&entries, &key);

	found->count = 7;	/* here */
	return 0;
}

noinline u64 inner(struct entry *given)
{
	return given->count;	/* here */
}

SEC("?kprobe/vfs_read") int null_in_function(void *ctx)
{
	u32 key = 0;

	return inner(lookup(&entries, &key)) > 5;
}

SEC("?kprobe/vfs_read") int number_as_pointer(u64 *ctx)
{
	u8 *address = (u8 *)ctx[3];

	return *address;	/* here */
}

SEC("?kprobe/vfs_read") int register_unset(void *ctx)
{
	u64 value;

	asm volatile("%0 = r7" : "=r"(value));	/* here */
	return value > 4;
}

SEC("?kprobe/vfs_read") int stack_unset(void *ctx)
{
	u32 key = 0;
	struct padded value;

	value.first = 1;
	value.second = 2;
	update(&padded, &key, &value, 0);	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int map_bounds(void *ctx)
{
	u32 key = 0;
	u32 index = random_number();
	struct entry *found = lookup(&entries, &key);

	if (!found || index > 8)
		return 0;
	found->slots[index] = 1;	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int unbounded_index(void *ctx)
{
	u32 key = 0;
	u32 index = random_number();
	struct entry *found = lookup(&entries, &key);

	if (!found)
		return 0;
	found->slots[index] = 1;	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int size_range(void *ctx)
{
	char buffer[32];
	u32 size = random_number();

	read_kernel(buffer, size, ctx);	/* here */
	return buffer[0];
}

SEC("?kprobe/vfs_read") int stack_bounds(void *ctx)
{
	char name[16];

	get_comm(name, 64);	/* here */
	return name[0];
}

SEC("?xdp") int packet_bounds(u32 *ctx)
{
	u8 *data = (u8 *)(long)ctx[0];

	return data[14] ? 1 : 2;	/* here */
}

SEC("?kprobe/vfs_read") int context_access(u8 *ctx)
{
	return *(volatile u64 *)(ctx + 4096) > 5;	/* here */
}

SEC("?kprobe/vfs_read") int read_only(void *ctx)
{
	*(volatile u32 *)&limit = 5;	/* here */
	return 0;
}

SEC("?kprobe/vfs_read") int reference_leak(void *ctx)
{
	u64 *room = reserve(&events, 16, 0);	/* there */

	if (room)
		*room = 1;
	return 0;
}

SEC("?cgroup_skb/egress") int return_value(void *ctx)
{
	return 9;	/* here */
}

SEC("?kprobe/vfs_read") int argument_type(void *ctx)
{
	return lookup(&entries, (void *)5) ? 1 : 0;	/* here */
}

SEC("?kprobe/vfs_read") int map_type(void *ctx)
{
	u32 value = 0;

	return push(&numbers, &value, 0) > 0;	/* here */
}

SEC("?kprobe/vfs_read") int pointer_arithmetic(void *ctx)
{
	asm volatile("%0 *= 2" : "+r"(ctx));	/* here */
	return ctx != 0;
}

noinline int large_inner(void *ctx)
{
	char buffer[320];

	read_kernel(buffer, sizeof(buffer), ctx);
	return buffer[5];
}

SEC("?kprobe/vfs_read") int stack_size(void *ctx)
{
	char buffer[320];

	read_kernel(buffer, sizeof(buffer), ctx);
	return large_inner(ctx) + buffer[6];
}

SEC("?kprobe/vfs_read") int endless(void *ctx)
{
	for (;;)	/* here */
		asm volatile("" ::: "memory");
}

char _license[] SEC("license") = "GPL";
