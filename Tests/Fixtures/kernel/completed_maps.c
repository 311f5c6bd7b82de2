// SPDX-License-Identifier: Apache-2.0
// Maps that leave out the sizes that their types decide, or name the type of their events as that of their values.
#define MAPS __attribute__((section(".maps"), used))
#define uint(name, number) int(*name)[number]

struct event {
	long first;
	char name[40];
};

struct {
	uint(type, 4);
	struct event *value;
} perf_events MAPS;

struct {
	uint(type, 27);
	uint(max_entries, 4096);
	struct event *value;
} ring_events MAPS;

struct {
	uint(type, 7);
	uint(max_entries, 100);
} stacks MAPS;

struct {
	uint(type, 3);
	uint(max_entries, 3);
} calls MAPS;

static long (*const output)(void *, void *, unsigned long, void *, unsigned long) = (void *)25;
static long (*const ring_output)(void *, void *, unsigned long, unsigned long) = (void *)130;

__attribute__((section("tracepoint/syscalls/sys_enter_getpgid"), used)) int sends(void *ctx)
{
	struct event event = {1};

	output(ctx, &perf_events, 0xffffffff, &event, sizeof(event));
	ring_output(&ring_events, &event, sizeof(event), 0);
	return 0;
}

char _license[] __attribute__((section("license"), used)) = "GPL";
