/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * What a small BPF program needs, and nothing from the system's headers: with -target bpf those are hard to find.
 * The map definition is the one of tc(8), so that both loaders can share objects and pinned maps.
 */
#ifndef BPF_ELF_MAP_H
#define BPF_ELF_MAP_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

/* One map; the section "maps" is an array of these. */
struct bpf_elf_map {
	u32 type;
	u32 size_key;
	u32 size_value;
	u32 max_elem;
	u32 flags;
	u32 id;
	u32 pinning;
	u32 inner_id;
	u32 inner_idx;
};

/* pinning: where the map stays when the loader has gone. */
#define PIN_NONE 0      /* nowhere */
#define PIN_OBJECT_NS 1 /* /sys/fs/bpf/NAME */
#define PIN_GLOBAL_NS 2 /* /sys/fs/bpf/tc/globals/NAME, shared with tc */

/* The numbers of <linux/bpf.h> that the examples use. */
#define BPF_MAP_TYPE_ARRAY 2
#define BPF_MAP_TYPE_PERF_EVENT_ARRAY 4
#define BPF_PROG_LOAD 5
#define BPF_F_CURRENT_CPU 0xffffffffULL
#define BPF_FUNC_map_lookup_elem 1
#define BPF_FUNC_ktime_get_ns 5
#define BPF_FUNC_get_smp_processor_id 8
#define BPF_FUNC_perf_event_output 25

#define __section(NAME) __attribute__((section(NAME), used))

/* Declares a helper of the kernel: static u64 BPF_FUNC(ktime_get_ns, void); */
#define BPF_FUNC(NAME, ...) (*NAME)(__VA_ARGS__) = (void *)BPF_FUNC_##NAME

/* The registers at a probe: the layout that the kernel hands to the program, and where C passes arguments. */
#ifdef __TARGET_ARCH_arm64
struct pt_regs {
	u64 regs[31], sp, pc, pstate;
};
#define PT_REGS_PARM1(x) ((x)->regs[0])
#define PT_REGS_PARM2(x) ((x)->regs[1])
#define PT_REGS_PARM3(x) ((x)->regs[2])
#else /* x86-64 */
struct pt_regs {
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	u64 orig_rax, rip, cs, eflags, rsp, ss;
};
#define PT_REGS_PARM1(x) ((x)->rdi)
#define PT_REGS_PARM2(x) ((x)->rsi)
#define PT_REGS_PARM3(x) ((x)->rdx)
#endif

#endif
