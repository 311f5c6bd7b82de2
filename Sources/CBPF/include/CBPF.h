/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C shim: what Swift cannot call or name by itself, and no logic.
 *
 * bpf(2) attributes are declared here a struct for each command instead of the union of <linux/bpf.h>: the kernel
 * takes any prefix of that union, so each command sends just the bytes it fills, and the layouts do not depend on how
 * new the installed headers are. Offsets are checked against <linux/bpf.h> by BPFCoreTests.
 */
#ifndef CBPF_H
#define CBPF_H

/* No _GNU_SOURCE here: it would give this module other definitions of glibc's structs than Swift's own modules have. */

#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The flags of timerfd_create(2) and timerfd_settime(2) are enums of their own, which Swift does not combine. */
enum {
	CBPF_TFD_NONBLOCK_CLOEXEC = TFD_NONBLOCK | TFD_CLOEXEC,
	CBPF_TFD_TIMER_ABSTIME_CANCEL_ON_SET = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
};

/* ---- bpf(2): enum bpf_cmd --------------------------------------------------------------------------------------- */

enum {
	CBPF_MAP_CREATE = 0,
	CBPF_MAP_LOOKUP_ELEM = 1,
	CBPF_MAP_UPDATE_ELEM = 2,
	CBPF_MAP_DELETE_ELEM = 3,
	CBPF_MAP_GET_NEXT_KEY = 4,
	CBPF_PROG_LOAD = 5,
	CBPF_OBJ_PIN = 6,
	CBPF_OBJ_GET = 7,
	CBPF_PROG_TEST_RUN = 10,
	CBPF_PROG_GET_NEXT_ID = 11,
	CBPF_MAP_GET_NEXT_ID = 12,
	CBPF_PROG_GET_FD_BY_ID = 13,
	CBPF_MAP_GET_FD_BY_ID = 14,
	CBPF_OBJ_GET_INFO_BY_FD = 15,
	CBPF_BTF_LOAD = 18,
	CBPF_BTF_GET_FD_BY_ID = 19,
	CBPF_MAP_LOOKUP_AND_DELETE_ELEM = 21,
	CBPF_MAP_FREEZE = 22,
	CBPF_BTF_GET_NEXT_ID = 23,
	CBPF_MAP_LOOKUP_BATCH = 24,
	CBPF_LINK_CREATE = 28,
	CBPF_LINK_UPDATE = 29,
	CBPF_TASK_FD_QUERY = 20,
	CBPF_LINK_GET_FD_BY_ID = 30,
	CBPF_LINK_GET_NEXT_ID = 31,
	CBPF_ENABLE_STATS = 32,
	CBPF_ITER_CREATE = 33,
	CBPF_PROG_STREAM_READ_BY_FD = 37,
};

enum { CBPF_OBJ_NAME_LEN = 16, CBPF_TAG_SIZE = 8 };

/* Bytes that no field has Swift may leave as they are, and the kernel takes only zeros there. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* BPF_MAP_CREATE; the kernel of 5.10 knows it up to btf_vmlinux_value_type_id, that of 5.16 up to map_extra. */
struct cbpf_map_create_attr {
	uint32_t map_type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t map_flags;
	uint32_t inner_map_fd;
	uint32_t numa_node;
	char map_name[CBPF_OBJ_NAME_LEN];
	uint32_t map_ifindex;
	uint32_t btf_fd;
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
	uint32_t btf_vmlinux_value_type_id;
	uint64_t map_extra;
	/* with BPF_F_VTYPE_BTF_OBJ_FD (6.9) */
	int32_t value_type_btf_obj_fd;
	int32_t map_token_fd;
};

/* BPF_PROG_BIND_MAP (5.10) */
enum { CBPF_PROG_BIND_MAP = 35 };

struct cbpf_prog_bind_map_attr {
	uint32_t prog_fd;
	uint32_t map_fd;
	uint32_t flags;
};

/* BPF_MAP_*_ELEM, BPF_MAP_GET_NEXT_KEY. `value` is `next_key` for the latter. */
struct cbpf_map_elem_attr {
	uint32_t map_fd;
	uint32_t padding;
	uint64_t key;
	uint64_t value;
	uint64_t flags;
};

