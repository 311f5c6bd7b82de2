/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* What bootstrap.bpf.c writes into its ring buffer; Examples/bootstrap reads it. */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#define TASK_COMM_LEN 16
#define MAX_FILENAME_LEN 127

struct event {
	int pid;
	int ppid;
	unsigned int exit_code;
	unsigned long long duration_ns;
	char comm[TASK_COMM_LEN];
	char filename[MAX_FILENAME_LEN];
	bool exit_event;
};

#endif
