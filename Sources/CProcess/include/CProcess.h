/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that this process starts: what Swift cannot call by itself, as it needs _GNU_SOURCE. */
#ifndef CPROCESS_H
#define CPROCESS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Gives SIGCHLD its default action where the parent of this process had it ignored: the ends of children would be lost.
 * A handler stays as it is.
 */
void cprocess_expect_children(void);

/*
 * Limits the size of files that a child writes and its memory, in bytes, and its processor time, in seconds; what it starts
 * inherits all of them. A limit that is lower already stays. Returns 0, or -1 and errno.
 */
int cprocess_limit(pid_t child, uint64_t file, uint64_t memory, uint64_t seconds);

/* Whether a child has ended, whose end stays to be taken: 1, 0, or -1 and errno. */
int cprocess_has_ended(pid_t child);

#endif
