/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* What the generator's program and the process that runs it agree on. */
#ifndef GENERATOR_H
#define GENERATOR_H

enum {
	GENERATOR_CPUS = 64,
	GENERATOR_BATCH = 1000,  /* events of a run, at most */
	GENERATOR_LARGEST = 256, /* bytes of an event, at most */
};

/* Whom an event in a ring buffer wakes: whoever has read everything, nobody, or as ringbuf_pacing.h says. */
enum { GENERATOR_ADAPTIVE, GENERATOR_NO_WAKEUP, GENERATOR_PACED };

/* Of one CPU, alone in its cache lines. An event is its time, its CPU and its number, and zeros up to its size. */
struct generator_counters {
	unsigned long long ok, full, absent, other;
	unsigned long long sequence;
	unsigned long long unused[11];
};

#endif