/* BPF_MAP_*_BATCH (5.6) */
struct cbpf_map_batch_attr {
	uint64_t in_batch;
	uint64_t out_batch;
	uint64_t keys;
	uint64_t values;
	uint32_t count;
	uint32_t map_fd;
	uint64_t elem_flags;
	uint64_t flags;
};

/* BPF_PROG_TEST_RUN up to cpu (5.10) */
struct cbpf_test_run_attr {
	uint32_t prog_fd;
	uint32_t retval;
	uint32_t data_size_in;
	uint32_t data_size_out;
	uint64_t data_in;
	uint64_t data_out;
	uint32_t repeat;
	uint32_t duration;
	uint32_t ctx_size_in;
	uint32_t ctx_size_out;
	uint64_t ctx_in;
	uint64_t ctx_out;
	uint32_t flags;
	uint32_t cpu;
};

/* BPF_PROG_STREAM_READ_BY_FD (6.17) */
struct cbpf_stream_read_attr {
	uint64_t stream_buf;
	uint32_t stream_buf_len;
	uint32_t stream_id;
	uint32_t prog_fd;
	uint32_t padding;
};

/* BPF_PROG_LOAD up to expected_attach_type. */
struct cbpf_prog_load_attr {
	uint32_t prog_type;
	uint32_t insn_cnt;
	uint64_t insns;
	uint64_t license;
	uint32_t log_level;
	uint32_t log_size;
	uint64_t log_buf;
	uint32_t kern_version;
	uint32_t prog_flags;
	char prog_name[CBPF_OBJ_NAME_LEN];
	uint32_t prog_ifindex;
	uint32_t expected_attach_type;
};

/* BPF_PROG_LOAD up to log_true_size (6.4); the kernel of 5.10 knows it up to attach_prog_fd, that of 5.14 fd_array. */
struct cbpf_prog_load_full_attr {
	struct cbpf_prog_load_attr load;
	uint32_t prog_btf_fd;
	uint32_t func_info_rec_size;
	uint64_t func_info;
	uint32_t func_info_cnt;
	uint32_t line_info_rec_size;
	uint64_t line_info;
	uint32_t line_info_cnt;
	uint32_t attach_btf_id;
	uint32_t attach_prog_fd;
	uint32_t core_relo_cnt;
	uint64_t fd_array;
	uint64_t core_relos;
	uint32_t core_relo_rec_size;
	uint32_t log_true_size;
};

/* BPF_OBJ_PIN, BPF_OBJ_GET */
struct cbpf_obj_attr {
	uint64_t pathname;
	uint32_t bpf_fd;
	uint32_t file_flags;
};

/* BPF_*_GET_NEXT_ID, BPF_*_GET_FD_BY_ID */
struct cbpf_id_attr {
	uint32_t id;
	uint32_t next_id;
	uint32_t open_flags;
};

/* BPF_OBJ_GET_INFO_BY_FD */
struct cbpf_info_attr {
	uint32_t bpf_fd;
	uint32_t info_len;
	uint64_t info;
};

/* BPF_LINK_CREATE for a perf event (5.15) */
struct cbpf_link_create_perf_attr {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t bpf_cookie;
};

/* BPF_ENABLE_STATS (5.8) */
struct cbpf_enable_stats_attr {
	uint32_t type;
};

/* struct bpf_map_info up to map_extra (5.16); a kernel fills what it knows. */
struct cbpf_map_info {
	uint32_t type;
	uint32_t id;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t map_flags;
	char name[CBPF_OBJ_NAME_LEN];
	uint32_t ifindex;
	uint32_t btf_vmlinux_value_type_id;
	uint64_t netns_dev;
	uint64_t netns_ino;
	uint32_t btf_id;
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
	uint32_t btf_vmlinux_id;
	uint64_t map_extra;
};

/* BPF_BTF_LOAD up to btf_log_true_size (6.4) */
struct cbpf_btf_load_attr {
	uint64_t btf;
	uint64_t btf_log_buf;
	uint32_t btf_size;
	uint32_t btf_log_size;
	uint32_t btf_log_level;
	uint32_t btf_log_true_size;
};

/* struct bpf_btf_info up to kernel_btf (5.11) */
struct cbpf_btf_info {
	uint64_t btf;
	uint32_t btf_size;
	uint32_t id;
	uint64_t name;
	uint32_t name_len;
	uint32_t kernel_btf;
};

