// SPDX-License-Identifier: Apache-2.0
// Counts without using what the additions give back: clang makes atomic_fetch_add of that from -mcpu=v3 on.
long calls;
int small;

__attribute__((section("tracepoint/syscalls/sys_enter_getpgid"), used)) int counts(void *ctx)
{
	__sync_fetch_and_add(&calls, 1);
	__sync_fetch_and_add(&small, 3);
	return 0;
}

char _license[] __attribute__((section("license"), used)) = "GPL";
