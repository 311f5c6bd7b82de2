/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer original|perf|ring PIN OUTPUT [PAGES [WAKEUP]]: drains a pinned map as others do.
 *
 * original   the policy of the first daemon of this kind: 16 pages a CPU, a wakeup and a write for each event, all rings
 *            looked at whenever one wakes, the tail published once for each drain of a ring
 * perf       libbpf's perf buffer, PAGES a CPU; WAKEUP events for each wakeup by perf_buffer__new_raw(), its own
 *            default without
 * ring       libbpf's ring buffer
 *
 * All write the same frames: a size of 4 bytes, and the event. Those of libbpf are collected in a buffer of 1 MiB,
 * written when it is full or the poll returns. SIGTERM ends it, after what is left; then it tells its account.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef unsigned long long u64;

enum { CPUS = 64, BUFFER = 1 << 20, TIMEOUT = 100 };

static volatile sig_atomic_t is_over;
static int output;
static u64 events, bytes, lost, polls, writes;
static char buffer[BUFFER];
static size_t filled;

static void over(int signal)
{
	(void)signal;
	is_over = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "consumer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_all(const char *data, size_t size)
{
	while (size > 0) {
		ssize_t count = write(output, data, size);

		writes++;
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			die("write");
		data += count;
		size -= count;
		bytes += count;
	}
}

static void flush(void)
{
	write_all(buffer, filled);
	filled = 0;
}

static void collect(unsigned size, const void *data)
{
	if (filled + sizeof(size) + size > sizeof(buffer))
		flush();
	memcpy(buffer + filled, &size, sizeof(size));
	memcpy(buffer + filled + sizeof(size), data, size);
	filled += sizeof(size) + size;
	events++;
}

static void ready(void)
{
	fprintf(stderr, "ready\n");
}

/* The original's policy. */

struct ring {
	struct perf_event_mmap_page *page;
	char *data;
	u64 size;
};

struct lost_record {
	struct perf_event_header header;
	u64 id, lost;
};

static void drain(struct ring *ring)
{
	static char straight[1 << 16];
	u64 head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE), tail = ring->page->data_tail;

	while (tail != head) {
		u64 at = tail & (ring->size - 1);
		struct perf_event_header *header = (void *)(ring->data + at);
		size_t size = header->size;

		if (at + size > ring->size) {
			memcpy(straight, header, ring->size - at);
			memcpy(straight + (ring->size - at), ring->data, at + size - ring->size);
			header = (void *)straight;
		}
		if (header->type == PERF_RECORD_SAMPLE) {
			unsigned payload;

			memcpy(&payload, header + 1, sizeof(payload));
			write_all((char *)(header + 1), sizeof(payload) + payload);
			events++;
		} else if (header->type == PERF_RECORD_LOST) {
			lost += ((struct lost_record *)header)->lost;
		}
		tail += size;
	}
	__atomic_store_n(&ring->page->data_tail, tail, __ATOMIC_RELEASE);
}

static void original(int map, int pages)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr), .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW, .sample_period = 1, .wakeup_events = 1,
	};
	size_t page = sysconf(_SC_PAGESIZE);
	struct pollfd polled[CPUS];
	struct ring rings[CPUS];
	int count = 0, cpus = libbpf_num_possible_cpus();

	for (int cpu = 0; cpu < cpus && cpu < CPUS; cpu++) {
		int event = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
		struct ring *ring = &rings[count];

		if (event < 0 && errno == ENODEV)
			continue;
		if (event < 0)
			die("perf_event_open");
		ring->page = mmap(NULL, (1 + pages) * page, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
		if (ring->page == MAP_FAILED)
			die("mmap");
		ring->data = (char *)ring->page + page;
		ring->size = pages * page;
		polled[count++] = (struct pollfd){ .fd = event, .events = POLLIN };
		if (bpf_map_update_elem(map, &cpu, &event, BPF_ANY) != 0)
			die("the map");
	}
	ready();
	while (!is_over) {
		int woken = poll(polled, count, TIMEOUT);

		polls++;
		for (int each = 0; each < count && woken >= 0; each++)
			drain(&rings[each]);
	}
	for (int each = 0; each < count; each++)
		drain(&rings[each]);
}

/* libbpf. */

static void on_sample(void *context, int cpu, void *data, __u32 size)
{
	(void)context, (void)cpu;
	collect(size, data);
}

static void on_lost(void *context, int cpu, __u64 count)
{
	(void)context, (void)cpu;
	lost += count;
}

static enum bpf_perf_event_ret on_record(void *context, int cpu, struct perf_event_header *header)
{
	(void)context, (void)cpu;
	if (header->type == PERF_RECORD_SAMPLE) {
		unsigned *size = (unsigned *)(header + 1);

		collect(*size, size + 1);
	} else if (header->type == PERF_RECORD_LOST) {
		lost += ((struct lost_record *)header)->lost;
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static void perf_buffer(int map, int pages, int wakeup)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr), .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW, .sample_period = wakeup, .wakeup_events = wakeup,
	};
	struct perf_buffer *rings = wakeup ? perf_buffer__new_raw(map, pages, &attr, on_record, NULL, NULL) :
					     perf_buffer__new(map, pages, on_sample, on_lost, NULL, NULL);

	if (!rings)
		die("perf_buffer__new");
	ready();
	while (!is_over) {
		perf_buffer__poll(rings, TIMEOUT);
		polls++;
		flush();
	}
	perf_buffer__consume(rings);
	flush();
}

static int on_event(void *context, void *data, size_t size)
{
	(void)context;
	collect(size, data);
	return 0;
}

static void ring_buffer(int map)
{
	struct ring_buffer *ring = ring_buffer__new(map, on_event, NULL, NULL);

	if (!ring)
		die("ring_buffer__new");
	ready();
	while (!is_over) {
		ring_buffer__poll(ring, TIMEOUT);
		polls++;
		flush();
	}
	ring_buffer__consume(ring);
	flush();
}

int main(int argc, char **argv)
{
	int pages = argc > 4 ? atoi(argv[4]) : 0, wakeup = argc > 5 ? atoi(argv[5]) : 0;

	if (argc < 4) {
		fprintf(stderr, "usage: consumer original|perf|ring PIN OUTPUT [PAGES [WAKEUP]]\n");
		return 64;
	}
	struct sigaction action = { .sa_handler = over };
	sigaction(SIGTERM, &action, NULL);

	int map = bpf_obj_get(argv[2]);
	if (map < 0)
		die(argv[2]);
	output = strcmp(argv[3], "-") == 0 ? 1 : open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (output < 0)
		die(argv[3]);
	if (strcmp(argv[1], "original") == 0)
		original(map, pages ? pages : 16);
	else if (strcmp(argv[1], "perf") == 0)
		perf_buffer(map, pages ? pages : 64, wakeup);
	else
		ring_buffer(map);
	fprintf(stderr, "{\"events\": %llu, \"bytes\": %llu, \"lost\": %llu, \"writes\": %llu, \"wakeups\": %llu}\n", events,
		bytes, lost, writes, polls);
	return 0;
}
