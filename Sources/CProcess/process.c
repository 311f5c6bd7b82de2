/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CProcess.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>

void cprocess_expect_children(void)
{
	struct sigaction action;
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	if (sigaction(SIGCHLD, NULL, &action) != 0)
		return;
	/* With a handler and SA_NOCLDWAIT the ends are lost too, but somebody in this process wants it so. */
	if (!(action.sa_flags & SA_SIGINFO) && (action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL))
		sigaction(SIGCHLD, &standard, NULL);
}

static rlim_t lower(rlim_t limit, uint64_t wanted)
{
	/* RLIM_INFINITY is the largest number. */
	return limit < wanted ? limit : (rlim_t)wanted;
}

static int limit(pid_t child, int resource, uint64_t wanted)
{
	struct rlimit limits;
	if (prlimit(child, resource, NULL, &limits) != 0)
		return -1;
	limits.rlim_cur = lower(limits.rlim_cur, wanted);
	limits.rlim_max = lower(limits.rlim_max, wanted);
	return prlimit(child, resource, &limits, NULL);
}

int cprocess_limit(pid_t child, uint64_t file, uint64_t memory, uint64_t seconds)
{
	if (limit(child, RLIMIT_FSIZE, file) != 0 || limit(child, RLIMIT_CPU, seconds) != 0)
		return -1;
	return limit(child, RLIMIT_AS, memory);
}

int cprocess_has_ended(pid_t child)
{
	/* The number stays 0 where nothing has ended. */
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
		return -1;
	return info.si_pid == child;
}
