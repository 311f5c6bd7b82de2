/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink SECONDS: reads the frames of a consumer from its standard input, to the end, and tells in a line of JSON how many there
 * were, whether those of each CPU were in order, how many numbers were missing, and how old the events were when they
 * arrived; the ages of the first SECONDS do not count.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "generator.h"

typedef unsigned long long u64;

/* Ages in 64 steps for each power of two, so to 1.6 %. */
enum { STEPS = 64, BUCKETS = 64 * STEPS, BUFFER = 1 << 20 };

static u64 ages[BUCKETS], events, aged, bytes, missing, disorder, most, begin;

static int bucket(u64 age)
{
	int power = age < STEPS ? 0 : 63 - __builtin_clzll(age) - 6;

	return power * STEPS + (int)(age >> power);
}

static double middle(int bucket)
{
	int power = bucket < 2 * STEPS ? 0 : bucket / STEPS - 1;

	return ((double)(bucket - power * STEPS) + 0.5) * (double)(1ULL << power);
}

static double percentile(double part)
{
	u64 seen = 0, wanted = aged * part;

	for (int each = 0; each < BUCKETS; each++) {
		seen += ages[each];
		if (seen > wanted)
			return middle(each);
	}
	return 0;
}

static void note(const char *event, u64 arrival, double silence)
{
	static unsigned expected[GENERATOR_CPUS];
	struct { u64 time; unsigned cpu, number; } head;
	u64 age;

	memcpy(&head, event, sizeof(head));
	if (head.cpu >= GENERATOR_CPUS) {
		fprintf(stderr, "sink: an event of CPU %u\n", head.cpu);
		exit(1);
	}
	if (!expected[head.cpu]) /* the first of them */
		expected[head.cpu] = head.number;
	if ((int)(head.number - expected[head.cpu]) < 0)
		disorder++;
	else
		missing += head.number - expected[head.cpu];
	expected[head.cpu] = head.number + 1;
	if (events++ == 0)
		begin = head.time + silence * 1e9;
	if (head.time < begin)
		return;
	age = arrival > head.time ? arrival - head.time : 0;
	ages[bucket(age)]++;
	aged++;
	most = age > most ? age : most;
}

static u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (u64)time.tv_sec * 1000000000 + time.tv_nsec;
}

int main(int argc, char **argv)
{
	double silence = argc > 1 ? atof(argv[1]) : 0;
	static char buffer[BUFFER];
	size_t filled = 0;

	for (;;) {
		ssize_t count = read(0, buffer + filled, sizeof(buffer) - filled);
		u64 arrival = now();
		size_t at = 0;

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		bytes += count;
		filled += count;
		for (;;) {
			unsigned size;

			if (filled - at < sizeof(size))
				break;
			memcpy(&size, buffer + at, sizeof(size));
			if (size < 16 || size > 4096) {
				fprintf(stderr, "sink: a frame of %u bytes\n", size);
				return 1;
			}
			if (filled - at < sizeof(size) + size)
				break;
			note(buffer + at + sizeof(size), arrival, silence);
			at += sizeof(size) + size;
		}
		memmove(buffer, buffer + at, filled - at);
		filled -= at;
	}
	printf("{\"events\": %llu, \"bytes\": %llu, \"cut\": %zu, \"missing\": %llu, \"disorder\": %llu, \"p50\": %.0f, "
	       "\"p99\": %.0f, \"max\": %llu}\n",
	       events, bytes, filled, missing, disorder, percentile(0.5), percentile(0.99), most);
	return 0;
}
