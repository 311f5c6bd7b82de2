/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * The few types of the kernel that these examples read, in place of a vmlinux.h of several megabytes.
 *
 * Only the names count: preserve_access_index has clang note which member of which type each access means, and the
 * loader puts in the offset that the running kernel has (CO-RE). So a struct here needs just the members that are used,
 * in any order. Include it before the headers of libbpf.
 */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;

typedef __s8 s8;
typedef __u8 u8;
typedef __s16 s16;
typedef __u16 u16;
typedef __s32 s32;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;

/* What the declarations of the helpers speak of. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;

typedef int pid_t;
typedef _Bool bool;
enum { false = 0, true = 1 };

/* Numbers of <linux/bpf.h>. */
enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

enum { BPF_F_USER_STACK = 1 << 8 };

enum {
	BPF_RB_AVAIL_DATA = 0,
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

#define TASK_COMM_LEN 16

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* The registers at a probe. This macro has libbpf's use the kernel's names for them, not those of user space. */
#define __VMLINUX_H__
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp, pc, pstate;
};

/* The kernel's begins with those of user_pt_regs; libbpf's macros read it as that. */
struct pt_regs {
	__u64 regs[31];
	__u64 sp, pc, pstate, orig_x0;
};
#else
#error "compile with -D__TARGET_ARCH_x86 or -D__TARGET_ARCH_arm64"
#endif

struct filename {
	const char *name;
};

/* Where a program's arguments are in its own memory. */
struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
};

struct task_struct {
	pid_t pid;  /* what user space calls a thread's id */
	pid_t tgid; /* what user space calls a process's id */
	int exit_code;
	struct task_struct *real_parent;
	struct mm_struct *mm;
	char comm[TASK_COMM_LEN];
};

/* What every tracepoint's record begins with. */
struct trace_entry {
	unsigned short type;
	unsigned char flags;
	unsigned char preempt_count;
	int pid;
};

struct trace_event_raw_sys_enter {
	struct trace_entry ent;
	long id;
	unsigned long args[6];
};

struct trace_event_raw_sys_exit {
	struct trace_entry ent;
	long id;
	long ret;
};

struct trace_event_raw_sched_process_exec {
	struct trace_entry ent;
	u32 __data_loc_filename; /* where its text is in the record: offset in the low half, length in the high one */
	pid_t pid;
	pid_t old_pid;
};

#pragma clang attribute pop

#endif
