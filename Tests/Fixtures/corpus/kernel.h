/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* What the objects of the corpus use of the kernel, in place of a vmlinux.h: types whose fields are found on the kernel
 * at hand, and the numbers that libbpf's headers leave to it. */
#ifndef CORPUS_KERNEL_H
#define CORPUS_KERNEL_H
/* For bpf_tracing.h: registers have the names that the kernel gives them. */
#define __VMLINUX_H__

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
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u16 __sum16;
typedef int pid_t;
typedef unsigned long size_t;
typedef _Bool bool;
enum { false, true };

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PROG_ARRAY, BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_STACK_TRACE, BPF_MAP_TYPE_CGROUP_ARRAY,
	BPF_MAP_TYPE_LRU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_MAP_TYPE_LPM_TRIE, BPF_MAP_TYPE_ARRAY_OF_MAPS,
	BPF_MAP_TYPE_HASH_OF_MAPS, BPF_MAP_TYPE_DEVMAP, BPF_MAP_TYPE_SOCKMAP, BPF_MAP_TYPE_CPUMAP, BPF_MAP_TYPE_XSKMAP,
	BPF_MAP_TYPE_SOCKHASH, BPF_MAP_TYPE_QUEUE = 22, BPF_MAP_TYPE_STACK, BPF_MAP_TYPE_SK_STORAGE,
	BPF_MAP_TYPE_RINGBUF = 27, BPF_MAP_TYPE_INODE_STORAGE, BPF_MAP_TYPE_TASK_STORAGE, BPF_MAP_TYPE_BLOOM_FILTER,
};
enum { BPF_ANY, BPF_NOEXIST, BPF_EXIST };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_NUMA_NODE = 4 };
#define BPF_F_CURRENT_CPU 0xffffffffULL
#define BPF_F_USER_STACK (1ULL << 8)
#define CLOCK_MONOTONIC 1
#define TASK_COMM_LEN 16

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};

/* The verifier knows these by their names and holds them to their sizes. */
struct bpf_spin_lock { __u32 val; };
struct bpf_timer { __u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_perf_event_data { struct pt_regs regs; __u64 sample_period, addr; };
struct xdp_md { __u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
struct __sk_buff { __u32 len, pkt_type, mark, queue_mapping, protocol; };
struct bpf_sock_ops { __u32 op; };
struct bpf_sock_addr { __u32 user_family, user_ip4; };
struct bpf_sysctl { __u32 write, file_pos; };
struct sk_msg_md { __u64 data, data_end; };
struct bpf_iter_meta { void *seq; __u64 session_id, seq_num; };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr { const unsigned char *name; };
struct dentry { struct qstr d_name; struct dentry *d_parent; };
struct path { struct dentry *dentry; };
struct super_block;
struct inode { unsigned short i_mode; unsigned long i_ino; struct super_block *i_sb; };
struct file { struct path f_path; struct inode *f_inode; };
struct filename { const char *name; };
struct mm_struct { unsigned long arg_start, arg_end; };
struct css_set;
struct upid { int nr; };
struct pid { unsigned int level; struct upid numbers[1]; };
struct nsproxy { void *uts_ns; };
struct task_struct {
	int prio, exit_code;
	pid_t pid, tgid;
	struct task_struct *real_parent, *group_leader;
	struct mm_struct *mm;
	struct nsproxy *nsproxy;
	char comm[16];
	unsigned in_execve : 1;
	unsigned sched_reset_on_fork : 1;
	u64 start_time;
};
struct request;
struct gendisk;
struct sock_common {
	union {
		struct { __be32 skc_daddr, skc_rcv_saddr; };
	};
	union {
		struct { __be16 skc_dport; __u16 skc_num; };
	};
	short unsigned int skc_family;
	volatile unsigned char skc_state;
};
struct sock { struct sock_common __sk_common; u8 sk_protocol; };
struct sk_buff { unsigned int len; u8 pkt_type : 3; u8 cloned : 1; };
struct net_device { int ifindex; };
struct linux_binprm { const char *filename; int argc; };
struct cred { int _unused; };
struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; };

struct trace_entry { short unsigned int type; unsigned char flags, preempt_count; int pid; };
struct trace_event_raw_sched_process_exec { struct trace_entry ent; u32 __data_loc_filename; pid_t pid, old_pid; };
struct trace_event_raw_sched_process_template { struct trace_entry ent; char comm[16]; pid_t pid; int prio; };
struct trace_event_raw_sched_switch {
	struct trace_entry ent;
	char prev_comm[16];
	pid_t prev_pid;
	int prev_prio;
	long prev_state;
	char next_comm[16];
	pid_t next_pid;
	int next_prio;
};
struct trace_event_raw_sys_enter { struct trace_entry ent; long id; unsigned long args[6]; };
struct trace_event_raw_sys_exit { struct trace_entry ent; long id, ret; };

#pragma clang attribute pop

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

#ifndef NO_LICENSE
char LICENSE[] SEC("license") = "Dual BSD/GPL";
#endif

#endif
