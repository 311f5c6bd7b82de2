/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that print each to a text of its own (Linux 6.17). */
#define SEC(name) __attribute__((section(name), used))

extern int bpf_stream_vprintk(int stream, const char *format, const void *arguments, unsigned size)
	__attribute__((section(".ksyms"), weak));

static unsigned long long (*const get_current_pid_tgid)(void) = (void *)14;
static long long count;

SEC("tp/sched/sched_process_exec") int first(void *context)
{
	unsigned long long values[] = { get_current_pid_tgid() >> 32 };

	bpf_stream_vprintk(1, "executes %d\n", values, sizeof values);
	/* A terminal must not see the escape character, and the line ends with the next call only. */
	values[0] = 27;
	bpf_stream_vprintk(1, "%c[31mred ", values, sizeof values);
	return 0;
}

SEC("tp/sched/sched_process_exec") int second(void *context)
{
	unsigned long long values[] = { __sync_fetch_and_add(&count, 1) };

	bpf_stream_vprintk(2, "wrong %d\nand more\n", values, sizeof values);
	return 0;
}

char _license[] SEC("license") = "GPL";
