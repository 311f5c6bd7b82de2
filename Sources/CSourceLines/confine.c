/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
/* Their shadows have more memory than any limit. */
#define IS_SANITIZED 1
#endif
#endif

#define NOBODY 65534
/* Bytes of memory that is written: sections that were compressed, and what libdw makes of them. */
#define MOST_MEMORY (768ul << 20)
/* Seconds of processor time of one process. */
#define MOST_SECONDS 3600

static int limit(int resource, rlim_t most)
{
	struct rlimit limits;
	if (getrlimit(resource, &limits) != 0)
		return -1;
	if (limits.rlim_max > most)
		limits.rlim_max = most;
	limits.rlim_cur = limits.rlim_max;
	return setrlimit(resource, &limits);
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };
	return (int)syscall(SYS_capset, &header, none);
}

int confine_user(void)
{
	/* Other processes of the user may not look into the files that this one is given. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return -1;
	if (geteuid() == 0) {
		/* In a namespace that has no such user its capabilities and calls go all the same. */
		if (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0)
			(void)!setresuid(NOBODY, NOBODY, NOBODY);
	}
	if (drop_capabilities() != 0)
		return -1;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return 0;
}

#ifdef ARCHITECTURE
static const int allowed[] = {
	SYS_read, SYS_pread64, SYS_lseek, SYS_close, SYS_fstat, SYS_newfstatat, SYS_recvmsg, SYS_sendmsg,
	SYS_sendto, SYS_recvfrom, SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_futex, SYS_exit, SYS_exit_group,
	SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_getrandom, SYS_clock_gettime, SYS_setitimer, SYS_sched_yield,
	SYS_restart_syscall,
};
#define COUNT (sizeof(allowed) / sizeof(allowed[0]))

static struct sock_filter code[4 + 2 * COUNT + 6 + 6];
static unsigned short length;

static void add(unsigned short operation, unsigned char then, unsigned char otherwise, unsigned int value)
{
	code[length++] = (struct sock_filter){ operation, then, otherwise, value };
}

static int filter_calls(void)
{
	add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
	add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCHITECTURE);
	add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL);
	add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < COUNT; i++) {
		add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned int)allowed[i]);
		add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	}
	/* What a descriptor is, and not to whom it sends signals: there are other processes of nobody. */
	add(BPF_JMP | BPF_JEQ | BPF_K, 0, 5, SYS_fcntl);
	add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[1]));
	add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, F_GETFD);
	add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, F_GETFL);
	add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM);
	/* Memory, but none that is executed. */
	add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_mmap);
	add(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, SYS_mprotect);
	add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[2]));
	add(BPF_JMP | BPF_JSET | BPF_K, 1, 0, PROT_EXEC);
	add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	/* Second files of DWARF, which it looks for, are not there. */
	add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOENT);
	struct sock_fprog program = { .len = length, .filter = code };
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
#else
static int filter_calls(void) { return -1; }
#endif

int confine_calls(void)
{
#ifndef IS_SANITIZED
	if (limit(RLIMIT_DATA, MOST_MEMORY) != 0)
		return -1;
#endif
	if (limit(RLIMIT_CORE, 0) != 0 || limit(RLIMIT_FSIZE, 0) != 0 || limit(RLIMIT_CPU, MOST_SECONDS) != 0 ||
	    limit(RLIMIT_NOFILE, CSOURCELINES_SLOTS + 16) != 0)
		return -1;
	return filter_calls();
}