/* struct bpf_prog_info up to recursion_misses (5.12) */
struct cbpf_prog_info {
	uint32_t type;
	uint32_t id;
	uint8_t tag[CBPF_TAG_SIZE];
	uint32_t jited_prog_len;
	uint32_t xlated_prog_len;
	uint64_t jited_prog_insns;
	uint64_t xlated_prog_insns;
	uint64_t load_time;
	uint32_t created_by_uid;
	uint32_t nr_map_ids;
	uint64_t map_ids;
	char name[CBPF_OBJ_NAME_LEN];
	uint32_t ifindex;
	uint32_t gpl_compatible;
	uint64_t netns_dev;
	uint64_t netns_ino;
	uint32_t nr_jited_ksyms;
	uint32_t nr_jited_func_lens;
	uint64_t jited_ksyms;
	uint64_t jited_func_lens;
	uint32_t btf_id;
	uint32_t func_info_rec_size;
	uint64_t func_info;
	uint32_t nr_func_info;
	uint32_t nr_line_info;
	uint64_t line_info;
	uint64_t jited_line_info;
	uint32_t nr_jited_line_info;
	uint32_t line_info_rec_size;
	uint32_t jited_line_info_rec_size;
	uint32_t nr_prog_tags;
	uint64_t prog_tags;
	uint64_t run_time_ns;
	uint64_t run_cnt;
	uint64_t recursion_misses;
};

/* struct bpf_link_info for a kprobe behind a perf event (6.6; missed since 6.7) */
struct cbpf_link_info_kprobe {
	uint32_t type;
	uint32_t id;
	uint32_t prog_id;
	uint32_t padding;
	uint32_t perf_event_type;
	uint32_t padding2;
	uint64_t func_name;
	uint32_t name_len;
	uint32_t offset;
	uint64_t addr;
	uint64_t missed;
	uint64_t cookie;
};

/*
 * struct bpf_link_info with the first numbers of what depends on the kind, which the kind gives their meaning:
 * tracing: attach_type; perf_event: type; xdp: ifindex; tcx, netkit, sockmap: ifindex or map id, attach_type;
 * netns: inode, attach_type; cgroup: id (64 bits), attach_type; netfilter: pf, hooknum, priority.
 */
struct cbpf_link_info {
	uint32_t type;
	uint32_t id;
	uint32_t prog_id;
	uint32_t padding;
	uint32_t number;
	uint32_t number2;
	uint32_t number3;
	uint32_t number4;
};

/* struct bpf_link_info for raw_tracepoint and iter */
struct cbpf_link_info_named {
	uint32_t type;
	uint32_t id;
	uint32_t prog_id;
	uint32_t padding;
	uint64_t name;
	uint32_t name_len;
	uint32_t padding2;
};

/* BPF_TASK_FD_QUERY (4.18) */
struct cbpf_task_fd_query_attr {
	uint32_t pid;
	uint32_t fd;
	uint32_t flags;
	uint32_t buf_len;
	uint64_t buf;
	uint32_t prog_id;
	uint32_t fd_type;
	uint64_t probe_offset;
	uint64_t probe_addr;
};

/* BPF_LINK_UPDATE (5.7) */
struct cbpf_link_update_attr {
	uint32_t link_fd;
	uint32_t new_prog_fd;
	uint32_t flags;
	uint32_t old_prog_fd;
};

/* BPF_ITER_CREATE (5.8) */
struct cbpf_iter_create_attr {
	uint32_t link_fd;
	uint32_t flags;
};

/* Attaching what is not a perf event. */
enum { CBPF_RAW_TRACEPOINT_OPEN = 17 };

/* BPF_RAW_TRACEPOINT_OPEN up to prog_fd (4.17) */
struct cbpf_raw_tracepoint_attr {
	uint64_t name;
	uint32_t prog_fd;
	uint32_t padding;
};

/* BPF_LINK_CREATE up to flags: nothing that depends on the kind of link */
struct cbpf_link_create_attr {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
};

/* BPF_LINK_CREATE for netfilter (6.4) */
struct cbpf_link_create_netfilter_attr {
	uint32_t prog_fd;
	uint32_t target;
	uint32_t attach_type;
	uint32_t flags;
	uint32_t family;
	uint32_t hook;
	int32_t priority;
	uint32_t netfilter_flags;
};

