/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this target share. */
#ifndef CSOURCELINES_INTERNAL_H
#define CSOURCELINES_INTERNAL_H

#include "CSourceLines.h"

#include <stddef.h>

/* The name by which an executable knows what it was started for, and its socket. */
#define CHILD_NAME "source-lines-of-stacks"
#define CHILD_SOCKET 3

/* Gives up what a reader of hostile files has no need of. Returns 0, or -1 where something is left. */
int confine_user(void);
int confine_calls(void);

/* Finds the functions of libdw. Returns 0, or -1. */
int dwarf_open_library(void);

struct dwarf_file;

/* Reads where an open file has its functions; NULL if it has no DWARF. The file stays the caller's. */
struct dwarf_file *dwarf_open(int file);
void dwarf_close(struct dwarf_file *file);

/* Writes the answer for an address. Returns its bytes. */
size_t dwarf_answer(struct dwarf_file *file, uint64_t address, unsigned char *answer, size_t size);

#endif
