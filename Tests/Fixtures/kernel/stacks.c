// SPDX-License-Identifier: Apache-2.0
// Stacks in all forms: addresses beside their size, numbers in a map of stacks, build ids.
#define SEC(name) __attribute__((section(name), used))
typedef unsigned long long u64;
typedef unsigned u32;

static long (*update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static u64 (*pid_tgid)(void) = (void *)14;
static long (*current_comm)(void *buffer, u32 size) = (void *)16;
static long (*output)(void *ctx, void *map, u64 flags, void *data, u64 size) = (void *)25;
static long (*stackid)(void *ctx, void *map, u64 flags) = (void *)27;
static long (*get_stack)(void *ctx, void *buffer, u32 size, u64 flags) = (void *)67;

enum { USER_STACK = 1 << 8, USER_BUILD_ID = 1 << 11, DEPTH = 16 };

struct bpf_stack_build_id {
	int status;
	unsigned char build_id[20];
	union {
		u64 offset;
		u64 ip;
	};
};

struct stacked_event {
	u32 pid;
	int kern_stack_sz;
	int user_stack_sz;
	char comm[16];
	u64 kern_stack[DEPTH];
	u64 user_stack[DEPTH];
	struct bpf_stack_build_id files[4];
};

struct where {
	u32 tgid;
	int kern_stack_id;
	int user_stack_id;
};

struct { int (*type)[4]; int (*key_size)[4]; int (*value_size)[4]; } events SEC(".maps");
struct { int (*type)[7]; int (*key_size)[4]; int (*value_size)[1016]; int (*max_entries)[1024]; } stacks SEC(".maps");
struct { int (*type)[1]; struct where *key; u64 *value; int (*max_entries)[1024]; } counts SEC(".maps");
struct { int (*type)[6]; int (*max_entries)[1]; u32 *key; struct stacked_event *value; } room SEC(".maps");

static void *(*lookup)(void *map, const void *key) = (void *)1;

SEC("tracepoint/syscalls/sys_enter_getpgid") int enters(void *ctx)
{
	struct where where = {};
	struct stacked_event *event;
	u32 zero = 0;
	u64 one = 1;

	event = lookup(&room, &zero);
	if (!event)
		return 0;
	event->pid = pid_tgid() >> 32;
	current_comm(&event->comm, sizeof(event->comm));
	event->kern_stack_sz = get_stack(ctx, event->kern_stack, sizeof(event->kern_stack), 0);
	event->user_stack_sz = get_stack(ctx, event->user_stack, sizeof(event->user_stack), USER_STACK);
	get_stack(ctx, event->files, sizeof(event->files), USER_STACK | USER_BUILD_ID);
	output(ctx, &events, 0xffffffffULL, event, sizeof(*event));

	where.tgid = event->pid;
	where.kern_stack_id = stackid(ctx, &stacks, 0);
	where.user_stack_id = stackid(ctx, &stacks, USER_STACK);
	update(&counts, &where, &one, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
