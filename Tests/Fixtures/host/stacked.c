/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * A program with known stacks: for each line of stdin, outermost calls middle, that calls innermost, and that calls
 * getpgid(2) by itself, so that the first address of a stack is its own. -fno-omit-frame-pointer.
 */
#include <stdio.h>
#include <sys/syscall.h>

static volatile long result;

__attribute__((noinline)) void stacked_innermost(void)
{
	long answer = SYS_getpgid;

	/* Without a frame of its own the kernel would pass over the caller. */
	result = (long)__builtin_frame_address(0);
#ifdef __x86_64__
	__asm__ volatile("syscall" : "+a"(answer) : "D"(0) : "rcx", "r11", "memory");
#else
	register long number __asm__("x8") = SYS_getpgid;
	register long argument __asm__("x0") = 0;

	__asm__ volatile("svc 0" : "+r"(argument) : "r"(number) : "memory");
	answer = argument;
#endif
	result = answer;
}

__attribute__((noinline)) static void stacked_middle(void)
{
	stacked_innermost();
	result++;
}

__attribute__((noinline)) void stacked_outermost(void)
{
	stacked_middle();
	result++;
}

int main(void)
{
	char line[64];

	setvbuf(stdout, 0, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof line, stdin)) {
		stacked_outermost();
		puts("called");
	}
	return 0;
}
