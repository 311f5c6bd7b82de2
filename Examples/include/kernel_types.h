/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* In place of a vmlinux.h: the few types of the kernel that the examples use. Only the members that are named here are
 * looked for, and they are found wherever the running kernel has them (CO-RE); their order and the gaps do not matter.
 * `bpftool btf dump file /sys/kernel/btf/vmlinux format c` makes the whole of it. */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H
/* Tells bpf_tracing.h that struct pt_regs is the kernel's, not the one of ptrace(2). */
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u32 u32;
typedef __u64 u64;
typedef int pid_t;
typedef _Bool bool;
enum { false, true };

/* The numbers of linux/bpf.h that libbpf's headers leave to vmlinux.h. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum { BPF_ANY };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	u64 regs[31], sp, pc, pstate;
};
struct pt_regs {
	struct user_pt_regs user_regs;
};
#endif

struct filename {
	const char *name;
};

struct task_struct {
	pid_t pid, tgid;
	struct task_struct *real_parent;
	int exit_code;
};

/* What a tracepoint hands to its programs: tracing/events/sched/NAME/format. */
struct trace_entry {
	unsigned short type;
	unsigned char flags, preempt_count;
	int pid;
};
struct trace_event_raw_sched_process_exec {
	struct trace_entry ent;
	u32 __data_loc_filename;
	pid_t pid, old_pid;
};

#pragma clang attribute pop

#endif
