/* SPDX-License-Identifier: Apache-2.0 */
/* Iterators over two kinds of objects, and one that kernels before 6.0 do not have. */
#define SEC(name) __attribute__((section(name), used))
#define CORE __attribute__((preserve_access_index))

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	unsigned long long session_id;
	unsigned long long seq_num;
} CORE;
struct task_struct {
	int pid;
} CORE;
struct bpf_map {
	unsigned id;
} CORE;
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} CORE;
struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
} CORE;

static long (*bpf_seq_printf)(struct seq_file *seq, const char *format, unsigned size, const void *data, unsigned length) = (void *)126;

SEC("iter/task") int tasks(struct bpf_iter__task *context)
{
	static const char format[] = "task %d\n";
	struct task_struct *task = context->task;
	unsigned long long pid;

	if (!task)
		return 0;
	pid = task->pid;
	bpf_seq_printf(context->meta->seq, format, sizeof format, &pid, sizeof pid);
	return 0;
}

SEC("iter/bpf_map") int maps(struct bpf_iter__bpf_map *context)
{
	static const char format[] = "map %d\n";
	struct bpf_map *map = context->map;
	unsigned long long id;

	if (!map)
		return 0;
	id = map->id;
	bpf_seq_printf(context->meta->seq, format, sizeof format, &id, sizeof id);
	return 0;
}

SEC("?iter/ksym") int symbols(void *context) { return 0; }

char _license[] SEC("license") = "GPL";
