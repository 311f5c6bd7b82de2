/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load ROUNDS OBJECT...: how long bpftool and load-kp-bpf take to load each object, from start to end of the process,
 * and how much memory at most. In pairs, one after the other, so that what disturbs one disturbs the other; medians.
 * Programs are loaded only, and nothing is attached.
 *
 * load --attach ROUNDS OBJECT...: the same of attach (a program of libbpf) and load-kp-bpf, wall until "Running.", wall from
 * the signal that then comes until the end, CPU and memory of both. For throw-away machines.
 */
#include <fcntl.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1000 };

struct cost {
	double wall, cpu, memory, end;
};

static const char *pins = "/sys/fs/bpf/load_benchmark";

static double milliseconds(struct timeval time) { return time.tv_sec * 1e3 + time.tv_usec / 1e3; }

static double between(struct timespec start, struct timespec end)
{
	return (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6;
}

/* Waits until the other side of a pipe has said that it runs. */
static void await_running(int pipe)
{
	char text[1 << 16];
	size_t filled = 0;
	ssize_t count;

	while (filled < sizeof(text) - 1 && (count = read(pipe, text + filled, sizeof(text) - 1 - filled)) > 0) {
		filled += count;
		text[filled] = 0;
		if (strstr(text, "Running."))
			return;
	}
	fprintf(stderr, "load: it ended before it ran\n");
	exit(1);
}

static struct cost run(char *const command[], int until_running)
{
	struct timespec start, end, ended;
	struct rusage usage;
	int status, ends[2];

	if (pipe(ends) < 0) {
		perror("pipe");
		exit(1);
	}

	clock_gettime(CLOCK_MONOTONIC, &start);
	pid_t child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(until_running ? ends[1] : null, 1);
		dup2(null, 2);
		execvp(command[0], command);
		_exit(127);
	}
	close(ends[1]);
	if (child > 0 && until_running) {
		await_running(ends[0]);
		clock_gettime(CLOCK_MONOTONIC, &end);
		kill(child, SIGINT);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
		perror(command[0]);
		exit(1);
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	if (!until_running)
		end = ended;
	close(ends[0]);
	if (status != 0) {
		fprintf(stderr, "load: %s failed with %d\n", command[0], status);
		exit(1);
	}
	return (struct cost){
		.wall = between(start, end),
		.end = between(end, ended),
		.cpu = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
		.memory = usage.ru_maxrss / 1024.0,
	};
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, count, sizeof(*values), ascending);
	return values[count / 2];
}

int main(int argc, char **argv)
{
	/* An emulator translates position-independent code anew at each address: all run where they ran before. */
	personality(ADDR_NO_RANDOMIZE);

	static double values[2][4][MOST];
	int attach = argc > 1 && strcmp(argv[1], "--attach") == 0;
	const char *other = attach ? "libbpf" : "bpftool";

	argc -= attach;
	argv += attach;
	int rounds = argc > 2 ? atoi(argv[1]) : 0;

	if (rounds < 1 || rounds > MOST) {
		fprintf(stderr, "usage: load [--attach] ROUNDS OBJECT...\n");
		return 64;
	}
	printf("%-24s   wall ms: %s, ours      CPU ms: %s, ours           MB: %s, ours", "object", other, other, other);
	printf(attach ? "      to end ms: %s, ours\n" : "\n", other);
	for (int index = 2; index < argc; index++) {
		char *theirs[] = { "bpftool", "prog", "loadall", argv[index], (char *)pins, NULL };
		char *ours[] = { "load-kp-bpf", "--load-only", argv[index], NULL };
		char *attached[] = { "attach", argv[index], NULL };
		char *running[] = { "load-kp-bpf", argv[index], NULL };
		char *remove[] = { "rm", "-rf", (char *)pins, NULL };

		for (int round = 0; round < rounds; round++) {
			for (int who = 0; who < 2; who++) {
				struct cost cost = attach ? run(who == 0 ? attached : running, 1)
							: run(who == 0 ? theirs : ours, 0);

				values[who][0][round] = cost.wall;
				values[who][1][round] = cost.cpu;
				values[who][2][round] = cost.memory;
				values[who][3][round] = cost.end;
				if (who == 0 && !attach)
					run(remove, 0);
			}
		}
		printf("%-24s", argv[index]);
		for (int what = 0; what < 3 + attach; what++) {
			double a = median(values[0][what], rounds), b = median(values[1][what], rounds);

			printf("   %7.1f %7.1f  %.2fx", a, b, b / a);
		}
		printf("\n");
	}
	return 0;
}
