/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that ask for what came with newer kernels, each for one thing. */
#define SEC(name) __attribute__((section(name), used))

static long (*const loop)(unsigned, void *, void *, unsigned long) = (void *)181;
static long step(unsigned index, void *context) { return 0; }

SEC("?fsession/vfs_read") int session(void *context) { return 0; }
SEC("?lsm_cgroup/socket_post_create") int cgroup_hook(void *context) { return 1; }
SEC("?cgroup/connect_unix") int unix_socket(void *context) { return 1; }
SEC("?xdp.frags") int fragments(void *context) { return 2; }
SEC("?uprobe.s//bin/busybox:main") int sleeper(void *context) { return 0; }
SEC("?iter/ksym") int symbols(void *context) { return 0; }
SEC("?kprobe/vfs_read") int looping(void *context) { return loop(2, step, 0, 0); }

extern void *bpf_task_from_pid(int pid) SEC(".ksyms");
extern void bpf_task_release(void *task) SEC(".ksyms");
SEC("?tp_btf/sys_enter") int task(void *context)
{
	void *found = bpf_task_from_pid(1);
	if (found) bpf_task_release(found);
	return 0;
}

SEC("kprobe/vfs_read") int plain(void *context) { return 0; }

char _license[] SEC("license") = "GPL";
