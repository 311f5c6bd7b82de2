/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* What a loader meets seldom, and takes nevertheless. */
#define NO_LICENSE
#include "kernel.h"
char LICENSE[] SEC("license") = "GPL";

#define TP SEC("raw_tp/sched_process_exec")
#define CURRENT ((struct task_struct *)bpf_get_current_task())

#ifdef CASE_settings_of_every_type
enum level { LOW = -1, HIGH = 3 };
enum huge { HUGE = 0x100000000ULL };
typedef u64 duration_t;
const volatile s8 a = -1;
const volatile u8 b = 1;
const volatile s16 c = -2;
const volatile u16 d = 2;
const volatile s32 e = -3;
const volatile u32 f = 3;
const volatile s64 g = -4;
const volatile duration_t h = 4;
const volatile bool i = true;
const volatile char j = 'j', text[8] = "text", empty[4] = "";
const volatile float k = 0.5;
const volatile double l = 0.25;
const volatile enum level m = LOW;
const volatile enum huge n = HUGE;
const volatile int grid[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
const volatile struct { struct { u8 inner[3]; } outer; union { u32 word; u8 bytes[4]; }; u32 bits : 3, more : 29; } nested = {};
TP int prog(void *ctx)
{
	return a + b + c + d + e + f + g + h + i + j + text[1] + empty[0] + (m == HIGH) + (n == HUGE) + grid[1][2]
		+ nested.outer.inner[1] + nested.word + nested.bits;
}
#endif

#ifdef CASE_guarded_by_setting
/* Only because the setting is constant when the program is verified, what the kernel does not have is never reached. */
const volatile bool has_it = false;
struct task_struct___other { int no_such_member_at_all; } __attribute__((preserve_access_index));
TP int prog(void *ctx) { return has_it ? BPF_CORE_READ((struct task_struct___other *)CURRENT, no_such_member_at_all) : 0; }
#endif

#ifdef CASE_guarded_by_version
extern int LINUX_KERNEL_VERSION __kconfig;
struct task_struct___other { int no_such_member_at_all; } __attribute__((preserve_access_index));
TP int prog(void *ctx)
{
	if (LINUX_KERNEL_VERSION < 0x40000)
		return BPF_CORE_READ((struct task_struct___other *)CURRENT, no_such_member_at_all);
	return 0;
}
#endif

#ifdef CASE_table_of_strings
static const char names[3][8] = { "one", "two", "three" };
static volatile const char *const table[] = { "first", "second" };
u64 large[1 << 14], counter;
TP int prog(u64 *ctx)
{
	static u64 inside;

	bpf_printk("%s %d", names[(inside++ & 1) + 1], table[0] != 0);
	large[ctx[0] & 0xff]++;
	return 0;
}
#endif

#ifdef CASE_hidden_variables
__hidden u64 hidden = 3;
u64 exported __attribute__((aligned(64)));
static volatile u64 quiet;
const char message[] SEC(".rodata.messages") = "a message";
TP int prog(void *ctx)
{
	exported += hidden++ + quiet++;
	bpf_trace_printk(message, sizeof(message));
	return 0;
}
#endif

#ifdef CASE_functions_elsewhere
/* A section of its own for functions that are only called: libbpf knows only .text. */
__attribute__((section("helpers"), noinline, used)) static int elsewhere(u64 value) { return value * bpf_ktime_get_ns(); }
TP int prog(u64 *ctx) { return elsewhere(ctx[0]); }
#endif

#ifdef CASE_many_functions
#define F(n, next) static __noinline int f##n(u64 value) { return next(value + n) ^ (int)bpf_get_smp_processor_id(); }
static __noinline int f0(u64 value) { return value + bpf_get_prandom_u32(); }
F(1, f0) F(2, f1) F(3, f2) F(4, f3) F(5, f4)
__noinline int outer(u64 value) { return f5(value) + f3(value); }
TP int prog(u64 *ctx) { return outer(1) + f2(2); }
SEC("tracepoint/sched/sched_switch") int other(void *ctx) { return f1(3) + outer(4); }
SEC("kprobe/vfs_read") int third(void *ctx) { return f5(5); }
#endif

#ifdef CASE_pointer_arguments
struct state { u64 sum, calls; };
__noinline int add(struct state *state)
{
	if (!state)
		return 0;
	state->calls++;
	return state->sum += 1;
}
TP int prog(void *ctx)
{
	struct state state = {};

	add(&state);
	return add(&state);
}
#endif

#ifdef CASE_wide_values
s32 divisor = -3;
s8 narrow = -2;
u64 result;
TP int prog(u64 *ctx)
{
	s64 value = (s64)ctx[0];
	u32 swapped = __builtin_bswap32(value);

	__sync_fetch_and_add(&result, 2);
	result = (s32)value + narrow + (u64)swapped + (u64)value % 7U;
#ifdef __BPF_FEATURE_SDIV_SMOD
	result += value / divisor;
#endif
	return value == 0x123456789abcdefLL;
}
#endif

#ifdef CASE_atomics
u64 value;
TP int prog(void *ctx) { return __sync_val_compare_and_swap(&value, 1, 2) + __sync_fetch_and_or(&value, 4); }
#endif

#ifdef CASE_tags_on_types
#define tag(text) __attribute__((btf_type_tag(text)))
#define note(text) __attribute__((btf_decl_tag(text)))
struct tagged { int tag("user") *pointer; int member note("a note"); } note("on the type");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct tagged);
} tagged SEC(".maps");
u64 counted note("on the variable");
__noinline int global(u64 value note("scalar")) { return value + counted++; }
TP int prog(void *ctx)
{
	u32 key = 0;
	struct tagged *value = bpf_map_lookup_elem(&tagged, &key);

	return value ? global(value->member) : 0;
}
#endif

