/* SPDX-License-Identifier: Apache-2.0 */
#include "ProcessStart.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static int argument_count;
static char **arguments;

int process_argument_count(void) { return argument_count; }

const char *process_argument(int index)
{
	return index >= 0 && index < argument_count ? arguments[index] : NULL;
}

/*
 * Before all constructors, those of shared libraries included: a runtime that is linked dynamically has its own there.
 * The C library does not work yet and sets environ from this array later, so nothing is called, and the array itself is
 * shortened. SWIFT_BACKTRACE would be obeyed, SWIFT_ROOT says where the helper is, SWIFT_DEBUG_* what the runtime does.
 */
static void take_variables_out(int count, char **values, char **environment)
{
	char **kept = environment;
	argument_count = count;
	arguments = values;
	for (char **variable = environment; *variable; variable++) {
		const char *name = *variable;
		if (name[0] == 'S' && name[1] == 'W' && name[2] == 'I' && name[3] == 'F' && name[4] == 'T' && name[5] == '_')
			continue;
		*kept++ = *variable;
	}
	*kept = NULL;
}

__attribute__((section(".preinit_array"), used))
static void (*const first)(int, char **, char **) = take_variables_out;

/*
 * Before the constructors of this executable, among which are those of a runtime that is linked statically. Told that
 * there is a helper, it does not look for one; told not to catch crashes, it never executes it. A runtime that is
 * linked dynamically has installed its handlers by now, with the helper of its own folder: they are taken away.
 */
__attribute__((constructor(101)))
static void switch_backtraces_off(void)
{
	static const int crashes[] = { SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP };
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t blocked;
	setenv("SWIFT_BACKTRACE", "enable=no,swift-backtrace=/dev/null", 1);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
		struct sigaction old;
		/* What the parent has ignored stays so; sanitizers install their handlers later. */
		if (sigaction(crashes[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(crashes[i], &standard, NULL);
	}
	/* A parent with threads may have blocked them, and then a process that hangs could not be ended by Ctrl-\. */
	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaddset(&blocked, crashes[i]);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}
