/* SPDX-License-Identifier: Apache-2.0 */
/*
 * generator OBJECT perf|ring BYTES PIN [RING-BYTES [adaptive|no-wakeup|paced]]: makes the map, pins it, and outputs
 * events into it as the lines of its standard input say; generator loaded ring does so with the program `show_ring` that
 * another process has loaded last:
 *
 *   run RATE SECONDS CPUS [HOW]     RATE events a second on each of the first CPUS CPUs, 0 for as many as it can;
 *                                   HOW is a sum of GENERATOR_SILENT and GENERATOR_COARSE
 *
 * Each is answered with a line of JSON: what the program counted, and how long the runs of it took. The pin goes with
 * the process, at the end of its input at the latest.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include "generator.h"

typedef unsigned long long u64;

enum { MICROSECOND = 1000, SECOND = 1000000000 };

struct producer {
	pthread_t thread;
	int cpu, program, how;
	double rate, seconds;
	pthread_barrier_t *start;
	u64 runs, emitted, nanoseconds, elapsed;
	int error;
};

static const char *pin;

static void die(const char *what)
{
	fprintf(stderr, "generator: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Without what it tells of sections that are not for it. */
static int say(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

static void remove_pin(void)
{
	if (pin)
		unlink(pin);
}

static void ended(int signal)
{
	(void)signal;
	remove_pin();
	_exit(1);
}

static u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (u64)time.tv_sec * SECOND + time.tv_nsec;
}

/* The last stretch is spent spinning, since a sleep ends late. */
static void wait_until(u64 due)
{
	u64 awake = due - 30 * MICROSECOND;
	struct timespec time = { awake / SECOND, awake % SECOND };

	if ((long long)(awake - now()) > 0)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
	while (now() < due)
		;
}

static int emit(struct producer *self, unsigned events)
{
	static const char packet[64];
	struct { unsigned length, type, mark, queue, protocol, vlan[3], priority, rest[39]; } context = {
		.mark = events, .priority = self->how,
	};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1);

	if (bpf_prog_test_run_opts(self->program, &options) != 0)
		return errno;
	self->nanoseconds += options.duration;
	self->runs++;
	self->emitted += events;
	return options.retval ? ERANGE : 0;
}

static void *produce(void *argument)
{
	struct producer *self = argument;
	/* Single events while there is time between them, then what 100 us bring. */
	double wanted = self->rate <= 20000 ? 1 : self->rate / 10000;
	unsigned batch = self->rate == 0 || wanted > GENERATOR_BATCH ? GENERATOR_BATCH : wanted;
	double period = self->rate ? batch / self->rate * SECOND : 0;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(self->cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) != 0)
		self->error = errno;
	prctl(PR_SET_TIMERSLACK, 1UL);
	pthread_barrier_wait(self->start);

	u64 begin = now(), end = begin + self->seconds * SECOND, time = begin;
	double due = begin;
	while (!self->error && time < end) {
		self->error = emit(self, batch);
		time = now();
		if (!self->rate)
			continue;
		due += period;
		/* Who was kept from running does not make up for it by a burst. */
		if (time > due + 1000 * MICROSECOND)
			due = time;
		else if (due > time)
			wait_until(due);
		time = now();
	}
	self->elapsed = now() - begin;
	return NULL;
}

static void run(int program, struct generator_counters *counters, double rate, double seconds, int cpus, int how)
{
	struct producer producers[GENERATOR_CPUS] = {};
	struct generator_counters before[GENERATOR_CPUS];
	u64 sums[4] = {}, runs = 0, emitted = 0, nanoseconds = 0, elapsed = 0;
	pthread_barrier_t start;

	if (cpus < 1 || cpus > GENERATOR_CPUS) {
		errno = EINVAL;
		die("CPUs");
	}
	pthread_barrier_init(&start, NULL, cpus);
	memcpy(before, counters, sizeof(before));
	for (int cpu = 0; cpu < cpus; cpu++) {
		producers[cpu] = (struct producer){
			.cpu = cpu, .program = program, .how = how, .rate = rate, .seconds = seconds, .start = &start,
		};
		if (pthread_create(&producers[cpu].thread, NULL, produce, &producers[cpu]) != 0)
			die("pthread_create");
	}
	for (int cpu = 0; cpu < cpus; cpu++) {
		struct producer *each = &producers[cpu];

		pthread_join(each->thread, NULL);
		errno = each->error;
		if (errno)
			die("the test run");
		runs += each->runs;
		emitted += each->emitted;
		nanoseconds += each->nanoseconds;
		elapsed = each->elapsed > elapsed ? each->elapsed : elapsed;
	}
	for (int cpu = 0; cpu < GENERATOR_CPUS; cpu++) {
		sums[0] += counters[cpu].ok - before[cpu].ok;
		sums[1] += counters[cpu].full - before[cpu].full;
		sums[2] += counters[cpu].absent - before[cpu].absent;
		sums[3] += counters[cpu].other - before[cpu].other;
	}
	printf("{\"emitted\": %llu, \"ok\": %llu, \"full\": %llu, \"absent\": %llu, \"other\": %llu, \"runs\": %llu, "
	       "\"ns\": %llu, \"seconds\": %.6f}\n",
	       emitted, sums[0], sums[1], sums[2], sums[3], runs, nanoseconds, elapsed / 1e9);
	fflush(stdout);
	pthread_barrier_destroy(&start);
}

