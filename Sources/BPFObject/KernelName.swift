// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// The first kernels of what objects ask for by its name: functions of the kernel, and iterators.
package enum KernelName {
    /// The first kernel with a function for programs (kfunc); nil if none is known.
    package static func function(_ name: String) -> KernelRelease? { release(of: name, functions) }

    /// The first kernel with an iterator, by its name in a section: the `ksym` of `iter/ksym`.
    package static func iterator(_ name: String) -> KernelRelease? { release(of: name, iterators) }

    /// Iterators of any kernel that have a name like this one.
    package static func iterators(near name: String) -> [String] {
        EditDistance.names(near: name, among: iterators.flatMap { $0.names.split(separator: " ").map { String($0) } })
    }

    /// The module that has a function for programs, where kernels of distributions have one; nil is the kernel itself.
    package static func module(ofFunction name: String) -> String? {
        modules.first { name.contains($0.part) }?.module
    }

    private static let modules = [
        (part: "_ct_", module: "nf_conntrack"), (part: "_xfrm_", module: "xfrm_interface"),
        (part: "_fou_", module: "fou"),
    ]

    private typealias Release = (major: UInt32, minor: UInt32, names: String)

    private static func release(of name: String, _ table: [Release]) -> KernelRelease? {
        // A `*` at the end of a name stands for all that begin so.
        let found =
            table.first { row in
                row.names.split(separator: " ").contains { $0 == name }
            }
            ?? table.first { row in
                row.names.split(separator: " ").contains { $0.last == "*" && name.hasPrefix($0.dropLast()) }
            }
        return found.map { KernelRelease($0.major, $0.minor) }
    }

    private static let iterators: [Release] = [
        (5, 8, "bpf_map task task_file netlink ipv6_route"), (5, 9, "tcp udp bpf_map_elem bpf_sk_storage_map bpf_prog"),
        (5, 10, "sockmap"), (5, 12, "task_vma"), (5, 15, "unix"), (5, 19, "bpf_link"), (6, 0, "ksym"), (6, 1, "cgroup"),
        (6, 13, "kmem_cache"), (6, 16, "dmabuf"),
    ]

    private static let functions: [Release] = [
        (5, 18, "bpf_xdp_ct_lookup bpf_skb_ct_lookup bpf_ct_release"),
        (
            6, 0,
            "bpf_xdp_ct_alloc bpf_skb_ct_alloc bpf_ct_insert_entry bpf_ct_set_timeout bpf_ct_change_timeout "
                + "bpf_ct_set_status bpf_ct_change_status"
        ),
        (
            6, 1,
            "bpf_ct_set_nat_info bpf_lookup_user_key bpf_lookup_system_key bpf_key_put bpf_verify_pkcs7_signature "
                + "crash_kexec cgroup_rstat_updated cgroup_rstat_flush"
        ),
        (
            6, 2,
            "bpf_obj_new_impl bpf_obj_drop_impl bpf_list_push_front_impl bpf_list_push_back_impl bpf_list_pop_front "
                + "bpf_list_pop_back bpf_task_acquire bpf_task_release bpf_task_from_pid bpf_cgroup_acquire "
                + "bpf_cgroup_release bpf_cgroup_ancestor bpf_rcu_read_lock bpf_rcu_read_unlock bpf_cast_to_kern_ctx "
                + "bpf_rdonly_cast bpf_skb_get_xfrm_info bpf_skb_set_xfrm_info"
        ),
        (
            6, 3,
            "bpf_cpumask_* bpf_rbtree_add_impl bpf_rbtree_first bpf_rbtree_remove hid_bpf_* "
                + "bpf_xdp_metadata_rx_timestamp bpf_xdp_metadata_rx_hash"
        ),
        (
            6, 4,
            "bpf_iter_num_new bpf_iter_num_next bpf_iter_num_destroy bpf_dynptr_from_skb bpf_dynptr_from_xdp "
                + "bpf_dynptr_slice bpf_dynptr_slice_rdwr bpf_refcount_acquire_impl bpf_cgroup_from_id "
                + "bpf_skb_set_fou_encap bpf_skb_get_fou_encap"
        ),
        (
            6, 5,
            "bpf_dynptr_adjust bpf_dynptr_is_null bpf_dynptr_is_rdonly bpf_dynptr_size bpf_dynptr_clone "
                + "bpf_task_under_cgroup bpf_sock_destroy bpf_cpumask_any_distribute bpf_cpumask_any_and_distribute "
                + "bpf_cpumask_first_and"
        ),
        (6, 6, "bpf_map_sum_elem_count"),
        (
            6, 7,
            "bpf_throw bpf_percpu_obj_new_impl bpf_percpu_obj_drop_impl bpf_iter_task_* bpf_iter_css_* "
                + "bpf_sock_addr_set_sun_path"
        ),
        (
            6, 8,
            "bpf_get_file_xattr bpf_get_fsverity_digest bpf_task_get_cgroup1 bpf_xdp_get_xfrm_state "
                + "bpf_xdp_xfrm_state_release bpf_xdp_metadata_rx_vlan_tag bpf_cpumask_weight"
        ),
        (6, 9, "bpf_arena_alloc_pages bpf_arena_free_pages bpf_sk_assign_tcp_reqsk"),
        (
            6, 10,
            "bpf_wq_* bpf_preempt_disable bpf_preempt_enable bpf_crypto_* bpf_session_is_return bpf_session_cookie"
        ),
        (6, 11, "bpf_iter_bits_*"),
        (
            6, 12,
            "bpf_get_dentry_xattr bpf_get_task_exe_file bpf_put_file bpf_path_d_path bpf_copy_from_user_str scx_bpf_*"
        ),
        (6, 13, "bpf_send_signal_task bpf_get_kmem_cache bpf_iter_kmem_cache_* bpf_task_from_vpid"),
        (6, 14, "bpf_local_irq_save bpf_local_irq_restore"),
        (
            6, 15,
            "bpf_copy_from_user_task_str bpf_res_spin_* bpf_set_dentry_xattr bpf_remove_dentry_xattr"
        ),
        (
            6, 16,
            "bpf_rbtree_root bpf_rbtree_left bpf_rbtree_right bpf_list_front bpf_list_back bpf_dynptr_copy "
                + "bpf_probe_read_kernel_dynptr bpf_probe_read_user_dynptr bpf_probe_read_kernel_str_dynptr "
                + "bpf_probe_read_user_str_dynptr bpf_copy_from_user_dynptr bpf_iter_dmabuf_*"
        ),
        (
            6, 17,
            "bpf_strcmp bpf_strchr bpf_strchrnul bpf_strrchr bpf_strlen bpf_strnlen bpf_strspn bpf_strcspn bpf_strstr "
                + "bpf_strnstr bpf_stream_vprintk bpf_cgroup_read_xattr bpf_dynptr_memset"
        ),
        (6, 18, "bpf_strcasecmp bpf_task_work_* bpf_dynptr_from_skb_meta"),
    ]
}
