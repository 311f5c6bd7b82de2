/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * A program to be traced: a function, and static tracepoints as sys/sdt.h writes them, one of them with a counter of its
 * users and at two places, one in front of a nop5 as newer headers write them, and one that a thread of its own comes by.
 * For each line of stdin it calls them, and writes what the counter says then.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((section(".probes"))) volatile unsigned short lab_counted_semaphore;
volatile int lab_global = 77;

#define NOTE(PROVIDER, NAME, SEMAPHORE, ARGUMENTS) NOTE_AT("nop", PROVIDER, NAME, SEMAPHORE, ARGUMENTS)
#define NOTE_AT(CODE, PROVIDER, NAME, SEMAPHORE, ARGUMENTS)                                                          \
	"990: " CODE "\n"                                                                                             \
	".pushsection .note.stapsdt,\"?\",\"note\"\n"                                                                 \
	".balign 4\n.4byte 992f-991f, 994f-993f, 3\n"                                                                 \
	"991: .asciz \"stapsdt\"\n992: .balign 4\n"                                                                   \
	"993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte " SEMAPHORE "\n"                                             \
	".asciz \"" PROVIDER "\"\n.asciz \"" NAME "\"\n.asciz \"" ARGUMENTS "\"\n"                                    \
	"994: .balign 4\n.popsection\n"                                                                               \
	".ifndef _.stapsdt.base\n"                                                                                    \
	".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"                                       \
	".weak _.stapsdt.base\n.hidden _.stapsdt.base\n_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n"           \
	".popsection\n.endif\n"

__attribute__((noinline)) int probed_function(int first, long second)
{
	__asm__ volatile("");
	return first + (int)second;
}

__attribute__((noinline)) static void plain_probe(int number, long wide)
{
	__asm__ volatile(NOTE("lab", "plain", "0", "-4@%0 8@%1 -4@$-9 4@lab_global(%%rip)")
			 : : "r"(number), "m"(wide), "m"(lab_global));
}

__attribute__((noinline)) static void counted_probe(int number)
{
	__asm__ volatile(NOTE("lab", "counted", "lab_counted_semaphore", "-4@%0") : : "r"(number));
	if (number < 0)
		__asm__ volatile(NOTE("lab", "counted", "lab_counted_semaphore", "-4@$-1") : :);
}

__attribute__((noinline)) static void paired_probe(void)
{
	__asm__ volatile(NOTE_AT(".byte 0x90, 0x0f, 0x1f, 0x44, 0, 0", "lab", "paired", "0", "4@lab_global(%%rip)")
			 : : "m"(lab_global));
}

static void *threaded_probe(void *number)
{
	__asm__ volatile(NOTE("lab", "threaded", "0", "-4@%0") : : "r"(*(int *)number));
	return 0;
}

int main(void)
{
	pthread_t thread;
	char line[64];

	setvbuf(stdout, 0, _IONBF, 0);
	puts("ready");
	while (fgets(line, sizeof line, stdin)) {
		int number = atoi(line);

		probed_function(number, 1000);
		plain_probe(number, 0x123456789abcdefL);
		counted_probe(number);
		paired_probe();
		if (pthread_create(&thread, 0, threaded_probe, &number) == 0)
			pthread_join(thread, 0);
		printf("semaphore %d\n", lab_counted_semaphore);
	}
	return 0;
}
