/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* The event of bootstrap.bpf.c. Its layout, without padding between members, is what Library/Sources/bootstrap reads. */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#define FILENAME_LEN 128

enum bootstrap_kind {
	BOOTSTRAP_EXEC = 0,
	BOOTSTRAP_EXIT = 1,
};

struct bootstrap_event {
	u64 duration_ns;             /* exit: since the exec; 0 if that was not seen */
	enum bootstrap_kind kind;
	s32 pid;
	s32 ppid;
	u32 exit_code;               /* exit: as wait(2) has it, signal in the low 7 bits, status above the low byte */
	char comm[TASK_COMM_LEN];    /* ends with NUL */
	char filename[FILENAME_LEN]; /* exec: ends with NUL */
};

#endif
