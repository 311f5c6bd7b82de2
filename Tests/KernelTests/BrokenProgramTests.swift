// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Programs with the usual mistakes (Tests/Fixtures/kernel/broken_programs.c), as each kernel refuses them: whoever did not
/// write the program finds the line, the cause and what to change.
extension KernelTests {
    @Suite(.cell("default"))
    struct BrokenPrograms {
        struct Mistake: Sendable, CustomTestStringConvertible {
            let program: String
            let code: String
            /// What is said, in words that every kernel's message has.
            let words: [String]
            /// What older kernels say instead, which have not what the program uses; empty where it loads.
            var others: [String: String] = [:]

            var testDescription: String { program }
        }

        private static let withoutCallbacks = ["5.10": "verifier-kernel-too-old"]
        private static let withoutHelper = ["5.10": "verifier-helper-missing"]
        private static let withoutFunctions = ["5.10": "kfunc-missing", "6.1": "kfunc-missing"]

        static let mistakes: [Mistake] = [
            // Pointers that may be none.
            Mistake(
                program: "room_unchecked", code: "null-pointer",
                words: ["bpf_ringbuf_reserve() may return NULL", "if (!event) return 0;"]),
            Mistake(program: "socket_unchecked", code: "null-pointer", words: ["if (!sk) return 0;"]),
            Mistake(program: "owner_unchecked", code: "null-pointer", words: ["if (!skb->sk) return 0;"]),
            Mistake(program: "inner_map_unchecked", code: "null-pointer", words: ["if (!inner) return 0;"]),
            Mistake(program: "member_before_check", code: "null-pointer", words: ["if (!found) return 0;"]),
            Mistake(
                program: "global_unchecked", code: "null-pointer", words: ["if (!event) return 0;", "is global"],
                others: ["5.10": "verifier-pointer-argument"]),
            // What was acquired.
            Mistake(
                program: "socket_kept", code: "reference-leak",
                words: ["bpf_sk_release(sk);", "leaves from here without it"]),
            Mistake(
                program: "written_after_submit", code: "reference-not-held",
                words: ["bpf_ringbuf_submit() gives it back", "it was given back before"]),
            Mistake(
                program: "submitted_twice", code: "reference-not-held", words: ["bpf_ringbuf_submit() gives it back"]),
            Mistake(
                program: "read_after_release", code: "reference-not-held", words: ["bpf_sk_release() gives it back"]),
            Mistake(program: "other_submitted", code: "argument-type", words: ["bpf_ringbuf_output(&rb, value, "]),
            // Packets.
            Mistake(
                program: "packet_moved", code: "packet-bounds",
                words: ["bpf_xdp_adjust_head() may move the packet", "(long)ctx->data;"]),
            Mistake(program: "one_byte_more", code: "packet-bounds", words: ["data_end"]),
            Mistake(program: "length_from_packet", code: "packet-bounds", words: ["data_end"]),
            Mistake(program: "packet_written", code: "read-only", words: ["may only read packets"]),
            // Memory of the kernel and of the context.
            Mistake(
                program: "task_as_number", code: "number-as-pointer",
                words: ["bpf_get_current_task() gives a number", "bpf_probe_read_kernel(&copy, sizeof(copy), task);"]),
            Mistake(program: "task_written", code: "read-only", words: ["a structure of the kernel is written to"]),
            Mistake(program: "argument_too_many", code: "context-access", words: ["has fewer arguments"]),
            Mistake(program: "fifth_of_four", code: "context-access", words: ["has fewer arguments"]),
            Mistake(
                program: "registers_written", code: "context-access", words: ["may not be written to"],
                // The newest let programs on probes change the registers.
                others: ["newest": ""]),
            Mistake(program: "context_at_variable", code: "variable-offset", words: ["depends on a variable"]),
            Mistake(program: "constant_map_written", code: "read-only", words: ["BPF_F_RDONLY_PROG"]),
            // Sizes, indices, alignment.
            Mistake(
                program: "size_of_other", code: "map-bounds",
                words: ["bpf_probe_read_kernel() would use more bytes", "64 bytes, and 8 are there"]),
            Mistake(program: "size_negative", code: "size-range", words: ["may be negative", "size < 0"]),
            Mistake(program: "size_zero", code: "zero-size", words: ["if (length == 0) return 0;"]),
            Mistake(program: "stack_at_variable", code: "variable-offset", words: ["bound the index"]),
            Mistake(program: "stack_too_large", code: "stack-size", words: ["more than 512 bytes"]),
            Mistake(program: "not_aligned", code: "misaligned", words: ["multiple of its size"]),
            Mistake(
                program: "key_unset", code: "stack-unset", words: ["__builtin_memset(&key, 0, sizeof(key));"],
                // Later kernels let programs with CAP_PERFMON hand over what they have not written.
                others: ["6.1": "", "6.12": "", "newest": ""]),
            // Locks, dynptrs, callbacks.
            Mistake(program: "lock_kept", code: "lock", words: ["the lock is still held here", "bpf_spin_unlock("]),
            Mistake(program: "call_in_lock", code: "lock", words: ["called while a lock is held"]),
            Mistake(program: "lock_read", code: "special-field", words: ["as if it were data"]),
            Mistake(
                program: "lock_in_kprobe", code: "special-field",
                words: ["__sync_fetch_and_add", "has a struct bpf_spin_lock in its values"]),
            Mistake(
                program: "callback_returns", code: "callback", words: ["the callback returns what it must not"],
                others: withoutCallbacks),
            Mistake(program: "dynptr_unmade", code: "dynptr", words: ["before it was made"], others: withoutHelper),
            Mistake(
                program: "dynptr_kept", code: "reference-leak", words: ["bpf_ringbuf_discard_dynptr(&room, 0);"],
                others: withoutHelper),
            // Calls.
            Mistake(program: "helper_of_others", code: "helper-missing", words: ["for kprobe programs"]),
            Mistake(program: "helper_that_sleeps", code: "sleeping", words: ["fentry.s", "may sleep"]),
            Mistake(program: "path_in_wrong_function", code: "helper-missing", words: ["security_file_open"]),
            Mistake(program: "helper_unknown", code: "helper-missing", words: ["9999 is not a known helper"]),
            Mistake(
                program: "helper_of_newer", code: "kernel-too-old", words: ["5.13"],
                others: ["6.1": "", "6.12": "", "newest": ""]),
            Mistake(program: "tail_call_to_no_program", code: "tail-call", words: ["BPF_MAP_TYPE_PROG_ARRAY"]),
            Mistake(program: "events_to_hash", code: "map-type", words: ["bpf-helpers(7)"]),
            Mistake(
                program: "format_of_stack", code: "argument-type", words: ["static const char format[]"],
                others: withoutHelper),
            Mistake(
                program: "map_not_a_map", code: "argument-type",
                words: ["argument 1 of bpf_map_lookup_elem() is the context", "&map"]),
            Mistake(
                program: "key_not_a_pointer", code: "argument-type",
                words: ["argument 2 of bpf_map_lookup_elem() is a number", "&key"]),
            // Functions of the kernel.
            Mistake(
                program: "iterator_unmade", code: "iterator", words: ["before it was made"], others: withoutFunctions),
            Mistake(
                program: "iterator_kept", code: "reference-leak", words: ["bpf_iter_num_destroy(&numbers);"],
                others: withoutFunctions),
            Mistake(
                program: "rcu_kept", code: "lock", words: ["bpf_rcu_read_unlock() is missing"],
                others: withoutFunctions),
            Mistake(
                program: "task_kept", code: "reference-leak", words: ["bpf_task_release(task);"],
                others: withoutFunctions),
            Mistake(
                program: "task_not_held", code: "reference-not-held", words: ["not given back since"],
                others: withoutFunctions),
            Mistake(
                program: "function_of_xdp", code: "kfunc-refused", words: ["may not be called here"],
                others: withoutFunctions),
            // Loops, jumps and what is returned.
            Mistake(program: "combined_pointers", code: "pointer-arithmetic", words: ["as a number first"]),
            Mistake(program: "never_reached", code: "unreachable", words: ["can never be reached"]),
            Mistake(
                program: "recursion", code: "call-depth",
                words: ["recursion into a loop", "function calls_itself calls itself"]),
            Mistake(
                program: "hook_answer", code: "return-value", words: ["5 is returned"],
                others: ["5.10": "", "6.1": ""]),
            Mistake(program: "connect_answer", code: "return-value", words: ["any number is returned, and 0 to 1"]),
            Mistake(program: "iterator_answer", code: "return-value", words: ["5 is returned, and 0 to 1 may be"]),
            Mistake(program: "pointer_answer", code: "return-value", words: ["return a constant"]),
        ]