/* BPF_PROG_QUERY up to prog_cnt */
struct cbpf_prog_query_attr {
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t query_flags;
	uint32_t attach_flags;
	uint64_t prog_ids;
	uint32_t prog_cnt;
	uint32_t padding;
};

/* BPF_PROG_ATTACH, BPF_PROG_DETACH up to replace_bpf_fd */
enum { CBPF_PROG_ATTACH = 8, CBPF_PROG_DETACH = 9, CBPF_PROG_QUERY = 16 };

struct cbpf_prog_attach_attr {
	uint32_t target_fd;
	uint32_t attach_bpf_fd;
	uint32_t attach_type;
	uint32_t attach_flags;
};

/* BPF_LINK_CREATE for an iterator with parameters (5.9) */
struct cbpf_link_create_iter_attr {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t iter_info;
	uint32_t iter_info_len;
	uint32_t padding;
};

/* BPF_LINK_CREATE for kprobe_multi (5.18) and kprobe_session (6.10) */
struct cbpf_link_create_kprobe_multi_attr {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint32_t probe_flags;
	uint32_t cnt;
	uint64_t syms;
	uint64_t addrs;
	uint64_t cookies;
};

/* BPF_LINK_CREATE for tracing_multi (7.2) */
struct cbpf_link_create_tracing_multi_attr {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t ids;
	uint64_t cookies;
	uint32_t cnt;
	uint32_t padding;
};

/* struct bpf_link_info for kprobe_multi (6.6; missed since 6.7) */
struct cbpf_link_info_kprobe_multi {
	uint32_t type;
	uint32_t id;
	uint32_t prog_id;
	uint32_t padding;
	uint64_t addrs;
	uint32_t count;
	uint32_t flags;
	uint64_t missed;
};

/* BPF_LINK_CREATE for many places of one file (BPF_TRACE_UPROBE_MULTI, 6.6) */
struct cbpf_link_create_uprobes_attr {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t path;
	uint64_t offsets;
	uint64_t ref_ctr_offsets;
	uint64_t cookies;
	uint32_t cnt;
	uint32_t probe_flags;
	uint32_t pid;
	uint32_t padding;
};

/* What every command may be told besides since Linux 7.2 (struct bpf_common_attr), with BPF_COMMON_ATTRS in its number. */
struct cbpf_common_attr {
	uint64_t log_buf;
	uint32_t log_size;
	uint32_t log_level;
	uint32_t log_true_size;
	uint32_t padding;
};

enum { CBPF_COMMON_ATTRS = 1 << 16 };

static inline int cbpf_bpf_common(int command, void *attr, uint32_t size, struct cbpf_common_attr *common)
{
	return (int)syscall(__NR_bpf, command | CBPF_COMMON_ATTRS, attr, size, common, (uint32_t)sizeof *common);
}

/* bpf(2) has no wrapper in glibc. */
static inline int cbpf_bpf(int command, void *attr, uint32_t size)
{
	return (int)syscall(__NR_bpf, command, attr, size);
}

/* ---- rtnetlink(7) ----------------------------------------------------------------------------------------------- */

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

/* A socket to the kernel's routing tables, whose errors come with words and without the request. */
static inline int cbpf_route_socket(void)
{
	int one = 1, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
	return fd;
}

/* recv(2) with MSG_TRUNC, so that the return value is the whole length of the message; the flag is an enum of glibc's. */
static inline ssize_t cbpf_receive(int fd, void *buffer, size_t size) { return recv(fd, buffer, size, MSG_TRUNC); }

/* The function has the name of its struct, which Swift takes first. */
static inline struct if_nameindex *cbpf_list_devices(void) { return if_nameindex(); }

/* CGROUP2_SUPER_MAGIC */
enum { CBPF_CGROUP2_MAGIC = 0x63677270 };
/* NSFS_MAGIC */
enum { CBPF_NSFS_MAGIC = 0x6e736673 };

/* NS_GET_NSTYPE of ioctl_ns(2), Linux 4.11: whether it is CLONE_NEWNET. */
static inline bool cbpf_is_network_namespace(int fd) { return ioctl(fd, _IO(0xb7, 0x3)) == 0x40000000; }

