/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Global variables of all types that can be set and shown. */
#include "fixture.h"

enum color { RED, GREEN = 7, BLUE };
enum wide { SMALL = -1, HUGE = 0x100000000ll };

struct part {
	short x, y;
};

struct config {
	int level;
	unsigned narrow : 3, broad : 12;
	signed sign : 4;
	struct {
		char nested;
	};
	struct part limits[4];
	union {
		u32 word;
		unsigned char raw[4];
	} either;
};

const volatile int pid_limit = -3;
const volatile u64 min_duration_ns = 5;
const volatile _Bool verbose = 1;
const volatile char comm[8] = "init";
const volatile enum color color = GREEN;
const volatile enum wide wide = HUGE;
volatile struct config cfg = {.level = 4, .narrow = 5, .broad = 0x123, .sign = -2, .limits = {{1, 2}, {3, -4}}};
volatile double ratio = 0.5;
volatile float part = 1.5f;
volatile unsigned char address[6] = {1, 2, 3, 4, 5, 6};
volatile int table[2][3] = {{1, 2, 3}, {4, 5, 6}};
int *volatile pointer;
static volatile u64 calls;

SECTION("prog") int use(void *ctx)
{
	calls++;
	table[0][0] += pid_limit + (int)min_duration_ns + verbose + comm[0] + color + (int)wide + cfg.level;
	address[0]++;
	cfg.narrow++;
	return pointer != 0;
}

char _license[] SECTION("license") = "GPL";
