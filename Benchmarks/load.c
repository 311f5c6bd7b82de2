/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load ROUNDS OBJECT...: how long bpftool and load-kp-bpf take to load each object, from start to end of the process,
 * and how much memory at most. In pairs, one after the other, so that what disturbs one disturbs the other; medians.
 * Programs are loaded only, and nothing is attached.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1000 };

struct cost {
	double wall, cpu, memory;
};

static const char *pins = "/sys/fs/bpf/load_benchmark";

static double milliseconds(struct timeval time) { return time.tv_sec * 1e3 + time.tv_usec / 1e3; }

static struct cost run(char *const command[])
{
	struct timespec start, end;
	struct rusage usage;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &start);
	pid_t child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execvp(command[0], command);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
		perror(command[0]);
		exit(1);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (status != 0) {
		fprintf(stderr, "load: %s failed with %d\n", command[0], status);
		exit(1);
	}
	return (struct cost){
		.wall = (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6,
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
	static double values[2][3][MOST];
	int rounds = argc > 2 ? atoi(argv[1]) : 0;

	if (rounds < 1 || rounds > MOST) {
		fprintf(stderr, "usage: load ROUNDS OBJECT...\n");
		return 64;
	}
	printf("%-24s %26s %26s %26s\n", "object", "wall ms: bpftool, ours", "CPU ms: bpftool, ours", "MB: bpftool, ours");
	for (int index = 2; index < argc; index++) {
		char *theirs[] = { "bpftool", "prog", "loadall", argv[index], (char *)pins, NULL };
		char *ours[] = { "load-kp-bpf", "--load-only", argv[index], NULL };
		char *remove[] = { "rm", "-rf", (char *)pins, NULL };

		for (int round = 0; round < rounds; round++) {
			for (int who = 0; who < 2; who++) {
				struct cost cost = run(who == 0 ? theirs : ours);

				values[who][0][round] = cost.wall;
				values[who][1][round] = cost.cpu;
				values[who][2][round] = cost.memory;
				if (who == 0)
					run(remove);
			}
		}
		printf("%-24s", argv[index]);
		for (int what = 0; what < 3; what++) {
			double a = median(values[0][what], rounds), b = median(values[1][what], rounds);

			printf("   %7.1f %7.1f  %.2fx", a, b, b / a);
		}
		printf("\n");
	}
	return 0;
}