/* LOCK_EX, LOCK_NB of flock(2), whose name is that of a struct too. */
static inline int cbpf_flock_exclusive(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

/* ---- perf_event_open(2) ----------------------------------------------------------------------------------------- */

static inline int cbpf_perf_event_open(struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags)
{
	return (int)syscall(__NR_perf_event_open, attr, pid, cpu, group, flags);
}

/* read_format bit of 6.0, newer than Debian 12's headers only in name */
enum { CBPF_PERF_FORMAT_LOST = 1U << 4 };

/* The ioctl numbers are macros over _IO(), which Swift does not import. */
static inline int cbpf_terminal_columns(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : -1;
}

static inline int cbpf_terminal_rows(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_row : -1;
}

/* Every CPU has run through a full memory barrier when it returns: MEMBARRIER_CMD_GLOBAL (4.3). */
static inline int cbpf_membarrier_global(void) { return (int)syscall(__NR_membarrier, 1, 0, 0); }

static inline int cbpf_perf_pause(int fd, int on) { return ioctl(fd, PERF_EVENT_IOC_PAUSE_OUTPUT, on); }
static inline int cbpf_perf_enable(int fd) { return ioctl(fd, PERF_EVENT_IOC_ENABLE, 0); }
static inline int cbpf_perf_disable(int fd) { return ioctl(fd, PERF_EVENT_IOC_DISABLE, 0); }
static inline int cbpf_perf_set_bpf(int fd, int program) { return ioctl(fd, PERF_EVENT_IOC_SET_BPF, program); }
static inline int cbpf_perf_set_output(int fd, int target) { return ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, target); }

/* Bit fields of perf_event_attr, set here so that Swift need not know their order. */
static inline void cbpf_perf_attr_set_watermark(struct perf_event_attr *attr, int on) { attr->watermark = on ? 1 : 0; }
static inline void cbpf_perf_attr_set_disabled(struct perf_event_attr *attr, int on) { attr->disabled = on ? 1 : 0; }
static inline void cbpf_perf_attr_set_backward(struct perf_event_attr *attr, int on) { attr->write_backward = on ? 1 : 0; }
static inline void cbpf_perf_attr_set_inherit(struct perf_event_attr *attr, int on) { attr->inherit = on ? 1 : 0; }
/* Only threads inherit the event, and not processes (Linux 5.13): bit 35 of the bits behind read_format, which older headers
 * have no name for. */
static inline void cbpf_perf_attr_set_inherit_thread(struct perf_event_attr *attr, int on)
{
	uint64_t *bits = (uint64_t *)((char *)attr + 40);

	*bits = on ? *bits | 1ULL << 35 : *bits & ~(1ULL << 35);
}
static inline void cbpf_perf_attr_set_frequency(struct perf_event_attr *attr, uint64_t hertz)
{
	attr->freq = 1;
	attr->sample_freq = hertz;
}
static inline void cbpf_perf_attr_set_clockid(struct perf_event_attr *attr, int clock)
{
	attr->use_clockid = 1;
	attr->clockid = clock;
}

/* ---- the rest: variadic functions and macros -------------------------------------------------------------------- */

/* Magic numbers of statfs(2), from <linux/magic.h>, as the type Swift sees in struct statfs. */
enum { CBPF_BPF_FS_MAGIC = 0xcafe4a11 };
enum { CBPF_TRACEFS_MAGIC = 0x74726163 };
enum { CBPF_DEBUGFS_MAGIC = 0x64626720 };
enum { CBPF_SYSFS_MAGIC = 0x62656572 };

/* MAP_FAILED is a cast, which Swift does not import. */
static inline void *cbpf_mmap_shared(int fd, size_t length, int writable, long offset)
{
	void *base = mmap(0, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset);
	return base == MAP_FAILED ? 0 : base;
}

/* An arena: at its own address if it has one. */
static inline void *cbpf_mmap_arena(int fd, size_t length, unsigned long long address)
{
	int flags = MAP_SHARED | (address ? MAP_FIXED_NOREPLACE : 0);
	void *base = mmap((void *)(unsigned long)address, length, PROT_READ | PROT_WRITE, flags, fd, 0);
	return base == MAP_FAILED ? 0 : base;
}

/* Memory of our own, with its pages. */
static inline void *cbpf_mmap_populated(size_t length)
{
	void *base = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return base == MAP_FAILED ? 0 : base;
}

static inline void *cbpf_mmap_private(int fd, size_t length)
{
	void *base = mmap(0, length, PROT_READ, MAP_PRIVATE, fd, 0);
	return base == MAP_FAILED ? 0 : base;
}

