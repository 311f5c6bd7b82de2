// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import CBPF
import Diagnostics
import EventTypes
import Foundation
import TestSupport
import Testing

@testable import BPFCore

private let isRoot = geteuid() == 0

/// The layouts are those of `union bpf_attr` and `struct bpf_*_info` in <linux/bpf.h> of Linux 6.4.
struct AttributeLayoutTests {
    @Test func `the attributes of maps lie where the kernel reads them`() {
        #expect(MemoryLayout<cbpf_map_create_attr>.offset(of: \cbpf_map_create_attr.btf_fd) == 48)
        #expect(MemoryLayout<cbpf_map_create_attr>.offset(of: \cbpf_map_create_attr.btf_value_type_id) == 56)
        #expect(MemoryLayout<cbpf_map_create_attr>.offset(of: \cbpf_map_create_attr.map_extra) == 64)
        #expect(MemoryLayout<cbpf_map_info>.offset(of: \cbpf_map_info.btf_id) == 64)
        #expect(MemoryLayout<cbpf_map_info>.offset(of: \cbpf_map_info.map_extra) == 80)
    }

    @Test func `the attributes of programs and BTF lie where the kernel reads them`() {
        typealias Load = cbpf_prog_load_full_attr
        #expect(MemoryLayout<Load>.offset(of: \Load.prog_btf_fd) == 72)
        #expect(MemoryLayout<Load>.offset(of: \Load.func_info) == 80)
        #expect(MemoryLayout<Load>.offset(of: \Load.line_info) == 96)
        #expect(MemoryLayout<Load>.offset(of: \Load.attach_btf_id) == 108)
        #expect(MemoryLayout<Load>.offset(of: \Load.attach_prog_fd) == 112)
        #expect(MemoryLayout<Load>.offset(of: \Load.fd_array) == 120)
        #expect(MemoryLayout<Load>.offset(of: \Load.log_true_size) == 140)
        #expect(MemoryLayout<cbpf_btf_load_attr>.offset(of: \cbpf_btf_load_attr.btf_log_level) == 24)
        #expect(MemoryLayout<cbpf_btf_info>.offset(of: \cbpf_btf_info.kernel_btf) == 28)
    }

    @Test func `records are cut to what every kernel knows`() {
        let records = Program.InfoRecords(recordSize: 12, bytes: Array(0..<24))
        #expect(records.cut(to: 8)?.bytes == [0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19])
        #expect(records.cut(to: 12) == nil)
    }
}

/// Loads on the machine's own kernel; nothing is attached.
@Suite(.enabled(if: isRoot)) struct KernelCallsTests {
    @Test func `a map keeps the types it was created with, and takes no change once it is frozen`() throws {
        var builder = BTFBuilder()
        let int = builder.int("int", isSigned: true)
        let types = try BTFHandle.load(builder.build())
        let map = try Map.create(
            Map.Attributes(
                type: .array, keySize: 4, valueSize: 4, maxEntries: 1, name: "typed", btf: types.descriptor.rawValue,
                keyTypeID: UInt32(int), valueTypeID: UInt32(int)))
        #expect(map.refusedTypes == nil)
        let info = try map.info()
        #expect(info.btfID == (try types.info().id))
        #expect(info.valueTypeID == UInt32(int))
        try map.update(key: 0, value: 7)
        #expect(map.isFrozen() == false)
        try map.freeze()
        #expect(map.isFrozen() == true)
        #expect(throws: Errno.notPermitted) { try map.update(key: 0, value: 8) }
        #expect(try map.lookUp(key: [0, 0, 0, 0]) == [7, 0, 0, 0])
    }

    @Test func `a map whose types the kernel refuses is created without them, and says why`() throws {
        var builder = BTFBuilder()
        let int = builder.int("int", isSigned: true)
        let types = try BTFHandle.load(builder.build())
        let map = try Map.create(
            Map.Attributes(
                type: .array, keySize: 4, valueSize: 8, maxEntries: 1, name: "mistyped", btf: types.descriptor.rawValue,
                keyTypeID: UInt32(int), valueTypeID: UInt32(int)))
        #expect(map.refusedTypes == .invalidArgument)
        #expect(try map.info().btfID == 0)
    }

    @Test func `BTF that the kernel refuses is an error with its words`() throws {
        var builder = BTFBuilder()
        _ = builder.typedef("not a name", to: 0)
        let blob = builder.build()
        let error = #expect(throws: BPFError.self) { _ = try BTFHandle.load(blob) }
        #expect(error?.diagnostic.details.contains { $0.contains("Invalid name") } == true)
    }

    @Test(.enabled(if: KernelFile.exists("/sys/kernel/btf/vmlinux"), "the kernel has no types of its own"))
    func `the kernel's own types are the same by file and by id`() throws {
        let memory = try #require(BTFHandle.kernelMemory())
        #expect(try BTFFile.types("/sys/kernel/btf/vmlinux").bytes == BTF(memory).bytes)
    }

    @Test func `every feature has an answer, and one that is given is not probed`() {
        let features = KernelFeatures(known: [.enum64Types: false])
        #expect(!features.has(.enum64Types))
        for feature in [KernelFeatures.Feature.globalData, .mappableArrays, .functionTypes, .sectionTypes] {
            #expect(features.has(feature), "\(feature)")
        }
    }

    @Test func `the configuration of this kernel is unpacked`() {
        let configuration = KernelConfig.read()
        if KernelFile.exists("/proc/config.gz") {
            #expect(configuration.source == "/proc/config.gz")
            #expect(String(decoding: configuration.text, as: UTF8.self).contains("CONFIG_BPF_SYSCALL=y"))
        }
    }
}

