// SPDX-License-Identifier: Apache-2.0
//
// A printer as the original's documents describe it: two read(2) for a frame, a printf and an fflush for a line. Unlike
// the original it stops at the end of the stream.

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

struct event {
	int16_t idx, cmd;
	uint32_t cpu;
	uint64_t time;
	uint32_t padding;
};

int main(void)
{
	struct event event;
	uint32_t size;

	while (read(STDIN_FILENO, &size, sizeof size) == sizeof size) {
		if (size > sizeof event || read(STDIN_FILENO, &event, size) != (ssize_t)size)
			return 1;
		printf("idx: %d, cmd: %d, cpu: %u, time: %llu\n", event.idx, event.cmd, event.cpu,
		       (unsigned long long)event.time);
		fflush(stdout);
	}
	return 0;
}
