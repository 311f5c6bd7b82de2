/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * How long processes wait for file systems: reading, writing and opening regular files, and fsync(2) and fdatasync(2).
 * These two are traced as system calls: what they call is inlined in some kernels, and no function there any more.
 */
#include "tool_filters.h"

TOOL("show how long reads, writes, opens and fsyncs of files take, as a histogram for each",
     "--maps --map latency");
SETTING(u64, min_us, 0, "only operations that take this long, in microseconds");

enum {
	/* S_IFMT and S_IFREG of inode(7). */
	FILE_KINDS = 0170000,
	REGULAR_FILE = 0100000,
};

enum operation {
	READ = 1,
	WRITE = 2,
	OPEN = 3,
	FSYNC = 4,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct inode {
	unsigned short i_mode;
};

struct dentry {
	struct inode *d_inode;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct inode *f_inode;
};
#pragma clang attribute pop

struct operation_began {
	u64 time;
	u64 what;
};

STARTED(began, struct operation_began);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, enum operation);
	__type(value, struct latencies);
} latency SEC(".maps");

NOT_COUNTED;

static struct latencies zeros;

static __always_inline int enter(enum operation what)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct operation_began operation = { .time = bpf_ktime_get_ns(), .what = what };

	if (bpf_map_update_elem(&began, &thread, &operation, BPF_ANY))
		count_not_counted(1);
	return 0;
}

static __always_inline int enter_file(enum operation what, struct inode *inode)
{
	u64 thread = bpf_get_current_pid_tgid();

	if (is_wanted() && (BPF_CORE_READ(inode, i_mode) & FILE_KINDS) == REGULAR_FILE)
		return enter(what);
	/* Where the kernel missed the return of a call, that of this one would be taken for it. */
	forget(&began, &thread);
	return 0;
}

static __always_inline int leave(enum operation what)
{
	u64 thread = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
	struct operation_began *operation = bpf_map_lookup_elem(&began, &thread);
	u64 took;

	if (!operation || operation->what != what)
		return 0;
	took = now - operation->time;
	bpf_map_delete_elem(&began, &thread);
	if (took >= min_us * 1000)
		count_latency(find_or_add(&latency, &what, &zeros), took);
	return 0;
}

SEC("kprobe/vfs_read")
int BPF_KPROBE(enter_read, struct file *file)
{
	return enter_file(READ, BPF_CORE_READ(file, f_inode));
}

SEC("kretprobe/vfs_read")
int leave_read(struct pt_regs *ctx)
{
	return leave(READ);
}

SEC("kprobe/vfs_write")
int BPF_KPROBE(enter_write, struct file *file)
{
	return enter_file(WRITE, BPF_CORE_READ(file, f_inode));
}

SEC("kretprobe/vfs_write")
int leave_write(struct pt_regs *ctx)
{
	return leave(WRITE);
}

SEC("kprobe/vfs_open")
int BPF_KPROBE(enter_open, const struct path *path)
{
	return enter_file(OPEN, BPF_CORE_READ(path, dentry, d_inode));
}

SEC("kretprobe/vfs_open")
int leave_open(struct pt_regs *ctx)
{
	return leave(OPEN);
}

SEC("tp/syscalls/sys_enter_fsync")
int enter_fsync(void *ctx)
{
	return is_wanted() ? enter(FSYNC) : 0;
}

SEC("tp/syscalls/sys_exit_fsync")
int leave_fsync(void *ctx)
{
	return leave(FSYNC);
}

SEC("tp/syscalls/sys_enter_fdatasync")
int enter_fdatasync(void *ctx)
{
	return is_wanted() ? enter(FSYNC) : 0;
}

SEC("tp/syscalls/sys_exit_fdatasync")
int leave_fdatasync(void *ctx)
{
	return leave(FSYNC);
}