struct SymbolAddressTests {
    @Test func `a symbol has one address, none, or several`() {
        let symbols = KernelSymbols(kallsyms: Array(sampleSymbols.utf8))
        #expect(symbols.addresses(of: "jiffies") == [0xffff_ffff_8200_0000])
        #expect(symbols.addresses(of: "same_place").count == 1)
        #expect(symbols.addresses(of: "twin").count == 2)
        #expect(symbols.addresses(of: "no_such_symbol").isEmpty)
        #expect(KernelSymbols(kallsyms: Array(hiddenSymbols.utf8)).addresses(of: "jiffies") == [0])
    }

    @Test func `who asks for many symbols is told the same, and the list is read no more`() throws {
        let long = "ffffffff81100000 t fast_path.llvm.77\nffffffff81100000 t fast_path.llvm.78\nno line\n"
        let fake = try FakeKernel(["proc/kallsyms": sampleSymbols + "\n" + long])
        let source = KernelSymbolSource(roots: fake.roots)
        let all = KernelSymbols(kallsyms: Array((sampleSymbols + "\n" + long).utf8))
        let names = ["jiffies", "same_place", "twin", "no_such_symbol", "fast_path", "fast_path.llvm.77", "fast"]
        for round in 0..<3 {
            for name in names {
                #expect(try source.symbols(named: name).addresses(of: name) == all.addresses(of: name), "\(name)")
            }
            if round == 0 { try fake.write("", to: "proc/kallsyms") }
        }
        #expect(try !source.symbols(named: "fast_path").addresses(of: "fast_path").isEmpty)
    }
}

/// Loads on the machine's own kernel; nothing is attached.
@Suite(.enabled(if: isRoot)) struct EventMapTests {
    @Test func `the programs that use a map are found, and those that do not are not`() throws {
        let map = try Map.create(
            Map.Attributes(type: .perfEventArray, keySize: 4, valueSize: 4, maxEntries: 1, name: "used"))
        let other = try Map.create(
            Map.Attributes(type: .perfEventArray, keySize: 4, valueSize: 4, maxEntries: 1, name: "unused"))
        let id = try map.info().id
        #expect(try MapUsers.programs(of: id) == [])
        do {
            let generators = try (0..<2).map { _ in try EventGenerator(map: map.descriptor.rawValue) }
            let users = try #require(try MapUsers.programs(of: id))
            #expect(users.count == 2 && users == users.sorted() && !users.contains(0))
            #expect(try MapUsers.programs(of: other.info().id) == [])
            withExtendedLifetime(generators) {}
        }
    }

    @Test func `the kernel takes the types of an event that were cut out of an object`() throws {
        let source = """
            struct task_struct { int secret; };
            enum color { RED, GREEN };
            struct event {
                unsigned pid; enum color color; const char *name; struct task_struct *task; struct event *next;
                int (*call)(struct task_struct *, long, ...); unsigned low : 3, high : 5;
                struct { short x, y; }; char comm[16]; double ratio; unsigned long long matrix[2][3];
            } __attribute__((btf_decl_tag("event")));
            struct event *unused_event __attribute__((unused));
            """
        let object = try Object(parsing: compileBPF(source: source, arguments: ["-g"]), name: "prog.o")
        let schema = try object.eventSchema(named: "event")
        let loaded = try BTFHandle.load(schema.btf)
        #expect(try loaded.info().size == schema.btf.count)
    }
}
