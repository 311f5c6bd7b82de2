// SPDX-License-Identifier: Apache-2.0

import TestSupport
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

    @Test(arguments: [
        (AttachType.cgroupInetIngress, nil), (.traceFentry, "5.5"), (.modifyReturn, "5.7"), (.traceIterator, "5.8"),
        (.socketLookup, "5.9"), (.socketVerdict, "5.13"), (.traceKprobeMulti, "5.18"), (.lsmCgroup, "6.0"),
        (.netfilter, "6.4"), (.tcxIngress, "6.6"), (.cgroupUnixConnect, "6.7"), (.netkitPeer, "6.7"),
        (.traceKprobeSession, "6.10"), (.traceUprobeSession, "6.13"), (.traceFsession, "7.0"),
        (.traceFsessionMulti, "7.2"), (AttachType(rawValue: 99), nil),
    ])
    func `an attach type names the kernel that brought it`(type: AttachType, since: String?) {
        #expect(type.since?.description == since)
    }

    @Test func `a program's section asks for a kernel by its type, its attach type and its flags`() throws {
        let source = """
            #include "fixture.h"
            SECTION("fsession/vfs_read") int s(void *c) { return 0; }
            SECTION("xdp.frags") int x(void *c) { return 2; }
            SECTION("uprobe.s//bin/sh:main") int u(void *c) { return 0; }
            SECTION("sk_skb/verdict") int optional(void *c) { return 1; }
            """
        let object = try Object(parsing: compileBPF(source: source), name: "f.o")
        let needs = object.programs.map { program in
            let convention = program.convention
            var flags: UInt32 = convention?.isSleepable == true ? 1 << 4 : 0
            if convention?.usesXDPFrags == true { flags |= 1 << 5 }
            return KernelNeed.all(
                of: program, type: convention?.type ?? .kprobe, attachType: convention?.expectedAttachType,
                isOptionalType: convention?.attachTypeIsOptional ?? false, flags: flags
            ).filter { $0.isLacking(in: KernelRelease(5, 10)) }
        }
        #expect(needs.map { $0.first?.since?.description } == ["7.0", "5.18", "6.0", nil])
        #expect(needs[0].first?.nextStep.contains("fentry") == true && needs[0].first?.nextStep.contains("s") == true)
    }

    @Test func `functions and iterators of the kernel are known by name`() {
        #expect(KernelName.function("bpf_iter_num_new") == KernelRelease(6, 4))
        #expect(KernelName.function("bpf_cpumask_create") == KernelRelease(6, 3))
        #expect(KernelName.function("bpf_cpumask_first_and") == KernelRelease(6, 5))
        #expect(KernelName.function("bpf_strcmp") == KernelRelease(6, 17))
        #expect(KernelName.function("no_such") == nil)
        #expect(KernelName.module(ofFunction: "bpf_skb_ct_lookup") == "nf_conntrack")
        #expect(KernelName.iterator("ksym") == KernelRelease(6, 0) && KernelName.iterator("bpf_mapp") == nil)
    }

    @Test func `releases are in the order of time`() {
        #expect(KernelRelease(5, 9) < KernelRelease(5, 10) && KernelRelease(5, 19) < KernelRelease(6, 0))
        #expect(KernelRelease(versionCode: 0x05_0a_e9) == KernelRelease(5, 10))
    }
}