/* A file system that no path leads to (Linux 5.2); glibc has wrappers from 2.36 on. */
enum { CBPF_FSOPEN_CLOEXEC = 1, CBPF_FSCONFIG_CMD_CREATE = 6, CBPF_FSMOUNT_CLOEXEC = 1 };
enum { CBPF_MOUNT_ATTR_NOSUID = 2, CBPF_MOUNT_ATTR_NODEV = 4, CBPF_MOUNT_ATTR_NOEXEC = 8 };

static inline int cbpf_fsopen(const char *type, unsigned flags) { return (int)syscall(__NR_fsopen, type, flags); }
static inline int cbpf_fsconfig(int fs, unsigned command) { return (int)syscall(__NR_fsconfig, fs, command, 0, 0, 0); }
static inline int cbpf_fsmount(int fs, unsigned flags, unsigned attributes)
{
	return (int)syscall(__NR_fsmount, fs, flags, attributes);
}

/* O_PATH needs _GNU_SOURCE. */
enum { CBPF_O_PATH = 010000000 };

/*
 * Opens the directory of a control group by its id: struct file_handle with FILEID_KERNFS (5.5), whose 8 bytes are the id.
 * Needs CAP_DAC_READ_SEARCH. 010000000 is O_PATH. `mount` is a descriptor of any directory of that cgroup2.
 */
static inline int cbpf_open_cgroup(int mount, uint64_t id)
{
	struct { uint32_t bytes; int32_t type; uint64_t id; } handle = { sizeof id, 0xfe, id };
	return (int)syscall(__NR_open_by_handle_at, mount, &handle, 010000000 | O_DIRECTORY | O_CLOEXEC);
}

static inline int cbpf_openat(int directory, const char *path, int flags, unsigned mode)
{
	return openat(directory, path, flags, mode);
}

/* openat2(2), Linux 5.6: within a directory, and where symbolic links lead if that were the root. */
struct cbpf_open_how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

#pragma GCC diagnostic pop

static inline int cbpf_open_in_root(int directory, const char *path, uint64_t flags)
{
	struct cbpf_open_how how = {.flags = flags, .resolve = 0x10 /* RESOLVE_IN_ROOT */};

	return (int)syscall(437 /* openat2 */, directory, path, &how, sizeof how);
}

/* uprobe(2), Linux 6.18 on x86-64: 1 if the kernel has it, so that probes on nop5 need no trap. */
static inline int cbpf_has_uprobe_call(void)
{
#ifdef __x86_64__
	return syscall(336) == -1 && errno == ENXIO;
#else
	return 0;
#endif
}

/* The names of functions as C++ and Swift write them: of libstdc++ and of the Swift runtime; the result is free(3)d. */
extern char *__cxa_demangle(const char *mangled, char *buffer, size_t *length, int *status);
extern char *swift_demangle(const char *mangled, size_t length, char *buffer, size_t *size, uint32_t flags);

static inline char *cbpf_demangle_cxx(const char *name)
{
	int status = 0;

	return __cxa_demangle(name, 0, 0, &status);
}

/* Beside it in the archive of libstdc++, and not in the shared library: hands over the name piece by piece. */
extern int __gcclibcxx_demangle_callback(const char *mangled, void (*piece)(const char *, size_t, void *), void *context)
	__attribute__((weak));

struct cbpf_bounded_text {
	char *bytes;
	size_t count;
	size_t limit;
	jmp_buf end;
};

static void cbpf_add_piece(const char *piece, size_t count, void *context)
{
	struct cbpf_bounded_text *text = context;

	/* The demangler goes on whatever it is told, and has nothing to give back but its stack. */
	if (count > text->limit - text->count)
		longjmp(text->end, 1);
	memcpy(text->bytes + text->count, piece, count);
	text->count += count;
}

/* The same, with no more than so many bytes; 0 if there are more, or if there is no such function. */
static __attribute__((noinline, unused)) char *cbpf_demangle_cxx_within(const char *name, size_t limit)
{
	struct cbpf_bounded_text text = {.limit = limit};
	char *volatile bytes;

	if (!__gcclibcxx_demangle_callback || !(bytes = malloc(limit + 1)))
		return 0;
	text.bytes = bytes;
	if (setjmp(text.end) || __gcclibcxx_demangle_callback(name, cbpf_add_piece, &text) != 0) {
		free(bytes);
		return 0;
	}
	bytes[text.count] = 0;
	return bytes;
}

