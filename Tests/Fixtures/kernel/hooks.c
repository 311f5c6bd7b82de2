/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that count their runs and note when their turn was, each to be asked for by its name. */
#define SEC(name) __attribute__((section(name), used))

unsigned long long turn;

#define MARKS(program, section, result)                                                                                \
	unsigned long long program##_runs, program##_turn;                                                             \
	SEC("?" section) int program(void *context)                                                                    \
	{                                                                                                              \
		__sync_fetch_and_add(&program##_runs, 1);                                                              \
		program##_turn = ++turn;                                                                               \
		return result;                                                                                         \
	}

/* The next one decides. */
MARKS(tc_plain, "tc", -1)
MARKS(tc_behind, "tc", -1)
MARKS(tc_front, "tc", -1)
MARKS(xdp_one, "xdp", 2)
MARKS(xdp_two, "xdp", 2)
MARKS(group_plain, "cgroup/sock_create", 1)
MARKS(group_behind, "cgroup/sock_create", 1)
MARKS(group_front, "cgroup/sock_create", 1)
MARKS(group_above, "cgroup/sock_create", 1)
MARKS(packets_in, "cgroup_skb/ingress", 1)
MARKS(lookup, "sk_lookup", 1)
MARKS(binding, "lsm_cgroup/socket_bind", 1)
/* Tracepoints of a module. */
MARKS(module_event, "tracepoint/vsock/virtio_transport_alloc_pkt", 0)
MARKS(module_raw, "raw_tracepoint/virtio_transport_alloc_pkt", 0)
MARKS(module_typed, "tp_btf/virtio_transport_alloc_pkt", 0)
/* Whatever the object says of them, the target says the type. */
MARKS(unsaid, "of_no_convention", 1)

char _license[] SEC("license") = "GPL";
