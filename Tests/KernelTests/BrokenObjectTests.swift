// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Objects with the usual mistakes in their maps, and programs that use what is not there: what each kernel's loader says.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct BrokenObjects {
        /// Tests/Fixtures/kernel/broken_maps.c: the map, what is said, and what 5.10 says where that is something else.
        @Test(
            arguments: [
                ("no_entries", "does not say how many entries it has", nil),
                ("no_key", "write __type(key, TYPE)", nil), ("no_value", "or __type(value, TYPE)", nil),
                ("long_index", "has keys of 4 bytes, and long_index has 8", nil),
                ("too_many", "make it", nil), ("value_for_cpus", "at most 32768 bytes", nil),
                ("value_too_large", "make its keys and values smaller", nil),
                ("flags_of_hash", "leave the flag out", nil), ("flags_unknown", "flags 0x40000000", nil),
                ("prefix_short", "struct { __u32 prefixlen; __u32 address; }", nil),
                ("stacks_odd", "8 bytes for each frame", nil), ("programs_wide", "write __type(value, __u32)", nil),
                ("queue_with_key", "leave out key", nil),
                ("storage_sized", "leave out max_entries", "since 5.11"),
                ("type_unknown", "no kernel that is known here has maps of type 500", nil),
                ("ring_by_key", "the map has no keys, and bpf_map_lookup_elem() wants one", nil),
                ("of_newer", "the map has no keys, and bpf_map_lookup_elem() wants one", "since 5.16"),
                ("events_by_key", "error[verifier-map-type]", nil),
            ] as [(String, String, String?)])
        func `a map that is not right is named with what is wrong`(map: String, words: String, old: String?) throws {
            let outcome = try RunningTool(
                "load-kp-bpf", ["--load-only", "--quiet", "\(Lab.fixtures)/broken_\(map).o"]
            ).finish()
            #expect(outcome.status != 0 && outcome.status < 128, "\(outcome)")
            let expected = Lab.kernel == "5.10" ? old ?? words : words
            #expect(outcome.stderr.contains(expected), "\(expected) is said in: \(outcome)")
            let isNamed = outcome.stderr.contains(map) || outcome.stderr.contains("broken_maps.c:")
            #expect(isNamed && outcome.stderr.contains("next: "), "\(outcome)")
        }

        @Test(arguments: [
            ("member_missing", "core-missing", "`pid`"), ("structure_missing", "core-missing", "no_struct"),
            ("value_missing", "core-missing", "bpf_core_enum_value_exists()"),
            ("variable_missing", "kernel-symbol-missing", "__weak"), ("function_missing", "kfunc-missing", "__weak"),
            ("typed_missing", "kernel-variable-missing", "__weak"),
        ])
        func `what the kernel does not have is told with the line that asks for it`(
            program: String, code: String, words: String
        ) throws {
            let outcome = try RunningTool(
                "load-kp-bpf",
                ["--load-only", "--quiet", "--program", program, "\(Lab.fixtures)/broken_symbols.o"]
            ).finish()
            #expect(outcome.status != 0 && outcome.stderr.contains("error[\(code)]"), "\(outcome)")
            #expect(outcome.stderr.contains("broken_symbols.c:") && outcome.stderr.contains(words), "\(outcome)")
            let lines = outcome.stderr.split(separator: "\n")
            let caret = lines.firstIndex { $0.contains("^") } ?? 0
            #expect(caret > 0 && lines[caret - 1].contains("/* here */"), "\(outcome)")
        }

        @Test func `an option that no configuration has is named with the way round it`() throws {
            let outcome = try RunningTool(
                "load-kp-bpf",
                ["--load-only", "--quiet", "--program", "option_missing", "\(Lab.fixtures)/broken_symbols.o"]
            ).finish()
            #expect(outcome.status != 0 && outcome.stderr.contains("CONFIG_NO_SUCH_OPTION"), "\(outcome)")
            #expect(outcome.stderr.contains("__weak"), "\(outcome)")
        }
    }
}
