/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Global variables, constants, strings and what the kernel's configuration and symbols give. */
#include "kernel.h"

#define TP SEC("tracepoint/sched/sched_process_exec")

#ifdef CASE_all_sections
const volatile u64 threshold = 1000;
const volatile bool verbose = true;
const volatile char name[16] = "corpus";
u64 counter = 7;
u64 zeros[16];
static u32 hidden;
TP int prog(void *ctx)
{
	if (verbose && threshold > counter)
		zeros[hidden & 15] += ++counter;
	hidden++;
	return name[0];
}
#endif

#ifdef CASE_named_sections
u64 hot SEC(".data.hot") = 1;
const volatile u64 cold SEC(".rodata.cold") = 2;
u64 later SEC(".bss.later");
TP int prog(void *ctx)
{
	later = hot + cold;
	return 0;
}
#endif

#ifdef CASE_strings
struct event {
	const char *what;
	char text[32];
};
static int copy(char *to, const char *from, u32 size)
{
	return bpf_probe_read_kernel_str(to, size, from);
}
TP int prog(void *ctx)
{
	char text[32];

	copy(text, "a string of .rodata.str1.1", sizeof(text));
	bpf_printk("%s and %d", text, 42);
	return 0;
}
#endif

#ifdef CASE_printk_many
TP int prog(void *ctx)
{
	bpf_printk("one %d", 1);
	bpf_printk("five %d %d %d %d %d", 1, 2, 3, 4, 5);
	return 0;
}
#endif

#ifdef CASE_structs_and_enums
enum mode { SLOW = 1, FAST = 9 };
struct config {
	enum mode mode;
	u8 flags : 3, more : 5;
	struct { s32 low, high; } limits[4];
	double unused_but_typed;
};
const volatile struct config config = { .mode = FAST, .limits = { [2] = { -5, 5 } } };
volatile struct config state;
TP int prog(void *ctx)
{
	state.mode = config.mode;
	state.limits[1].low = config.limits[2].high;
	return 0;
}
#endif

#ifdef CASE_kconfig
extern int LINUX_KERNEL_VERSION __kconfig;
extern unsigned long CONFIG_HZ __kconfig __weak;
extern bool CONFIG_NO_SUCH_OPTION __kconfig __weak;
TP int prog(void *ctx)
{
	if (LINUX_KERNEL_VERSION < 0x50000 || CONFIG_NO_SUCH_OPTION)
		return 1;
	return CONFIG_HZ;
}
#endif

#ifdef CASE_kconfig_virtual
extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern bool LINUX_HAS_BPF_COOKIE __kconfig __weak;
TP int prog(void *ctx) { return LINUX_HAS_SYSCALL_WRAPPER + LINUX_HAS_BPF_COOKIE; }
#endif

#ifdef CASE_ksym_address
extern const void init_task __ksym;
extern const void no_such_symbol_anywhere __ksym __weak;
TP int prog(void *ctx) { return &init_task != &no_such_symbol_anywhere; }
#endif

#ifdef CASE_ksym_typed
struct rq { int cpu; } __attribute__((preserve_access_index));
extern const struct rq runqueues __ksym;
SEC("raw_tp/sched_process_exec") int prog(void *ctx)
{
	struct rq *rq = bpf_per_cpu_ptr(&runqueues, 0);

	return rq ? rq->cpu : 0;
}
#endif

#ifdef CASE_ksym_typed_weak_missing
struct nothing { int member; } __attribute__((preserve_access_index));
extern const struct nothing no_such_variable __ksym __weak;
SEC("raw_tp/sched_process_exec") int prog(void *ctx)
{
	if (!&no_such_variable)
		return 0;
	return bpf_per_cpu_ptr(&no_such_variable, 0) != 0;
}
#endif

#ifdef CASE_kfunc_weak_missing
extern void no_such_kfunc(void) __ksym __weak;
SEC("raw_tp/sched_process_exec") int prog(void *ctx)
{
	if (no_such_kfunc)
		no_such_kfunc();
	return 0;
}
#endif

#ifdef CASE_kfunc
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;
SEC("tp_btf/sched_process_exec") int BPF_PROG(prog)
{
	struct task_struct *task;

	if (!bpf_task_from_pid || !bpf_task_release)
		return 0;
	task = bpf_task_from_pid(1);
	if (task)
		bpf_task_release(task);
	return 0;
}
#endif
