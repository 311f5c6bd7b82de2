/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of source of addresses in programs and libraries, by elfutils' libdw where a machine has it.
 *
 * libdw reads what the users of traced processes wrote, and who traces is root. It runs in a process of its own: this
 * executable anew, which before main gives up its user, all capabilities and all system calls but those for memory and
 * for its socket, and is handed open files. What it answers is as little to be trusted as the files are.
 */
#ifndef CSOURCELINES_H
#define CSOURCELINES_H

#include <stdint.h>
#include <sys/types.h>

/* What a process says when it starts: one byte. */
enum {
	CSOURCELINES_READY = 1,
	/* There is no libdw.so.1, or one without the functions that are needed. */
	CSOURCELINES_NO_LIBRARY = 2,
	/* The kernel does not let the process give up what it has. */
	CSOURCELINES_UNCONFINED = 3,
};

/* Files that the process has open at once. */
#define CSOURCELINES_SLOTS 64
/* Bytes of an answer. */
#define CSOURCELINES_ANSWER 8192

/* A question: a datagram, with the file if the slot has another one until now. */
struct csourcelines_question {
	uint64_t address;
	uint64_t slot;
};

/*
 * An answer: the number of functions (32 bits), the innermost first, and for each the line (32 bits, 0: unknown),
 * whether it was inlined (32 bits), the lengths of its name and of the file's, 32 bits each, and both texts.
 */

/*
 * Starts a process. Returns a socket, and the process in *child; or -1 and errno.
 */
int csourcelines_start(pid_t *child);

/* Waits for what comes next, at most so many milliseconds. Returns its bytes; 0 at the end, -1 and errno. */
ssize_t csourcelines_receive(int socket, void *bytes, size_t size, int milliseconds);

/* Asks. `file` is -1 where the process has it. Returns 0, or -1 and errno. */
int csourcelines_ask(int socket, const struct csourcelines_question *question, int file);

/* Ends a process and closes its socket. */
void csourcelines_stop(pid_t child, int socket);

#endif
