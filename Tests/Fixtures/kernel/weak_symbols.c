// SPDX-License-Identifier: Apache-2.0
// Does without what a kernel has (__weak): the way without it calls a helper that there is none of, so that only a verifier
// which knows that the address of what is there is never null lets it pass.
#define SEC(name) __attribute__((section(name), used))

extern int bpf_prog_active __attribute__((weak, section(".ksyms")));
extern void *bpf_task_from_pid(int pid) __attribute__((weak, section(".ksyms")));
extern const void jiffies_64 __attribute__((weak, section(".ksyms")));
static long (*nothing)(void) = (void *)9999;

SEC("?tp_btf/sys_enter") int variable(void *ctx)
{
	return &bpf_prog_active ? 0 : nothing();
}

SEC("?tp_btf/sys_enter") int function(void *ctx)
{
	return bpf_task_from_pid ? 0 : nothing();
}

SEC("?tp_btf/sys_enter") int address(void *ctx)
{
	return &jiffies_64 ? 0 : nothing();
}

char _license[] SEC("license") = "GPL";
