/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Programs of the types that section names tell, and functions in every arrangement. */
#define NO_LICENSE
#include "kernel.h"
#ifndef CASE_no_license
char LICENSE[] SEC("license") = "GPL";
#endif

#ifdef CASE_kprobes
SEC("kprobe/do_sys_openat2") int BPF_KPROBE(enter, int directory, const char *name)
{
	char text[16];

	bpf_probe_read_user_str(text, sizeof(text), name);
	bpf_printk("open %s", text);
	return 0;
}
SEC("kretprobe/do_sys_openat2") int BPF_KRETPROBE(leave, long result) { return result < 0; }
SEC("kprobe") int nowhere(struct pt_regs *ctx) { return PT_REGS_PARM1(ctx) != 0; }
SEC("kprobe/vfs_read+0x5") int inside(void *ctx) { return 0; }
#endif

#ifdef CASE_syscalls
SEC("ksyscall/openat") int BPF_KSYSCALL(enter, int directory, const char *name) { return directory; }
SEC("kretsyscall/openat") int BPF_KRETPROBE(leave, int result) { return result; }
#endif

#ifdef CASE_tracepoints
SEC("tp/syscalls/sys_enter_openat") int enter(struct trace_event_raw_sys_enter *ctx) { return ctx->args[1] != 0; }
SEC("tracepoint/syscalls/sys_exit_openat") int leave(struct trace_event_raw_sys_exit *ctx) { return ctx->ret; }
SEC("raw_tracepoint/sys_enter") int raw(u64 *ctx) { return 0; }
SEC("raw_tp/sched_switch") int raw2(u64 *ctx) { return ctx[0] != 0; }
#endif

#ifdef CASE_tracing
SEC("fentry/vfs_read") int BPF_PROG(enter, struct file *file) { return 0; }
SEC("fexit/vfs_read") int BPF_PROG(leave, struct file *file, char *to, size_t count, s64 *place, s64 result) { return 0; }
SEC("tp_btf/sched_switch") int BPF_PROG(typed, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	return prev->pid == next->pid;
}
#endif

#ifdef CASE_perf_event
SEC("perf_event") int prog(struct bpf_perf_event_data *ctx) { return ctx->sample_period != 0; }
#endif

#ifdef CASE_lsm
SEC("lsm/file_open") int BPF_PROG(prog, struct file *file) { return 0; }
#endif

#ifdef CASE_iterator
SEC("iter/task") int prog(struct bpf_iter__task *ctx) { return 0; }
#endif

#ifdef CASE_sleepable
SEC("fentry.s/__x64_sys_getpgid") int BPF_PROG(prog, struct pt_regs *regs) { return 0; }
#endif

#ifdef CASE_kprobe_multi
SEC("kprobe.multi/vfs_*") int prog(void *ctx) { return 0; }
#endif

#ifdef CASE_uprobe
SEC("uprobe") int enter(void *ctx) { return 0; }
SEC("uretprobe//usr/bin/true:main") int leave(void *ctx) { return 0; }
#endif

#ifdef CASE_networking
SEC("xdp") int packets(struct xdp_md *ctx) { return 2; }
SEC("tc") int classify(struct __sk_buff *ctx) { return 0; }
SEC("socket") int filter(struct __sk_buff *ctx) { return 0; }
SEC("sockops") int ops(struct bpf_sock_ops *ctx) { return 1; }
SEC("sk_msg") int message(struct sk_msg_md *ctx) { return 1; }
SEC("sk_skb/stream_verdict") int verdict(struct __sk_buff *ctx) { return 1; }
SEC("flow_dissector") int dissect(struct __sk_buff *ctx) { return 0; }
SEC("lwt_xmit") int tunnel(struct __sk_buff *ctx) { return 0; }
#endif

#ifdef CASE_networking_named
/* Names of before libbpf 1.0, which refuses them. */
SEC("classifier/named") int classify(struct __sk_buff *ctx) { return 0; }
SEC("xdp_pass") int pass(struct xdp_md *ctx) { return 2; }
#endif

#ifdef CASE_cgroups
SEC("cgroup_skb/egress") int egress(struct __sk_buff *ctx) { return 1; }
SEC("cgroup/connect4") int connect(struct bpf_sock_addr *ctx) { return 1; }
SEC("cgroup/sysctl") int sysctl(struct bpf_sysctl *ctx) { return 1; }
SEC("cgroup/dev") int device(void *ctx) { return 1; }
#endif

#ifdef CASE_syscall_program
SEC("syscall") int prog(void *ctx) { return 0; }
#endif

#ifdef CASE_optional_section
SEC("raw_tp/sched_switch") int wanted(void *ctx) { return 0; }
SEC("?fentry/no_such_function_anywhere") int unwanted(void *ctx) { return 0; }
#endif

#ifdef CASE_many_to_a_section
SEC("raw_tp/sched_switch") int first(void *ctx) { return 1; }
SEC("raw_tp/sched_switch") int second(void *ctx) { return 2; }
SEC("raw_tp/sched_switch") int third(void *ctx) { return 3; }
#endif

#ifdef CASE_calls
static __noinline int leaf(int value) { return value * (int)bpf_ktime_get_ns(); }
__noinline int branch(int value) { return leaf(value) + leaf(value + 1); }
__weak int weak(int value) { return branch(value) + 1; }
__hidden __noinline int hidden(int value) { return leaf(value) - 1; }
SEC("raw_tp/sched_switch") int first(u64 *ctx) { return weak(ctx[0]) + hidden(ctx[1]); }
SEC("raw_tp/sched_wakeup") int second(u64 *ctx) { return branch(ctx[0]); }
#endif

#ifdef CASE_loop_callback
struct context { u64 sum; };
static long step(u32 index, void *data)
{
	((struct context *)data)->sum += index;
	return 0;
}
SEC("raw_tp/sched_switch") int prog(void *ctx)
{
	struct context context = {};

	bpf_loop(100, step, &context, 0);
	return context.sum;
}
#endif

#ifdef CASE_no_license
SEC("raw_tp/sched_switch") int prog(void *ctx) { return 0; }
#endif

#ifdef CASE_version_section
u32 _version SEC("version") = 0x050a00;
SEC("kprobe/vfs_read") int prog(void *ctx) { return 0; }
#endif

#ifdef CASE_only_text
int prog(void *ctx) { return 0; }
#endif

#ifdef CASE_unknown_section_beside
SEC("raw_tp/sched_switch") int known(void *ctx) { return 0; }
SEC("my own name") int unknown(void *ctx) { return 0; }
#endif

#ifdef CASE_usdt_like
struct spec { u64 cookie; short count; };
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 256);
	__type(key, int);
	__type(value, struct spec);
} specs SEC(".maps") __weak;
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256 * 4);
	__type(key, long);
	__type(value, u32);
} ip_to_spec SEC(".maps") __weak;
extern const bool LINUX_HAS_BPF_COOKIE __kconfig;
SEC("kprobe") int prog(struct pt_regs *ctx)
{
	int id = LINUX_HAS_BPF_COOKIE ? (int)bpf_get_attach_cookie(ctx) : 0;
	struct spec *spec = bpf_map_lookup_elem(&specs, &id);

	return spec ? spec->count : 0;
}
#endif
