// SPDX-License-Identifier: Apache-2.0

extension Helper {
    /// Whether kernels let only programs under the GPL call it (`gpl_only` of `struct bpf_func_proto`).
    ///
    /// Those that are restricted for some types of programs only are not counted: `bpf_get_func_ip`.
    package var isForGPL: Bool { Self.forGPL.contains(rawValue) }

    /// Their numbers, the same from Linux 5.10 on.
    private static let forGPL: Set<Int32> = [
        // probe_read, trace_printk, perf_event_read, perf_event_output, get_stackid, get_current_task, probe_write_user
        4, 6, 22, 25, 27, 35, 36,
        // probe_read_str, perf_event_read_value, perf_prog_read_value, override_return, get_stack, fib_lookup
        45, 55, 56, 58, 67, 69,
        // rc_repeat, rc_keydown, rc_pointer_rel, tcp_check_syncookie, tcp_gen_syncookie, skb_output
        77, 78, 92, 100, 110, 111,
        // probe_read_user, probe_read_kernel, probe_read_user_str, probe_read_kernel_str, read_branch_records, xdp_output
        112, 113, 114, 115, 119, 121,
        // seq_printf, seq_write, seq_printf_btf, get_current_task_btf, check_mtu, snprintf
        126, 127, 150, 158, 163, 165,
        // timer_init, timer_set_callback, timer_start, timer_cancel, task_pt_regs, get_branch_snapshot, trace_vprintk
        169, 170, 171, 172, 175, 176, 177,
        // copy_from_user_task, tcp_raw_gen_syncookie_ipv4 and _ipv6, tcp_raw_check_syncookie_ipv4 and _ipv6
        191, 204, 205, 206, 207,
    ]
}
