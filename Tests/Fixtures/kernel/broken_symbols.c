/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Programs that use what no kernel has. */
#include <linux/bpf.h>

typedef _Bool bool;
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define missing_on_purpose __attribute__((preserve_access_index))

struct task_struct {
	int pidd;
} missing_on_purpose;

struct no_struct {
	int member;
} missing_on_purpose;

enum nowhere { NOT_THERE = 5000 };

extern int CONFIG_NO_SUCH_OPTION __kconfig;
extern const void no_such_variable __ksym;
extern int no_such_function(void *task) __ksym;
extern struct task_struct typed_nowhere __ksym;

SEC("?raw_tp/sched_switch") int member_missing(__u64 *ctx)
{
	return BPF_CORE_READ((struct task_struct *)ctx[1], pidd);	/* here */
}

SEC("?raw_tp/sched_switch") int structure_missing(__u64 *ctx)
{
	return BPF_CORE_READ((struct no_struct *)ctx[1], member);	/* here */
}

SEC("?raw_tp/sched_switch") int size_missing(__u64 *ctx)
{
	return bpf_core_type_size(struct no_struct);	/* here */
}

SEC("?raw_tp/sched_switch") int value_missing(__u64 *ctx)
{
	return bpf_core_enum_value(enum nowhere, NOT_THERE);	/* here */
}

SEC("?raw_tp/sched_switch") int option_missing(__u64 *ctx)
{
	return CONFIG_NO_SUCH_OPTION;	/* here */
}

SEC("?raw_tp/sched_switch") int variable_missing(__u64 *ctx)
{
	return *(volatile long *)&no_such_variable != 0;	/* here */
}

SEC("?raw_tp/sched_switch") int function_missing(__u64 *ctx)
{
	return no_such_function(ctx);	/* here */
}

SEC("?raw_tp/sched_switch") int typed_missing(__u64 *ctx)
{
	return typed_nowhere.pidd;	/* here */
}

char LICENSE[] SEC("license") = "GPL";
