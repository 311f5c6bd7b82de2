// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// A call on the way to a refusal after which the pointer is a mere number: it gave back what the pointer leads to, or it
/// may have moved the packet.
///
/// The kernel's words are those for any number that is used as a pointer.
struct VerifierEnd: Equatable {
    enum Kind: Equatable {
        case givenBack
        case packetMoved
    }

    let kind: Kind
    /// The call.
    let instruction: Int
    /// The helper or function that is called.
    let name: String

    /// Looks for the call, if the words are of a number.
    init?(of register: Int?, under rule: VerifierRule?, _ walk: VerifierWalk) {
        guard let register, let rule, [.verifierNumberAsPointer, .verifierArgumentType].contains(rule.code),
            let origin = VerifierOrigin(ofRegister: register, in: walk.steps),
            let start = walk.steps.lastIndex(where: { $0.instruction == origin.instruction })
        else { return nil }
        let since = walk.steps[(start + 1)...].dropLast()
        switch origin.kind {
        case .call(let source) where Self.acquires(source):
            guard let (step, name) = Self.last(in: since, where: { Self.release(of: source).contains($0) }) else {
                return nil
            }
            (kind, instruction, self.name) = (.givenBack, step.instruction, name)
        case .load:
            // Only what was known as an address in the packet, and is none now: older kernels tell it anew as a number.
            guard walk.packets.contains(register),
                let (step, name) = Self.last(in: since, where: Self.packetChanges.contains)
            else { return nil }
            (kind, instruction, self.name) = (.packetMoved, step.instruction, name)
        default: return nil
        }
    }

    private static func last(
        in steps: some BidirectionalCollection<VerifierStep>, where fits: (String) -> Bool
    ) -> (step: VerifierStep, name: String)? {
        for step in steps.reversed() {
            if case .call(let name) = step.effect, fits(name) { return (step, name) }
        }
        return nil
    }

    // MARK: - Pairs

    /// Whether a call gives something that is to be given back.
    static func acquires(_ call: String) -> Bool { !release(of: call).isEmpty }

    /// The calls that give back what a call gave; empty if it gives nothing of that kind, or nothing that is known.
    static func release(of call: String) -> [String] {
        if let known = releases[call] { return known }
        // Functions of the kernel have the names of their objects: bpf_task_acquire, bpf_cpumask_create.
        for mark in ["_acquire", "_from_pid", "_from_vpid", "_from_id", "_create", "_ancestor"] {
            guard call.hasPrefix("bpf_"), let end = call.firstRange(of: mark)?.lowerBound else { continue }
            return [call[..<end] + "_release"]
        }
        return []
    }

    private static let sockets = ["bpf_sk_release"]
    private static let releases = [
        "bpf_ringbuf_reserve": ["bpf_ringbuf_discard", "bpf_ringbuf_submit"],
        "bpf_ringbuf_reserve_dynptr": ["bpf_ringbuf_discard_dynptr", "bpf_ringbuf_submit_dynptr"],
        "bpf_sk_lookup_tcp": sockets, "bpf_sk_lookup_udp": sockets, "bpf_skc_lookup_tcp": sockets,
        "bpf_obj_new_impl": ["bpf_obj_drop_impl"], "bpf_get_task_exe_file": ["bpf_put_file"],
        "bpf_iter_num_new": ["bpf_iter_num_destroy"], "bpf_lookup_user_key": ["bpf_key_put"],
        "bpf_lookup_system_key": ["bpf_key_put"],
    ]

    /// What to write to give back what a call gave, with `$value` for the variable; nil if that is not known.
    static func statement(for call: String) -> String? {
        switch call {
        case "bpf_ringbuf_reserve": "bpf_ringbuf_discard($value, 0);"
        case "bpf_ringbuf_reserve_dynptr": "bpf_ringbuf_discard_dynptr(&$value, 0);"
        case "bpf_obj_new_impl": "bpf_obj_drop($value);"
        default:
            release(of: call).first.map { "\($0)(\(isOfStack(call) ? "&" : "")$value);" }
        }
    }

    /// The number of the argument of a call that is what the call makes; nil if it returns that.
    static func made(by call: String) -> Int? {
        if call == "bpf_ringbuf_reserve_dynptr" { return 4 }
        return isOfStack(call) ? 1 : nil
    }

    private static func isOfStack(_ call: String) -> Bool { call.hasPrefix("bpf_iter_") && call.hasSuffix("_new") }

    // MARK: - Packets

    /// Helpers after which pointers into the packet are no longer valid (`bpf_helper_changes_pkt_data`).
    private static let packetChanges: Set<String> = [
        "bpf_skb_vlan_push", "bpf_skb_vlan_pop", "bpf_skb_store_bytes", "bpf_skb_change_proto", "bpf_skb_change_head",
        "bpf_skb_change_tail", "bpf_skb_pull_data", "bpf_clone_redirect", "bpf_l3_csum_replace", "bpf_l4_csum_replace",
        "bpf_skb_adjust_room", "bpf_skb_ecn_set_ce", "bpf_xdp_adjust_head", "bpf_xdp_adjust_meta",
        "bpf_xdp_adjust_tail", "bpf_msg_pull_data", "bpf_msg_push_data", "bpf_msg_pop_data", "bpf_lwt_push_encap",
        "bpf_lwt_seg6_store_bytes", "bpf_lwt_seg6_adjust_srh", "bpf_lwt_seg6_action", "bpf_store_hdr_opt",
        "bpf_reserve_hdr_opt",
    ]
}
