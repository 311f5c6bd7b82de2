// SPDX-License-Identifier: Apache-2.0
// A congestion control that keeps its window and counts its calls, and structures that kernels refuse, each for one reason.

#define SEC(NAME) __attribute__((section(NAME), used))

typedef unsigned int u32;
typedef unsigned long long u64;
struct sock;

char _license[] SEC("license") = "GPL";

u64 inits, windows, losses;

SEC("struct_ops/count_init") void count_init(u64 *context) { __sync_fetch_and_add(&inits, 1); }
SEC("struct_ops/count_avoid") void count_avoid(u64 *context) { __sync_fetch_and_add(&windows, 1); }
SEC("struct_ops") u32 count_ssthresh(u64 *context) { __sync_fetch_and_add(&losses, 1); return 10; }
// A section that asks to be left alone is overruled by the structure.
SEC("?struct_ops") u32 count_undo(u64 *context) { return 10; }
SEC("struct_ops/of_no_kernel") void of_no_kernel(u64 *context) {}

// Members in an order of their own; one that no kernel has is zero.
struct tcp_congestion_ops {
	char name[16];
	void (*init)(struct sock *);
	void (*of_no_kernel)(struct sock *);
	u32 (*ssthresh)(struct sock *);
	u32 (*undo_cwnd)(struct sock *);
	void (*cong_avoid)(struct sock *, u32, u32);
	u64 zero_of_no_kernel;
	void *owner;
};

SEC(".struct_ops") struct tcp_congestion_ops counting = {
	.name = "swift_count", .init = (void *)count_init, .ssthresh = (void *)count_ssthresh,
	.undo_cwnd = (void *)count_undo, .cong_avoid = (void *)count_avoid, .of_no_kernel = (void *)of_no_kernel,
};

// The same programs under another name: registered if somebody asks for a program of its own.
SEC("struct_ops") void own_init(u64 *context) {}
SEC("?.struct_ops.link") struct tcp_congestion_ops again = {
	.name = "swift_again", .init = (void *)own_init, .ssthresh = (void *)count_ssthresh,
	.undo_cwnd = (void *)count_undo, .cong_avoid = (void *)count_avoid,
};

SEC("struct_ops") u32 lacking_undo(u64 *context) { return 10; }
SEC("?.struct_ops.link") struct tcp_congestion_ops lacking = { .name = "swift_lacks", .undo_cwnd = (void *)lacking_undo };

SEC("struct_ops") u32 other_ssthresh(u64 *context) { return 10; }
SEC("struct_ops") u32 other_undo(u64 *context) { return 10; }
SEC("struct_ops") void other_avoid(u64 *context) {}
SEC("?.struct_ops.link") struct tcp_congestion_ops taken = {
	.name = "cubic", .ssthresh = (void *)other_ssthresh, .undo_cwnd = (void *)other_undo, .cong_avoid = (void *)other_avoid,
};

struct tcp_congestion_ops___newer { char name[16]; u32 (*undo_cwnd)(struct sock *); int of_no_kernel; };
SEC("struct_ops") u32 newer_undo(u64 *context) { return 10; }
SEC("?.struct_ops.link") struct tcp_congestion_ops___newer newer = {
	.name = "swift_newer", .undo_cwnd = (void *)newer_undo, .of_no_kernel = 7,
};

struct tcp_congestion_ops___wide { char name[32]; u32 (*undo_cwnd)(struct sock *); };
SEC("struct_ops") u32 wide_undo(u64 *context) { return 10; }
SEC("?.struct_ops.link") struct tcp_congestion_ops___wide wide = { .name = "swift_wide", .undo_cwnd = (void *)wide_undo };

struct ops_of_no_kernel { u32 (*one)(struct sock *); };
SEC("struct_ops") u32 unknown_one(u64 *context) { return 10; }
SEC("?.struct_ops") struct ops_of_no_kernel unknown = { .one = (void *)unknown_one };

SEC("struct_ops") u32 of_no_structure(u64 *context) { return 10; }
