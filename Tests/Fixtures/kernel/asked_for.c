// SPDX-License-Identifier: Apache-2.0
// One program that every kernel refuses, in a section that says that it may be left out, and one that loads.
long address;

__attribute__((section("?kprobe/vfs_read"), used)) int refused(void *ctx)
{
	return *(int *)address;
}

__attribute__((section("kprobe/vfs_write"), used)) int loads(void *ctx)
{
	return 0;
}

char _license[] __attribute__((section("license"), used)) = "GPL";
