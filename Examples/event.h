/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* The event of test_prog1 and test_prog2, which print-event prints. */
#ifndef EVENT_H
#define EVENT_H

struct event {
	short idx; /* which program sent it */
	short cmd; /* the first argument of the probed function: for sys_bpf the command of bpf(2) */
	u32 cpu;   /* events of all CPUs go to one stream, so each carries its own */
	u64 time;  /* CLOCK_MONOTONIC, nanoseconds */
};

#endif