#ifdef CASE_storages
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} sockets SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} inodes SEC(".maps");
SEC("sockops") int prog(struct bpf_sock_ops *ctx) { return 1; }
#endif

#ifdef CASE_redirections
struct { __uint(type, BPF_MAP_TYPE_DEVMAP); __uint(max_entries, 8); __type(key, u32); __type(value, u32); } devices SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_CPUMAP); __uint(max_entries, 8); __type(key, u32); __type(value, u32); } cpus SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_XSKMAP); __uint(max_entries, 8); __type(key, u32); __type(value, u32); } xsks SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_SOCKMAP); __uint(max_entries, 8); __type(key, u32); __type(value, u32); } socks SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_SOCKHASH); __uint(max_entries, 8); __type(key, u64); __type(value, u32); } hashed SEC(".maps");
SEC("xdp") int prog(struct xdp_md *ctx) { return bpf_redirect_map(&devices, 0, 2); }
#endif

#ifdef CASE_hash_of_maps_with_slots
struct inner {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
} one SEC(".maps"), two SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [0] = &one, [3] = &two } };
TP int prog(void *ctx)
{
	u32 key = 3;
	void *inner = bpf_map_lookup_elem(&outer, &key);

	return inner && bpf_map_lookup_elem(inner, &key);
}
#endif

#ifdef CASE_defined_by_typedef
typedef struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4);
	__type(key, struct { u32 a; u32 b; });
	__type(value, u64[4]);
} table_t;
table_t first SEC(".maps"), second SEC(".maps");
TP int prog(void *ctx)
{
	u64 key = 0;

	return bpf_map_lookup_elem(&first, &key) != bpf_map_lookup_elem(&second, &key);
}
#endif

#ifdef CASE_modules
/* Of a module that is not there, or that may be. */
struct nf_conn___absent { u32 mark; } __attribute__((preserve_access_index));
struct kvm_vcpu___absent { int vcpu_id; } __attribute__((preserve_access_index));
TP int prog(void *ctx)
{
	if (bpf_core_type_exists(struct kvm_vcpu___absent))
		return bpf_core_field_exists(struct kvm_vcpu___absent, vcpu_id);
	return bpf_core_type_exists(struct nf_conn___absent) && bpf_core_field_exists(struct nf_conn___absent, mark);
}
#endif

#ifdef CASE_nested_accesses
struct list_head { struct list_head *next; } __attribute__((preserve_access_index));
struct task_struct___deep { struct list_head children; struct { int dummy; } *no_such; } __attribute__((preserve_access_index));
typedef struct { int counter; } __attribute__((preserve_access_index)) atomic_t;
struct mm_struct___deep { union { struct { atomic_t mm_users; }; }; } __attribute__((preserve_access_index));
TP int prog(void *ctx)
{
	struct task_struct___deep *task = (void *)CURRENT;
	struct mm_struct___deep *mm = (void *)BPF_CORE_READ(CURRENT, mm);
	struct list_head *next = BPF_CORE_READ(task, children.next);
	int users = 0;

	bpf_core_read(&users, sizeof(users), &mm->mm_users.counter);
	return users + (BPF_CORE_READ(next, next) == next) + bpf_core_field_offset(task->children.next)
		+ bpf_core_field_size(((struct mm_struct___deep *)0)->mm_users);
}
#endif

#ifdef CASE_builtin_preserve
TP int prog(void *ctx)
{
	struct task_struct *task = CURRENT;
	int pid;

	bpf_probe_read_kernel(&pid, sizeof(pid), __builtin_preserve_access_index(&task->pid));
	return pid;
}
#endif

#ifdef CASE_iterators
struct bpf_iter__bpf_map { struct bpf_iter_meta *meta; void *map; };
SEC("iter/bpf_map") int maps(struct bpf_iter__bpf_map *ctx) { return 0; }
SEC("iter/task_file") int files(void *ctx) { return 0; }
#endif

#ifdef CASE_writable_and_named
SEC("raw_tp.w/nbd_send_request") int writable(u64 *ctx) { return 0; }
SEC("raw_tracepoint.w/sched_switch") int writable2(u64 *ctx) { return 0; }
SEC("kprobe.multi") int many(void *ctx) { return 0; }
SEC("kretprobe.multi/vfs_*") int many_returns(void *ctx) { return 0; }
#endif

#ifdef CASE_dynamic_pointers
struct bpf_dynptr { u64 opaque[2]; } __attribute__((aligned(8)));
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} rb SEC(".maps");
TP int prog(void *ctx)
{
	struct bpf_dynptr pointer;
	u64 value = 1;

	bpf_ringbuf_reserve_dynptr(&rb, sizeof(value), 0, &pointer);
	bpf_dynptr_write(&pointer, 0, &value, sizeof(value), 0);
	bpf_ringbuf_submit_dynptr(&pointer, 0);
	return 0;
}
#endif

#ifdef CASE_formatted
TP int prog(void *ctx)
{
	char text[64];

	BPF_SNPRINTF(text, sizeof(text), "%d of %s at %llx", 5, "many", 0x1234ULL);
	return text[0];
}
#endif

#ifdef CASE_casts_by_kernel
extern void *bpf_rdonly_cast(void *object, u32 type) __ksym __weak;
TP int prog(u64 *ctx)
{
	struct task_struct *task;

	if (!bpf_rdonly_cast)
		return 0;
	task = bpf_rdonly_cast((void *)ctx[0], bpf_core_type_id_kernel(struct task_struct));
	return task->pid;
}
#endif

#ifdef CASE_no_programs
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u32);
} only_a_map SEC(".maps");
#endif
