/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine [OPTION VALUE]... COMMAND...: runs a command with less than root has, for the tests.
 *
 *   --uid N           as that user and group
 *   --caps HEX        with these capabilities (capabilities(7)) and no other, as a service with AmbientCapabilities=
 *   --refuse ERRNO    with a seccomp filter that answers bpf(2) and perf_event_open(2) with that number
 *   --memlock S:H     RLIMIT_MEMLOCK, soft and hard
 *   --nofile S:H      RLIMIT_NOFILE, soft and hard
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void check(int result, const char *what)
{
	if (result == 0)
		return;
	perror(what);
	exit(125);
}

static void limit(int which, const char *text)
{
	char *rest;
	struct rlimit limit = { .rlim_cur = strtoull(text, &rest, 0) };

	limit.rlim_max = *rest == ':' ? strtoull(rest + 1, NULL, 0) : limit.rlim_cur;
	check(setrlimit(which, &limit), "setrlimit");
}

static void become(int user, unsigned long long capabilities)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	check(prctl(PR_SET_SECUREBITS, 1 | 16 /* SECBIT_NOROOT, SECBIT_KEEP_CAPS */, 0, 0, 0), "securebits");
	check(setresgid(user, user, user), "setresgid");
	check(setresuid(user, user, user), "setresuid");
	for (int half = 0; half < 2; half++) {
		data[half].effective = capabilities >> (32 * half);
		data[half].permitted = data[half].inheritable = data[half].effective;
	}
	check(syscall(SYS_capset, &header, data), "capset");
	for (int number = 0; number < 64; number++)
		if (capabilities >> number & 1)
			check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0), "ambient");
}

static void refuse(int number)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | number),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(*filter), filter };

	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), "seccomp");
}

int main(int argc, char **argv)
{
	int user = -1, number = 0;
	unsigned long long capabilities = ~0ULL;

	while (argc > 2 && strncmp(argv[1], "--", 2) == 0) {
		const char *name = argv[1] + 2, *value = argv[2];

		if (strcmp(name, "uid") == 0)
			user = atoi(value);
		else if (strcmp(name, "caps") == 0)
			capabilities = strtoull(value, NULL, 16);
		else if (strcmp(name, "refuse") == 0)
			number = atoi(value);
		else if (strcmp(name, "memlock") == 0)
			limit(RLIMIT_MEMLOCK, value);
		else if (strcmp(name, "nofile") == 0)
			limit(RLIMIT_NOFILE, value);
		else
			return 125;
		argv += 2;
		argc -= 2;
	}
	if (user >= 0 || capabilities != ~0ULL)
		become(user >= 0 ? user : 0, user >= 0 && capabilities == ~0ULL ? 0 : capabilities);
	if (number)
		refuse(number);
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