static inline char *cbpf_demangle_swift(const char *name, size_t length)
{
	return swift_demangle(name, length, 0, 0, 0);
}

/* liblzma's lzma_stream_buffer_decode, looked for when it is needed: 0 is LZMA_OK, -1 that there is no library. */
static inline int cbpf_xz_unpack(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size, size_t *count)
{
	int (*decode)(uint64_t *, uint32_t, const void *, const uint8_t *, size_t *, size_t, uint8_t *, size_t *, size_t);
	uint64_t memory = 256 << 20;
	size_t taken = 0;
	void *library = dlopen("liblzma.so.5", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return -1;
	*(void **)&decode = dlsym(library, "lzma_stream_buffer_decode");
	*count = 0;
	return decode ? decode(&memory, 0, 0, in, &taken, in_size, out, count, out_size) : -1;
}

/* fcntl(2) is variadic. */
static inline int cbpf_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 3); }

/* getrlimit(2) and setrlimit(2) of RLIMIT_MEMLOCK, whose name is an enumerator of a type that differs by feature macro. */
static inline int cbpf_get_memlock(struct rlimit *limit) { return getrlimit(RLIMIT_MEMLOCK, limit); }
static inline int cbpf_set_memlock(const struct rlimit *limit) { return setrlimit(RLIMIT_MEMLOCK, limit); }

static inline int cbpf_capget(struct __user_cap_header_struct *header, struct __user_cap_data_struct *data)
{
	return (int)syscall(__NR_capget, header, data);
}

static inline int cbpf_capset(struct __user_cap_header_struct *header, const struct __user_cap_data_struct *data)
{
	return (int)syscall(__NR_capset, header, data);
}

/* sched_setaffinity(2) needs _GNU_SOURCE and cpu_set_t; the kernel takes any array of words, a bit for each CPU. */
static inline int cbpf_sched_setaffinity(pid_t pid, size_t size, const unsigned long *mask)
{
	return (int)syscall(__NR_sched_setaffinity, pid, size, mask);
}

static inline int cbpf_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	return prctl(option, a, b, c, d);
}

/* "ENOENT" for 2; NULL for a number that glibc does not know (glibc 2.32). */
extern const char *strerrorname_np(int error);
static inline const char *cbpf_errno_name(int error) { return strerrorname_np(error); }

/* dev_t parts for messages */
static inline unsigned cbpf_major(dev_t device) { return major(device); }
static inline unsigned cbpf_minor(dev_t device) { return minor(device); }

/* ---- record locks and processes --------------------------------------------------------------------------------- */

/* A record lock on a whole file, fcntl(2): 0, or -1 and errno. */
static inline int cbpf_lock(int fd)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	return fcntl(fd, F_SETLK, &whole);
}

/* What keeps cbpf_lock from the lock: l_type F_UNLCK if nothing does, else the process in l_pid. */
static inline int cbpf_get_lock(int fd, struct flock *whole)
{
	*whole = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
	return fcntl(fd, F_GETLK, whole);
}

/* pidfd_open(2), Linux 5.3; pidfd_send_signal(2), Linux 5.1 */
static inline int cbpf_pidfd_open(pid_t pid) { return (int)syscall(__NR_pidfd_open, pid, 0); }
/* the same of a thread (PIDFD_THREAD), Linux 6.9 */
static inline int cbpf_pidfd_open_thread(pid_t tid) { return (int)syscall(__NR_pidfd_open, tid, O_EXCL); }
static inline int cbpf_pidfd_send_signal(int fd, int signal)
{
	return (int)syscall(__NR_pidfd_send_signal, fd, signal, 0, 0);
}

/* ---- clocks ----------------------------------------------------------------------------------------------------- */

/* The greatest error of CLOCK_REALTIME in ns, adjtimex(2); -1 where the clock is not synchronised or nobody may ask. */
static inline int64_t cbpf_clock_error(void)
{
	struct timex now = {0};
	int state = adjtimex(&now);
	return state < 0 || state == TIME_ERROR || now.status & STA_UNSYNC ? -1 : (int64_t)now.maxerror * 1000;
}

#endif
