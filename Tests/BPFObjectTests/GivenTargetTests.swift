// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import TestSupport
import Testing

@Suite struct GivenTargetTests {
    /// Programs `first` (prog), `second` (kprobe/second) and `third` (prints).
    private let object: Object

    init() throws { object = try Object(parsing: compileBPF("sections.c", arguments: []), name: "sections.c") }

    private func target(_ text: String, of name: String = "second") throws -> AttachTarget? {
        var object = object
        try object.attach(name, to: text)
        return try object.program(named: name).ownTargets.first
    }

    @Test func `a target is spelled as a section, with a colon, or alone`() throws {
        for text in ["kprobe/vfs_read", "kprobe:vfs_read", "vfs_read"] {
            #expect(try target(text) == .kprobe("vfs_read"), "\(text)")
        }
        #expect(try target("kretprobe:vfs_read") == .kretprobe("vfs_read"))
        #expect(try target("ksyscall:openat") == .ksyscall("openat"))
        #expect(try target("ext4:ext4_file_open+0x10") == .kprobe("ext4:ext4_file_open+0x10"))
        // Names of kinds are functions where nothing follows them.
        #expect(try target("socket") == .kprobe("socket"))
    }

    @Test func `a program whose section says nothing has the type of its target, or is for functions`()
        throws
    {
        var object = object
        try object.attach("first", to: "tracepoint:sched/sched_switch")
        #expect(try object.program(named: "first").convention?.type == .tracepoint)
        #expect(try target("vfs_read", of: "first") == .kprobe("vfs_read"))
        try object.attach("third", to: "perf_event")
        #expect(try object.program(named: "third").convention?.type == .perfEvent)
        try object.setType(of: "third", to: "sched_cls")
        #expect(try object.program(named: "third").convention?.type == .schedClassifier)
        #expect(try object.program(named: "third").ownTargets.isEmpty)
        try object.setType(of: "third", to: "cgroup_skb/egress")
        #expect(try object.program(named: "third").convention?.type == .cgroupSocketBuffer)
    }

    @Test func `several targets of one kind add up, and two kinds are refused`() throws {
        var object = object
        try object.attach("second", to: "vfs_read")
        try object.attach("second", to: "kprobe:vfs_write")
        #expect(try object.program(named: "second").ownTargets == [.kprobe("vfs_read"), .kprobe("vfs_write")])
        let error = #expect(throws: ObjectError.self) { try object.attach("second", to: "kprobe.multi:vfs_*") }
        #expect(error != nil)
        #expect(try object.program(named: "second").ownTargets.count == 2)
    }

    @Test(arguments: [
        ("second", "tracepoint:sched/sched_switch", "of type kprobe"), ("second", "", "nothing behind the slash"),
        ("second", "kprobe:", "nothing behind the slash"), ("second", "kprobe/a b", "byte 1"),
        ("second", "tracepoint:sched", "no name of an event"), ("nobody", "vfs_read", "no program nobody"),
    ])
    func `what is no target is refused with its reason`(name: String, text: String, why: String) throws {
        var object = object
        let error = #expect(throws: ObjectError.self) { try object.attach(name, to: text) }
        #expect(error?.description.contains(why) == true, "\(error?.description ?? "")")
        #expect(try object.program(named: "second").ownTargets == [.kprobe("second")])
    }

    @Test func `a type that is none is refused`() {
        var object = object
        let error = #expect(throws: ObjectError.self) { try object.setType(of: "first", to: "sched_clz") }
        #expect(error?.reason == .unknownType("sched_clz"))
    }
}
