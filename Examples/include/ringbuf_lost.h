/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * Counts the events that find no room in a ring buffer: the kernel tells them to nobody but the program.
 *
 *     struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 20); } events SEC(".maps");
 *     RINGBUF_LOST(events);
 *
 *     event = ringbuf_reserve_or_count(events, sizeof(*event));
 *     if (!event)
 *             return 0;
 *
 * The counts are a per-CPU array `events_lost`, one u64 for each CPU. bpf-eventd and RingReader find it beside the ring
 * buffer by that name, and then tell exactly what was lost. An object that fills an array of that name and form by itself
 * is understood as well. Include it after <bpf/bpf_helpers.h>; it goes with vmlinux.h and with <linux/bpf.h>.
 */
#ifndef RINGBUF_LOST_H
#define RINGBUF_LOST_H

/* Defines the counts of a ring buffer. The 6 is BPF_MAP_TYPE_PERCPU_ARRAY. */
#define RINGBUF_LOST(map)                                                                                              \
	struct {                                                                                                       \
		__uint(type, 6);                                                                                       \
		__uint(max_entries, 1);                                                                                \
		__type(key, unsigned int);                                                                             \
		__type(value, unsigned long long);                                                                     \
	} map##_lost SEC(".maps")

/* Counts an event as lost; for the helpers that are not below, such as bpf_ringbuf_reserve_dynptr(). */
#define ringbuf_count_lost(map) ringbuf_count_lost_in(&map##_lost)

/* bpf_ringbuf_reserve(): NULL where there is no room, and then counted. */
#define ringbuf_reserve_or_count(map, size)                                                                            \
	({                                                                                                             \
		void *ringbuf_room = bpf_ringbuf_reserve(&map, size, 0);                                               \
		if (!ringbuf_room)                                                                                     \
			ringbuf_count_lost(map);                                                                       \
		ringbuf_room;                                                                                          \
	})

/* bpf_ringbuf_output(): negative where there is no room, and then counted. */
#define ringbuf_output_or_count(map, data, size, flags)                                                                \
	({                                                                                                             \
		long ringbuf_result = bpf_ringbuf_output(&map, data, size, flags);                                     \
		if (ringbuf_result)                                                                                    \
			ringbuf_count_lost(map);                                                                       \
		ringbuf_result;                                                                                        \
	})

static __always_inline void ringbuf_count_lost_in(void *counts)
{
	unsigned int zero = 0;
	unsigned long long *count = bpf_map_lookup_elem(counts, &zero);

	/* Another program may interrupt this one on the same CPU, so that an ordinary addition would miss some. */
	if (count)
		__sync_fetch_and_add(count, 1);
}

#endif
