/* SPDX-License-Identifier: Apache-2.0 */
/* Programs on many functions, each to be asked for by its name; each counts its runs. */
#define SEC(name) __attribute__((section(name), used))
#define COUNTS(program, section)                                                                                       \
	unsigned long long program##_runs;                                                                             \
	SEC(section) int program(void *context)                                                                        \
	{                                                                                                              \
		__sync_fetch_and_add(&program##_runs, 1);                                                              \
		return 0;                                                                                              \
	}

COUNTS(multi, "?kprobe.multi/vfs_re*")
COUNTS(multi_return, "?kretprobe.multi/vfs_read,vfs_readv")
COUNTS(session, "?kprobe.session/vfs_re*")
COUNTS(plain, "?kprobe/vfs_re*")
COUNTS(bare, "?kprobe")
COUNTS(typed, "?fentry.multi/vfs_re*")
COUNTS(typed_return, "?fexit.multi/vfs_re*")
COUNTS(typed_session, "?fsession.multi/vfs_re*")

char _license[] SEC("license") = "GPL";