        /// Those that are about the program as a whole.
        private static let withoutLine: Set<String> = ["lock_in_kprobe"]

        @Test(arguments: Lab.quarter(of: mistakes))
        func `a stranger is told the line, the cause and what to change`(_ mistake: Mistake) throws {
            let outcome = try RunningTool(
                "load-kp-bpf",
                ["--load-only", "--quiet", "--program", mistake.program, "\(Lab.fixtures)/broken_programs.o"]
            ).finish()
            if let other = mistake.others[Lab.kernel] {
                #expect(other.isEmpty ? outcome.status == 0 : outcome.stderr.contains("error[\(other)]"), "\(outcome)")
                return
            }
            #expect(outcome.status == 70, "\(outcome)")
            let lines = outcome.stderr.split(separator: "\n")
            #expect(lines.first?.contains("error[verifier-\(mistake.code)]") == true, "\(outcome)")
            for word in mistake.words { #expect(outcome.stderr.contains(word), "\(word) is said in: \(outcome)") }
            #expect(outcome.stderr.contains("--why verifier-\(mistake.code)"), "\(outcome)")
            guard !Self.withoutLine.contains(mistake.program) else { return }
            #expect(lines.dropFirst().first?.contains("broken_programs.c:") == true, "\(outcome)")
            let caret = lines.firstIndex { $0.contains("^") } ?? 0
            #expect(caret > 0 && lines[caret - 1].contains("/* here */"), "\(outcome)")
        }
    }
}
