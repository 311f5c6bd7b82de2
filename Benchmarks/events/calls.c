/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls PID SECONDS: how many system calls a process of one thread makes in that time, told as one number.
 *
 * By ptrace(2), which needs nothing of the kernel's tracing; it makes each call some microseconds slower, so it is for
 * processes that make few.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void nothing(int signal) { (void)signal; }

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = nothing };
	unsigned long stops = 0;
	int status;

	if (argc != 3) {
		fprintf(stderr, "usage: calls PID SECONDS\n");
		return 64;
	}
	pid_t process = atoi(argv[1]);
	double end = now() + atof(argv[2]);

	/* Ends the wait for a process that makes no call. */
	sigaction(SIGALRM, &action, NULL);
	if (ptrace(PTRACE_SEIZE, process, 0, PTRACE_O_TRACESYSGOOD) != 0 || ptrace(PTRACE_INTERRUPT, process, 0, 0) != 0) {
		perror("calls: ptrace");
		return 1;
	}
	alarm(atof(argv[2]) + 1);
	while (now() < end) {
		if (waitpid(process, &status, 0) < 0)
			break;
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return 1;
		int stop = WSTOPSIG(status), is_call = stop == (SIGTRAP | 0x80);

		stops += is_call;
		ptrace(PTRACE_SYSCALL, process, 0, is_call || stop == SIGTRAP ? 0 : stop);
	}
	ptrace(PTRACE_INTERRUPT, process, 0, 0);
	alarm(1);
	if (waitpid(process, &status, 0) > 0)
		ptrace(PTRACE_DETACH, process, 0, 0);
	/* A stop when it goes in and one when it comes out. */
	printf("%lu\n", (stops + 1) / 2);
	return 0;
}
