/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* How long block devices take for their requests, from when a driver gets one to when it is done. */
#include "tool.h"

TOOL("show how long requests to block devices take, as a histogram for each kind",
     "--maps --map latency");
SETTING(u32, major, 0, "only devices of this major number, as lsblk shows it (0: all)");
SETTING(s32, minor, -1, "only devices of this minor number (-1: all)");
SETTING(u64, min_us, 0, "only requests that take this long, in microseconds");

enum request_kind {
	READ = 1,
	WRITE = 2,
	DISCARD = 3,
	OTHER = 4,
};

#define NO_PLACE (~0ULL)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
/* A request is given to its driver. */
struct trace_event_raw_block_rq {
	struct trace_entry ent;
	u32 dev;
	u64 sector;
	char rwbs[8];
};

/* One is done: the record has another name since Linux 5.16. */
struct trace_event_raw_block_rq_completion {
	struct trace_entry ent;
	u32 dev;
	u64 sector;
	char rwbs[8];
};

struct trace_event_raw_block_rq_complete {
	struct trace_entry ent;
	u32 dev;
	u64 sector;
	char rwbs[8];
};
#pragma clang attribute pop

/* What tells requests on their way apart: where they begin, and the kind, as a flush has no place. */
struct request_place {
	u64 sector;
	u32 dev;
	u32 kind;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct request_place);
	__type(value, u64);
} issued SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, enum request_kind);
	__type(value, struct latencies);
} latency SEC(".maps");

NOT_COUNTED;

static struct latencies zeros;

/* The letters of a request: an F in front is one of a flush that goes before. */
static __always_inline enum request_kind kind_of(const char *letters)
{
	char letter = letters[0] == 'F' ? letters[1] : letters[0];

	switch (letter) {
	case 'R':
		return READ;
	case 'W':
		return WRITE;
	case 'D':
		return DISCARD;
	default:
		return OTHER;
	}
}

SEC("tp/block/block_rq_issue")
int handle_issue(struct trace_event_raw_block_rq *ctx)
{
	struct request_place place = { .sector = ctx->sector, .dev = ctx->dev };
	char letters[8] = {};
	u64 now;

	/* The kernel's numbers have 20 bits for the minor one. */
	if ((major && place.dev >> 20 != major) || (minor >= 0 && (place.dev & 0xfffff) != minor))
		return 0;
	BPF_CORE_READ_INTO(&letters, ctx, rwbs);
	place.kind = kind_of(letters);
	now = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&issued, &place, &now, BPF_ANY))
		count_not_counted(1);
	return 0;
}

SEC("tp/block/block_rq_complete")
int handle_complete(void *ctx)
{
	struct trace_event_raw_block_rq_completion *now = ctx;
	struct trace_event_raw_block_rq_complete *before = ctx;
	u64 time = bpf_ktime_get_ns(), took;
	struct request_place place = {};
	char letters[8] = {};
	enum request_kind kind;
	u64 *start;

	if (bpf_core_type_exists(struct trace_event_raw_block_rq_completion)) {
		place.dev = BPF_CORE_READ(now, dev);
		place.sector = BPF_CORE_READ(now, sector);
		BPF_CORE_READ_INTO(&letters, now, rwbs);
	} else {
		place.dev = BPF_CORE_READ(before, dev);
		place.sector = BPF_CORE_READ(before, sector);
		BPF_CORE_READ_INTO(&letters, before, rwbs);
	}
	/* A request without a place, such as a flush, has sector 0 when it is issued, and -1 here. */
	if (place.sector == NO_PLACE)
		place.sector = 0;
	kind = kind_of(letters);
	place.kind = kind;
	start = bpf_map_lookup_elem(&issued, &place);
	if (!start)
		return 0;
	took = time - *start;
	bpf_map_delete_elem(&issued, &place);
	if (took >= min_us * 1000)
		count_latency(find_or_add(&latency, &kind, &zeros), took);
	return 0;
}
