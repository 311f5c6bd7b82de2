// SPDX-License-Identifier: Apache-2.0
//
// What is written by hand for one struct: buffered input and output, one printf for a line.

#include <stdint.h>
#include <stdio.h>

struct event {
	int16_t idx, cmd;
	uint32_t cpu;
	uint64_t time;
};

int main(void)
{
	static char in[1 << 17], out[1 << 17];
	union {
		struct event event;
		unsigned char bytes[1 << 16];
	} frame;
	uint32_t size;

	setvbuf(stdin, in, _IOFBF, sizeof in);
	setvbuf(stdout, out, _IOFBF, sizeof out);
	while (fread(&size, sizeof size, 1, stdin) == 1) {
		if (size > sizeof frame || fread(&frame, size, 1, stdin) != 1)
			return 1;
		printf("idx: %d, cmd: %d, cpu: %u, time: %llu\n", frame.event.idx, frame.event.cmd, frame.event.cpu,
		       (unsigned long long)frame.event.time);
	}
	return fflush(stdout) != 0;
}
