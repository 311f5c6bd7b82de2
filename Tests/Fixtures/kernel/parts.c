/* SPDX-License-Identifier: Apache-2.0 */
/* Programs whose targets are named where they are attached, each to be asked for by its name. */
#define SEC(name) __attribute__((section(name), used))
#define CORE __attribute__((preserve_access_index))

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
} CORE;
struct task_struct {
	int pid;
	int tgid;
} CORE;
struct kernfs_node {
	unsigned long long id;
} CORE;
struct cgroup {
	struct kernfs_node *kn;
} CORE;
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} CORE;
struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
} CORE;
struct bpf_map;
struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
} CORE;

static long (*const bpf_seq_printf)(struct seq_file *seq, const char *format, unsigned size, const void *data,
				    unsigned length) = (void *)126;

struct {
	int (*type)[2]; /* BPF_MAP_TYPE_ARRAY */
	unsigned *key;
	unsigned long long *value;
	int (*max_entries)[3];
} squares SEC(".maps");

static inline void write(struct bpf_iter_meta *meta, const char *format, unsigned size, unsigned long long number)
{
	bpf_seq_printf(meta->seq, format, size, &number, sizeof number);
}

SEC("?iter/bpf_map_elem") int elements(struct bpf_iter__bpf_map_elem *context)
{
	static const char format[] = "element %d\n";
	unsigned *key = context->key;

	if (key)
		write(context->meta, format, sizeof format, *key);
	return 0;
}

SEC("?iter/task") int tasks(struct bpf_iter__task *context)
{
	static const char format[] = "task %d\n";
	struct task_struct *task = context->task;

	if (task)
		write(context->meta, format, sizeof format, task->tgid);
	return 0;
}

SEC("?iter/cgroup") int groups(struct bpf_iter__cgroup *context)
{
	static const char format[] = "group %d\n";
	struct cgroup *cgroup = context->cgroup;

	if (cgroup)
		write(context->meta, format, sizeof format, cgroup->kn->id);
	return 0;
}

unsigned long long samples_runs;
SEC("?perf_event") int samples(void *context)
{
	__sync_fetch_and_add(&samples_runs, 1);
	return 0;
}

unsigned long long hook_runs;
SEC("?lsm_cgroup/socket_post_create") int hook(void *context)
{
	__sync_fetch_and_add(&hook_runs, 1);
	return 1;
}

/* A program that others watch, and replace a function of. */
unsigned long long replaced_runs;
__attribute__((noinline)) int answer(int number)
{
	volatile int result = number;

	return result;
}
SEC("?raw_tp/sys_enter") int watched(void *context)
{
	__sync_fetch_and_add(&replaced_runs, answer(1));
	return 0;
}
/* The kernel keeps 15 bytes of their names. */
SEC("?raw_tp/sys_enter") int watched_by_its_long_name(void *context)
{
	__sync_fetch_and_add(&replaced_runs, 1);
	return 0;
}
SEC("?raw_tp/sys_exit") int watched_by_its_other_name(void *context)
{
	__sync_fetch_and_add(&replaced_runs, 1);
	return 0;
}
unsigned long long replacement_runs;
SEC("?freplace/answer") int replacement(int number)
{
	__sync_fetch_and_add(&replacement_runs, 1);
	return 0;
}

unsigned long long watcher_runs, watcher_exits;
SEC("?fentry/answer") int watcher(void *context)
{
	__sync_fetch_and_add(&watcher_runs, 1);
	return 0;
}
SEC("?fexit/answer") int watcher_exit(void *context)
{
	__sync_fetch_and_add(&watcher_exits, 1);
	return 0;
}

unsigned long long module_runs;
SEC("?raw_tp") int raw(void *context)
{
	__sync_fetch_and_add(&module_runs, 1);
	return 0;
}
SEC("?tp") int event(void *context)
{
	__sync_fetch_and_add(&module_runs, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
