/* SPDX-License-Identifier: Apache-2.0 */
/* The signals that end a tool, as far as they must be C: a handler may run between any two instructions of Swift. */
#ifndef CSIGNALS_H
#define CSIGNALS_H

#include <stdbool.h>

/*
 * Takes the signals: SIGHUP, SIGINT, SIGPIPE and SIGTERM have their default action, whatever the parent did to them;
 * SIGPIPE and SIGXFSZ that the process's own write(2) causes do nothing, so that write(2) fails with EPIPE or EFBIG.
 *
 * Returns a descriptor that is readable when csignals_take() has something, or -1 and errno.
 */
int csignals_begin(void);

/* From now on a signal is kept for csignals_take(); see SignalSource.deferEnding(). */
void csignals_defer(void);

/* Has SIGUSR1 or SIGUSR2 kept as well, from now on; it never asks for the end. */
void csignals_keep(int signal);

/* The next signal that was kept, or 0. */
int csignals_take(void);

/* Whether csignals_take() would return one: no system call. */
bool csignals_asked(void);

/* Whether a signal has come at all. */
bool csignals_ever(void);

/* Ends the process by a signal, as if it had never been taken. */
_Noreturn void csignals_die(int signal);

#endif
