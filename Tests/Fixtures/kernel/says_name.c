/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the name of a process that changes its folder. */
#define SEC(name) __attribute__((section(name), used))

static long (*const trace_printk)(const char *format, unsigned size, ...) = (void *)6;
static long (*const get_current_comm)(void *buffer, unsigned size) = (void *)16;

SEC("ksyscall/chdir") int says_name(void *context)
{
	static const char format[] = "named %s\n";
	char name[16];
	get_current_comm(name, sizeof(name));
	trace_printk(format, sizeof(format), name);
	return 0;
}

char _license[] SEC("license") = "GPL";
