// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Refusals of each kernel's own verifier (Tests/Fixtures/kernel/rejected.c): the first lines name the place and the cause.
extension KernelTests {
    @Suite(.cell("default"))
    struct Rejections {
        private func load(_ program: String, _ options: String...) throws -> Outcome {
            try RunningTool(
                "load-kp-bpf",
                ["--load-only", "--quiet", "--program", program] + options + ["\(Lab.fixtures)/rejected.o"]
            ).finish()
        }

        @Test(arguments: [
            ("null_pointer", "null-pointer", "null_pointer", "if (!found) return 0;"),
            ("null_in_function", "null-pointer", "inner", "if (!given) return 0;"),
            ("number_as_pointer", "number-as-pointer", "number_as_pointer", "bpf_probe_read_kernel"),
            ("register_unset", "register-unset", "register_unset", "on every path"),
            ("map_bounds", "map-bounds", "map_bounds", "compare the index"),
            ("unbounded_index", "unbounded-index", "unbounded_index", "compare it with the size"),
            ("size_range", "size-range", "size_range", "bound it"),
            ("stack_bounds", "stack-bounds", "stack_bounds", "sizeof(name)"),
            ("packet_bounds", "packet-bounds", "packet_bounds", "data_end"),
            ("context_access", "context-access", "context_access", "by their names"),
            ("read_only", "read-only", "read_only", "not const"),
            ("return_value", "return-value", "return_value", "constant"),
            ("argument_type", "argument-type", "argument_type", "address of a variable"),
            ("map_type", "map-type", "map_type", "bpf-helpers(7)"),
            ("pointer_arithmetic", "pointer-arithmetic", "pointer_arithmetic", "as a number first"),
            ("endless", "loop", "endless", "bound"),
        ])
        func `the first lines name file, line, function and cause, and the last ones what to do`(
            program: String, code: String, function: String, remedy: String
        ) throws {
            let outcome = try load(program)
            #expect(outcome.status == 70, "\(outcome)")
            let lines = outcome.stderr.split(separator: "\n")
            let first = lines.prefix(9).joined(separator: "\n")
            #expect(first.contains("error[verifier-\(code)]: the verifier rejected program \(program): "), "\(outcome)")
            #expect(first.contains("rejected.c:") && first.contains(" in \(function)"), "\(outcome)")
            #expect(first.contains("/* here */"), "\(outcome)")
            let marked = lines.firstIndex { $0.contains("/* here */") } ?? 0
            #expect(lines.dropFirst(marked + 1).first?.contains("^") == true, "\(outcome)")
            #expect(outcome.stderr.contains(remedy), "\(outcome)")
            #expect(outcome.stderr.contains("load-kp-bpf --why verifier-\(code)"), "\(outcome)")
            #expect(!outcome.stderr.contains("EACCES") && !outcome.stderr.contains("EINVAL"), "\(outcome)")
        }

        @Test func `padding that was never written is named where the kernel minds it`() throws {
            let outcome = try load("stack_unset")
            // Since 6.3, and in later updates of older kernels, programs with CAP_PERFMON may hand over what they have not
            // written.
            if outcome.status == 0 { return }
            #expect(outcome.status == 70 && outcome.stderr.contains("error[verifier-stack-unset]"), "\(outcome)")
            #expect(outcome.stderr.contains("/* here */"), "\(outcome)")
            #expect(outcome.stderr.contains("__builtin_memset(&value, 0, sizeof(value));"), "\(outcome)")
        }

        @Test func `what is not given back is told with the call that acquired it`() throws {
            let outcome = try load("reference_leak")
            #expect(outcome.status == 70 && outcome.stderr.contains("error[verifier-reference-leak]"), "\(outcome)")
            #expect(outcome.stderr.contains("/* there */") && outcome.stderr.contains("acquires it"), "\(outcome)")
            #expect(outcome.stderr.contains("bpf_ringbuf_discard(room, 0);"), "\(outcome)")
        }

        @Test func `a stack that is too large is told with what each function uses`() throws {
            let outcome = try load("stack_size")
            // Since 6.13 functions of programs on probes have stacks of their own.
            guard Lab.kernel != "newest" else {
                #expect(outcome.status == 0, "\(outcome)")
                return
            }
            #expect(outcome.status == 70 && outcome.stderr.contains("error[verifier-stack-size]"), "\(outcome)")
            for function in ["stack_size", "large_inner"] {
                #expect(outcome.stderr.contains("function \(function) uses 3"), "\(outcome)")
            }
        }

        @Test func `the value's source is drawn beside the refusal, and json has the same as data`() throws {
            let outcome = try load("null_pointer", "--json")
            let line = try #require(
                outcome.stderr.split(separator: "\n").last { $0.contains("\"error\"") }, "\(outcome)")
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(outcome)")
            #expect(object["code"] as? String == "verifier-null-pointer" && object["exit"] as? Int == 70)
            let labels = try #require(object["labels"] as? [[String: Any]])
            #expect(labels.map { $0["role"] as? String } == ["primary", "secondary"], "\(outcome)")
            #expect(labels.last?["message"] as? String == "bpf_map_lookup_elem() may return NULL", "\(outcome)")
            #expect((object["path"] as? [Any])?.isEmpty == false && object["write"] is String, "\(outcome)")
            #expect((object["kernel"] as? [String])?.first?.contains("invalid mem access") == true, "\(outcome)")
        }
    }
}
