/* SPDX-License-Identifier: Apache-2.0 */
/* attach OBJECT: opens, loads and attaches an object with libbpf, says so, and waits for SIGINT. */
#include <bpf/libbpf.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 1 << 16 };

/* What libbpf from 1.3 on does for SEC("kprobe.multi/PATTERN"), older ones included. */
static struct bpf_link *attach_many(struct bpf_program *program, const char *pattern)
{
	static unsigned long addresses[MOST];
	LIBBPF_OPTS(bpf_kprobe_multi_opts, options, .addrs = addresses);
	FILE *list = fopen("/sys/kernel/tracing/available_filter_functions_addrs", "r");
	unsigned long address;
	char name[512];

	if (!list)
		return NULL;
	while (fscanf(list, "%lx %511s%*[^\n]\n", &address, name) == 2)
		if (options.cnt < MOST && fnmatch(pattern, name, 0) == 0)
			addresses[options.cnt++] = address;
	fclose(list);
	return bpf_program__attach_kprobe_multi_opts(program, NULL, &options);
}

static struct bpf_link *attach(struct bpf_program *program)
{
	static const char many[] = "kprobe.multi/";
	const char *section = bpf_program__section_name(program);

	if (strncmp(section, many, sizeof many - 1) == 0)
		return attach_many(program, section + sizeof many - 1);
	return bpf_program__attach(program);
}

int main(int argc, char **argv)
{
	struct bpf_program *program;
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	struct bpf_object *object = argc > 1 ? bpf_object__open(argv[1]) : NULL;
	if (!object || bpf_object__load(object) < 0)
		return 1;
	bpf_object__for_each_program(program, object)
		if (bpf_program__autoload(program) && !attach(program))
			return 1;
	puts("Running.");
	fflush(stdout);
	sigwait(&set, &number);
	bpf_object__close(object);
	return 0;
}
