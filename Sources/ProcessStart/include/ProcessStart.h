/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens before main, for programs that run as root: linking this target is enough.
 *
 * The Swift runtime catches SIGQUIT, SIGSEGV and the other signals of a crash and executes a helper, swift-backtrace.
 * A program that is linked statically looks for it beside argv[0], which for a program found by PATH is the current
 * folder, or where SWIFT_BACKTRACE or SWIFT_ROOT says. Whoever owns that folder would have a program executed as root.
 *
 * This target takes all variables SWIFT_* out of the environment before any other code of the process runs, and tells
 * the runtime to catch nothing and to look for nothing. A crash then does what the kernel does by default: core(5).
 */
#ifndef PROCESS_START_H
#define PROCESS_START_H

/* The arguments as the kernel gave them: bytes, whatever they are, and without a look at /proc/self/cmdline. */
int process_argument_count(void);
/* Argument 0 is the name of the program; NULL beyond the last one. */
const char *process_argument(int index);

#endif
