// SPDX-License-Identifier: Apache-2.0

import BPFObject
import TestSupport
import Testing

@Suite struct AlternativeTests {
    /// The groups of an object of programs that do nothing, by their names.
    private func groups(_ programs: [(section: String, name: String)]) throws -> [[String]] {
        let code = programs.map { section, name in
            "__attribute__((section(\"\(section)\"), used)) int \(name)(void *ctx) { return 0; }"
        }
        let object = try Object(parsing: compileBPF(source: code.joined(separator: "\n")), name: "alternatives")
        let listed = try object.programs.map { ($0, try $0.ownTargets) }
        return Alternatives.groups(listed).map { $0.map { object.programs[$0].name } }
    }

    @Test func `programs of one event and one role are alternatives, the one by BTF first`() throws {
        #expect(
            try groups([
                ("kprobe/vfs_read", "kprobe_read"), ("fentry/vfs_read", "fentry_read"),
                ("raw_tp/sched_switch", "sched_switch_raw"), ("tp_btf/sched_switch", "sched_switch_btf"),
                ("kretprobe/vfs_read", "kret_read"), ("fexit/vfs_read", "fexit_read"),
            ]) == [
                ["fentry_read", "kprobe_read"], ["sched_switch_btf", "sched_switch_raw"], ["fexit_read", "kret_read"],
            ])
        #expect(
            try groups([("tp/sched/sched_switch", "on_switch"), ("tp_btf/sched_switch", "on_switch_btf")])
                == [["on_switch_btf", "on_switch"]])
    }

    @Test func `words that say how a program is attached, or where in a function, tell no programs apart`() throws {
        #expect(
            try groups([
                ("tp_btf/sched_switch", "sched_switch"), ("raw_tp/sched_switch", "handle_sched_switch"),
                ("kprobe/vfs_read", "file_read_entry"), ("fentry/vfs_read", "file_read_fentry"),
                ("kretprobe/vfs_read", "file_read_exit"), ("fexit/vfs_read", "file_read_fexit"),
                ("kretprobe/inet_listen", "inet_listen_exit"), ("fexit/inet_listen", "inet_listen_fexit"),
                ("tp_btf/softirq_entry", "softirq_entry_btf"), ("raw_tp/softirq_entry", "softirq_entry"),
            ]) == [
                ["sched_switch", "handle_sched_switch"], ["file_read_fentry", "file_read_entry"],
                ["file_read_fexit", "file_read_exit"], ["inet_listen_fexit", "inet_listen_exit"],
                ["softirq_entry_btf", "softirq_entry"],
            ])
        // What is left of a name where only such words are in it.
        #expect(try groups([("kprobe/vfs_read", "handle_entry"), ("fentry/vfs_read", "handle_exit")]).isEmpty)
    }

    @Test func `another event, another role, the same kind or an offset is no alternative`() throws {
        #expect(
            try groups([
                ("kprobe/vfs_read", "kprobe_read"), ("fentry/vfs_write", "fentry_read"),
                ("fexit/vfs_read", "fexit_read"),
            ]).isEmpty)
        #expect(try groups([("kprobe/vfs_read", "first"), ("fentry/vfs_read", "second")]).isEmpty)
        #expect(try groups([("kprobe/vfs_read", "kprobe_read"), ("kprobe/vfs_read", "read_kprobe")]).isEmpty)
        #expect(try groups([("kprobe/xfs:statfs", "kprobe_a"), ("fentry/ext4:statfs", "fentry_a")]).isEmpty)
        #expect(try groups([("kprobe/vfs_read+4", "kprobe_read"), ("fentry/vfs_read", "fentry_read")]).isEmpty)
    }

    @Test func `a program whose target was given is wanted beside the other`() throws {
        let code = """
            __attribute__((section("kprobe/vfs_read"), used)) int kprobe_read(void *ctx) { return 0; }
            __attribute__((section("fentry/vfs_read"), used)) int fentry_read(void *ctx) { return 0; }
            """
        var object = try Object(parsing: compileBPF(source: code), name: "alternatives")
        try object.attach("kprobe_read", to: "vfs_read")
        #expect(Alternatives.groups(try object.programs.map { ($0, try $0.ownTargets) }).isEmpty)
    }

    @Test func `a program with a given target stands for those that wait for one at the same placeholder`() throws {
        let code = ["kprobe", "fentry", "kretprobe", "fexit"].map {
            "__attribute__((section(\"\($0)/dummy_file_read\"), used)) int file_read_\($0)(void *ctx) { return 0; }"
        }
        var object = try Object(parsing: compileBPF(source: code.joined(separator: "\n")), name: "alternatives")
        try object.attach("file_read_kprobe", to: "vfs_read")
        func groups() throws -> [[String]] {
            Alternatives.groups(try object.programs.map { ($0, try $0.ownTargets) }).map {
                $0.map { object.programs[$0].name }
            }
        }
        #expect(
            try Set(groups()) == [
                ["file_read_kprobe", "file_read_fentry"], ["file_read_fexit", "file_read_kretprobe"],
            ])
        // Who gives both wants both.
        try object.attach("file_read_fentry", to: "vfs_read")
        #expect(try groups() == [["file_read_fexit", "file_read_kretprobe"]])
    }
}
