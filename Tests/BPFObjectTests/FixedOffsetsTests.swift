// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// A kernel of which only some types are known.
private struct LayoutKernel: AbsentKernel {
    let types: BTFNameIndex
    var functions: BTFNameIndex { BTFNameIndex(types.btf, kinds: [.function]) }
    var version: UInt32 = 0x60100
    func kernelTypes() throws(TargetTypesError) -> BTFNameIndex { types }
    func function(named name: String) throws(EnvironmentError) -> KernelObject? {
        functions.id(named: name, kind: .function).map { KernelObject(id: UInt32($0)) }
    }
    func typedef(named name: String) throws(EnvironmentError) -> KernelObject? {
        types.id(named: name, kind: .typedef).map { KernelObject(id: UInt32($0)) }
    }
}

struct FixedOffsetsTests {
    private static let head = """
        typedef unsigned char u8; typedef unsigned int u32; typedef unsigned long long u64;
        #define SEC(name) __attribute__((section(name), used))
        #define __uint(name, value) int (*name)[value]
        #define __type(name, type) typeof(type) *name
        #define RELOCATED __attribute__((preserve_access_index))
        static void *(*bpf_map_lookup_elem)(void *, const void *) = (void *)1;
        static void *(*bpf_map_lookup_percpu_elem)(void *, const void *, u32) = (void *)195;
        static long (*bpf_probe_read_kernel)(void *, u32, const void *) = (void *)113;
        static u64 (*bpf_get_current_task)(void) = (void *)35;
        static void *(*bpf_get_current_task_btf)(void) = (void *)158;
        static u64 (*bpf_get_prandom_u32)(void) = (void *)7;
        struct { __uint(type, 2); __uint(max_entries, 1); __type(key, u32); __type(value, u64); } out SEC(".maps");
        struct { __uint(type, 6); __uint(max_entries, 1); __type(key, u32); __type(value, u64); } counts SEC(".maps");
        struct pt_regs { u64 before[14]; u64 di; u64 after[6]; };
        static void keep(u64 number) {
            u32 zero = 0;
            u64 *place = bpf_map_lookup_elem(&out, &zero);
            if (place) *place = number;
        }
        char _license[] SEC("license") = "GPL";

        """
    /// What the kernel has: its own structures, and one that user space knows.
    private static let kernel = """
        struct cred { int uid; };
        struct task_struct { char before[64]; struct task_struct *real_parent; int tgid; };
        struct sk_buff { char before[96]; union { struct { int len; int data_len; }; long both; }; };
        struct sockaddr_in { short family; short port; int address; };
        int takes_packet(struct sk_buff *skb, int flags) { return skb->len; }
        int takes_task(struct task_struct *task) { return task->tgid; }
        int takes_address(struct sockaddr_in *address) { return address->port; }
        typedef void (*btf_trace_sent)(void *, struct sk_buff *);
        btf_trace_sent trace_sent;

        """

