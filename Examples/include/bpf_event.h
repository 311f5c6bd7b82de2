/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says in the source of a BPF program what the events of a map are, so that print-event finds their type by itself:
 *
 *     #include "bpf_event.h"
 *     BPF_EVENT(map_event, struct event)
 *
 * A map that carries several types names the field that tells them apart, at the same place in all of them:
 *
 *     BPF_EVENT_TAGGED(events, kind, KIND_OPEN, struct open_event)
 *     BPF_EVENT_TAGGED(events, kind, KIND_EXIT, struct exit_event)
 *
 * They stand outside of functions, where the type is complete; compile with -g. What they define lies in a section of
 * its own, which takes no map and no room in the kernel: loaders leave it out, `llvm-strip -g` keeps it.
 */
#ifndef BPF_EVENT_H
#define BPF_EVENT_H

#define BPF_EVENT(map, type) BPF_EVENT_NUMBERED(__COUNTER__, map, type)
#define BPF_EVENT_TAGGED(map, field, value, type) BPF_EVENT_TAGGED_NUMBERED(__COUNTER__, map, field, value, type)

/* Not for use: the number makes names that differ, and tells which tag belongs to which type. */
#define BPF_EVENT_VARIABLE static __attribute__((section(".event_types"), used))
#define BPF_EVENT_NUMBERED(number, map, type) BPF_EVENT_POINTER(number, map, type)
#define BPF_EVENT_POINTER(number, map, type) BPF_EVENT_VARIABLE type *const bpf_event_##number##_##map = 0;
#define BPF_EVENT_TAGGED_NUMBERED(number, map, field, value, type)                                                     \
	BPF_EVENT_POINTER(number, map, type)                                                                           \
	BPF_EVENT_TAG(number, field, value)
#define BPF_EVENT_TAG(number, field, value)                                                                            \
	BPF_EVENT_VARIABLE const struct {                                                                              \
		long long field;                                                                                       \
	} bpf_event_tag_##number = { value };

#endif
