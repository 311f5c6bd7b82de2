// SPDX-License-Identifier: Apache-2.0
// Reads a member that no kernel has, without asking for it first; the message should name it and this line.
struct task_struct {
	int pidd;
} __attribute__((preserve_access_index));

static void *(*const current_task)(void) = (void *)35;
static long (*const probe_read_kernel)(void *to, unsigned int size, const void *from) = (void *)113;

__attribute__((section("raw_tp/sched_process_exec"), used)) int reads_missing(void *ctx)
{
	struct task_struct *task = current_task();
	int number = 0;

	probe_read_kernel(&number, sizeof(number), &task->pidd);
	return number;
}

char _license[] __attribute__((section("license"), used)) = "GPL";
