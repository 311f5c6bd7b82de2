// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BPFObject

struct KernelNeedTests {
    @Test(arguments: [
        (Instruction(code: 0xdb, immediate: 0xf1), "5.12"), (Instruction(code: 0xdb, immediate: 0xe1), "5.12"),
        (Instruction(code: 0xdb, immediate: 0x40), "5.12"), (Instruction(code: 0xdb, immediate: 0x100), "6.15"),
        (Instruction(code: 0x99), "6.6"), (Instruction(code: 0x3f, offset: 1), "6.6"),
        (Instruction(code: 0xbf, offset: 8), "6.6"), (Instruction(code: 0xbf, offset: 1, immediate: 1), "6.9"),
        (Instruction(code: 0xd7, immediate: 16), "6.6"), (Instruction(code: 0x06, immediate: 9), "6.6"),
        (Instruction(code: 0x16), "5.1"), (Instruction(code: 0xe5), "6.9"), (Instruction(code: 0x0d), "6.19"),
        (Instruction(code: 0x18, source: 4), "5.13"), (Instruction(code: 0x18, source: 3), "5.10"),
        (Instruction(code: 0x85, source: 2), "5.13"), (Instruction(code: 0x85, immediate: 181), "5.17"),
        (Instruction(code: 0x85, immediate: 211), "6.2"), (Instruction(code: 0x85, immediate: 155), "5.10"),
    ])
    func `an instruction names the kernel that brought it`(instruction: Instruction, release: String) throws {
        let need = try #require(KernelNeed(instruction))
        #expect(need.since?.description == release)
        #expect(!need.nextStep.isEmpty)
    }

    @Test(arguments: [
        Instruction(code: 0xdb), Instruction(code: 0x79), Instruction(code: 0xb7), Instruction(code: 0xdc),
        Instruction(code: 0x85, source: 1), Instruction(code: 0x95), Instruction(code: 0x18, source: 1),
        Instruction(code: 0x85, immediate: 212), Instruction(code: 0x85, immediate: -1),
    ])
    func `what kernels always had, and what is not known, needs nothing`(instruction: Instruction) {
        #expect(KernelNeed(instruction) == nil)
    }

    @Test func `a call through a register is what clang makes without -O2`() throws {
        let need = try #require(KernelNeed(Instruction(code: 0x8d)))
        #expect(need.since == nil && need.isLacking(in: KernelRelease(99, 0)) && need.nextStep.contains("-O2"))
    }

    @Test func `helpers have their names and numbers`() {
        #expect(Helper(rawValue: 1).name == "bpf_map_lookup_elem")
        #expect(Helper(rawValue: 113).name == "bpf_probe_read_kernel")
        #expect(Helper(rawValue: 181).constant == "BPF_FUNC_loop")
        #expect(Helper(rawValue: 211).name == "bpf_cgrp_storage_delete")
        #expect(Helper(rawValue: 0).name == nil && Helper(rawValue: 212).name == nil)
        #expect(Helper(rawValue: 2_002_000_000).since == nil)
    }

    @Test func `releases are in the order of time`() {
        #expect(KernelRelease(5, 9) < KernelRelease(5, 10) && KernelRelease(5, 19) < KernelRelease(6, 0))
        #expect(KernelRelease(versionCode: 0x05_0a_e9) == KernelRelease(5, 10))
    }
}