static int policy(const char *name)
{
	return strcmp(name, "paced") == 0 ? GENERATOR_PACED : strcmp(name, "no-wakeup") == 0 ? GENERATOR_NO_WAKEUP :
	       GENERATOR_ADAPTIVE;
}

static void obey(int program, struct generator_counters *memory)
{
	char line[128];

	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		double rate, seconds;
		int cpus, how = 0;

		if (sscanf(line, "run %lf %lf %d %d", &rate, &seconds, &cpus, &how) < 3)
			break;
		run(program, memory, rate, seconds, cpus, how);
	}
}

static struct generator_counters *counters_of(int map, size_t size)
{
	struct generator_counters *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, map, 0);

	if (memory == MAP_FAILED || size < GENERATOR_CPUS * sizeof(*memory))
		die("the counters");
	return memory;
}

/* The counters of a program: the variables that it may write to. */
static struct generator_counters *find_counters(int program)
{
	unsigned maps[16], size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = { .nr_map_ids = 16, .map_ids = (u64)(unsigned long)maps };

	if (bpf_obj_get_info_by_fd(program, &info, &size) != 0)
		die("the program's maps");
	for (unsigned index = 0; index < info.nr_map_ids; index++) {
		struct bpf_map_info map = {};
		unsigned length = sizeof(map);
		int number = bpf_map_get_fd_by_id(maps[index]);

		if (number >= 0 && bpf_obj_get_info_by_fd(number, &map, &length) == 0 && strstr(map.name, ".bss"))
			return counters_of(number, map.value_size);
		close(number);
	}
	errno = ENOENT;
	die("the counters");
	return NULL;
}

/* The last program of a name that is loaded, waited for. */
static int find_program(const char *name)
{
	for (u64 end = now() + 10ULL * SECOND; now() < end; usleep(500)) {
		int found = -1;

		for (unsigned id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
			struct bpf_prog_info info = {};
			unsigned size = sizeof(info);
			int number = bpf_prog_get_fd_by_id(id);

			if (number < 0)
				continue;
			if (bpf_obj_get_info_by_fd(number, &info, &size) == 0 && strcmp(info.name, name) == 0) {
				if (found >= 0)
					close(found);
				found = number;
			} else {
				close(number);
			}
		}
		if (found >= 0)
			return found;
	}
	errno = ENOENT;
	die(name);
	return -1;
}

int main(int argc, char **argv)
{
	libbpf_set_print(say);
	if (argc == 3 && strcmp(argv[1], "loaded") == 0 && strcmp(argv[2], "ring") == 0) {
		int program = find_program("show_ring");

		obey(program, find_counters(program));
		return 0;
	}
	if (argc < 5) {
		fprintf(stderr, "usage: generator OBJECT perf|ring BYTES PIN [RING-BYTES [adaptive|no-wakeup|paced]]\n");
		return 64;
	}
	int is_ring = strcmp(argv[2], "ring") == 0, bytes = atoi(argv[3]);
	unsigned ring_bytes = argc > 5 ? strtoul(argv[5], NULL, 0) : 1 << 20;
	struct bpf_object *object = bpf_object__open_file(argv[1], NULL);

	if (!object || bytes < 16 || bytes > GENERATOR_LARGEST)
		die(argv[1]);

	struct bpf_program *wanted =
		bpf_object__find_program_by_name(object, is_ring ? "emit_ring" : "emit_perf");
	struct bpf_map *map = bpf_object__find_map_by_name(object, is_ring ? "ring" : "perf"), *constants = NULL, *each;
	struct bpf_program *program;
	size_t size;

	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, program == wanted);
	bpf_object__for_each_map(each, object)
		if (strstr(bpf_map__name(each), ".rodata"))
			constants = each;
	/* The constants lie in the order of their declaration. */
	struct { unsigned bytes, policy; u64 mark; } *values = (void *)bpf_map__initial_value(constants, &size);
	if (!map || !wanted || !values || size < sizeof(*values))
		die("the object's maps");
	*values = (typeof(*values)){ bytes, policy(argc > 6 ? argv[6] : ""), ring_bytes / 8 };
	if (bpf_map__set_max_entries(map, is_ring ? ring_bytes : (unsigned)libbpf_num_possible_cpus()) != 0 ||
	    bpf_object__load(object) != 0)
		die("loading (it needs root)");

	struct bpf_map *counters = NULL;
	bpf_object__for_each_map(each, object)
		if (strstr(bpf_map__name(each), ".bss"))
			counters = each;
	size = counters ? bpf_map__value_size(counters) : 0;
	struct generator_counters *memory = counters_of(counters ? bpf_map__fd(counters) : -1, size);

	for (int signals[] = { SIGINT, SIGTERM, SIGHUP }, index = 0; index < 3; index++)
		if (signal(signals[index], ended) == SIG_IGN)
			signal(signals[index], SIG_IGN);
	if (bpf_map__pin(map, argv[4]) != 0)
		die(argv[4]);
	pin = argv[4];
	atexit(remove_pin);
	obey(bpf_program__fd(wanted), memory);
	return 0;
}
