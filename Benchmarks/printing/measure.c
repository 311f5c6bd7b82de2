// SPDX-License-Identifier: Apache-2.0
//
// Runs a program with stdin from a file and all output to nowhere, and prints its microseconds of CPU time and its largest
// resident set in KiB. A program of its own: what a process is measured by begins with the size of who started it.

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	struct rusage usage;
	int status;
	pid_t pid;

	if (count < 3)
		return 64;
	pid = fork();
	if (pid == 0) {
		int in = open(arguments[1], O_RDONLY), out = open("/dev/null", O_WRONLY);

		if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
			_exit(126);
		execv(arguments[2], arguments + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 1;
	printf("%lld %ld\n",
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec,
	       usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
