/* SPDX-License-Identifier: Apache-2.0 */
/* A program that forbids bpf(2) to everybody, its own loader included. */
#define SEC(name) __attribute__((section(name), used))

unsigned long long refused;

SEC("lsm/bpf") int no_bpf(void *context)
{
	__sync_fetch_and_add(&refused, 1);
	return -1;
}
/* One more, to be attached although the first is there. */
SEC("raw_tp/sys_enter") int calls(void *context) { return 0; }

char _license[] SEC("license") = "GPL";
