/* SPDX-License-Identifier: Apache-2.0 */
/* attach OBJECT: opens, loads and attaches an object with libbpf, says so, and waits for SIGINT. */
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>

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
		if (bpf_program__autoload(program) && !bpf_program__attach(program))
			return 1;
	puts("Running.");
	fflush(stdout);
	sigwait(&set, &number);
	bpf_object__close(object);
	return 0;
}