    private func doubts(_ source: String) throws -> [Diagnostic] {
        let object = try Object(
            parsing: compileBPF(source: Self.head + source, arguments: ["-g", "-Wno-everything"]), name: "read.o")
        let types = try Object(
            parsing: compileBPF(source: Self.kernel, arguments: ["-g", "-Wno-everything"]), name: "kernel.o")
        let kernel = LayoutKernel(types: BTFNameIndex(try #require(types.typeInfo.types)))
        let plan = try LoadPlan(object: object, programs: object.programs, kernel: kernel)
        let targets = try object.programs.map { ($0.name, try $0.ownTargets) }
        return ObjectDoubts(
            plan, of: object, targets: Dictionary(uniqueKeysWithValues: targets), kernel: kernel
        ).all.filter { $0.code != .mapNeverUsed }
    }

    @Test func `a task that is read at an offset of the code is told, with what this kernel has there`() throws {
        let found = try doubts(
            """
            struct task_struct { char before[40]; void *real_parent; u32 later; u32 tgid; };
            SEC("kprobe/takes_packet") int reads(struct pt_regs *ctx) {
                struct task_struct *task = (void *)bpf_get_current_task();
                u32 tgid = 0;
                bpf_probe_read_kernel(&tgid, sizeof(tgid), &task->tgid);
                void *parent = 0;
                bpf_probe_read_kernel(&parent, sizeof(parent), &task->real_parent);
                keep(tgid + (u64)parent);
                return 0;
            }
            """)
        #expect(found.map(\.code) == [.kernelOffsetFixed], "\(found)")
        let warning = try #require(found.first)
        #expect(warning.message == "program reads reads struct task_struct at a fixed offset, 52")
        #expect(warning.cause?.hasSuffix("this kernel has before there") == true, "\(warning)")
        #expect(warning.details == ["1 more read of the program with fixed offsets"])
        #expect(warning.labels.first?.text.contains("bpf_probe_read_kernel(&tgid") == true)
    }

    @Test func `what a CO-RE relocation tells is not held against a program`() throws {
        let found = try doubts(
            """
            struct task_struct { struct task_struct *real_parent; int tgid; } RELOCATED;
            SEC("kprobe/takes_packet") int reads(struct pt_regs *ctx) {
                struct task_struct *task = (void *)bpf_get_current_task();
                u32 tgid = 0;
                bpf_probe_read_kernel(&tgid, sizeof(tgid), &task->tgid);
                u64 far = __builtin_preserve_field_info(task->real_parent, 0);
                bpf_probe_read_kernel(&tgid, sizeof(tgid), (char *)task + far);
                keep(tgid);
                return 0;
            }
            SEC("tp_btf/sent") int typed(u64 *ctx) {
                struct task_struct *task = bpf_get_current_task_btf();
                keep(task->tgid);
                return 0;
            }
            """)
        #expect(found.isEmpty, "\(found)")
    }

    @Test(arguments: [
        ("kprobe/takes_packet", "ctx->di", true), ("kprobe/takes_address", "ctx->di", false),
        ("kprobe/takes_packet+4", "ctx->di", false), ("kretprobe/takes_packet", "ctx->di", false),
        ("raw_tp/sent", "*(u64 *)ctx", true), ("tp_btf/sent", "*(u64 *)ctx", true),
        ("fentry/takes_packet", "*(u64 *)ctx", true), ("fentry/takes_address", "*(u64 *)ctx", false),
        ("kprobe/takes_packet", "ctx->before[13]", false), ("kprobe/unknown", "ctx->di", false),
    ])
    func `an argument's structure is known by the kernel's types, and only the kernel's own ones count`(
        section: String, argument: String, isTold: Bool
    ) throws {
        #if arch(x86_64)
            let found = try doubts(
                """
                struct sk_buff { char before[96]; u32 len; };
                SEC("\(section)") int reads(struct pt_regs *ctx) {
                    struct sk_buff *packet = (void *)\(argument);
                    u32 length = 0;
                    bpf_probe_read_kernel(&length, sizeof(length), &packet->len);
                    keep(length);
                    return 0;
                }
                """)
            #expect(found.map(\.code) == (isTold ? [.kernelOffsetFixed] : []), "\(found)")
            if isTold { #expect(found.first?.cause?.hasSuffix("this kernel has len there") == true, "\(found)") }
        #endif
    }

    @Test func `a way that may never be taken, with another address, leaves the place alone`() throws {
        let found = try doubts(
            """
            SEC("kprobe/takes_packet") int reads(struct pt_regs *ctx) {
                char *place = (char *)bpf_get_current_task() + 52;
                if (bpf_get_prandom_u32() & 1) place = (char *)ctx->after[2];
                asm volatile("" : "+r"(place));
                u32 number = 0;
                bpf_probe_read_kernel(&number, sizeof(number), place);
                keep(number);
                return 0;
            }
            """)
        #expect(found.isEmpty, "\(found)")
    }

    // MARK: - Values of one CPU

    @Test func `an iterator that reads its own CPU's value of a map is told, and one that reads them all is not`()
        throws
    {
        let found = try doubts(
            """
            SEC("syscall") int sums(void *ctx) {
                u32 zero = 0;
                u64 *count = bpf_map_lookup_elem(&counts, &zero);
                return count ? *count : 0;
            }
            """)
        #expect(found.map(\.code) == [.cpuValueAlone], "\(found)")
        #expect(found.first?.map == "counts" && found.first?.labels.first?.text.contains("*count") == true, "\(found)")
        let whole = try doubts(
            """
            SEC("syscall") int sums(void *ctx) {
                u32 zero = 0;
                u64 sum = 0;
                for (u32 cpu = 0; cpu < 4; cpu++) {
                    u64 *count = bpf_map_lookup_percpu_elem(&counts, &zero, cpu);
                    if (count) sum += *count;
                }
                return sum;
            }
            """)
        #expect(whole.isEmpty, "\(whole)")
    }

    @Test(arguments: [
        "*count = *count + 1;", "__sync_fetch_and_add(count, 1);", "bpf_probe_read_kernel(count, 8, count);",
    ])
    func `a map that the program writes to is its own, and what happens on a CPU is no answer for the machine`(
        use: String
    ) throws {
        let body = """
            u32 zero = 0; u64 *count = bpf_map_lookup_elem(&counts, &zero); if (count) { \(use) keep(*count); } return 0;
            """
        #expect(try doubts("SEC(\"syscall\") int counts_it(void *ctx) { \(body) }").isEmpty)
        let read = body.replacing(use, with: "")
        #expect(try doubts("SEC(\"kprobe/takes_packet\") int reads(void *ctx) { \(read) }").isEmpty)
        #expect(try doubts("SEC(\"syscall\") int reads(void *ctx) { \(read) }").map(\.code) == [.cpuValueAlone])
    }
}
