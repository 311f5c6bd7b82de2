// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BPFObject

/// Targets that are many functions, or parts of something.
@Suite struct ManyFunctionsTests {
    private func pattern(_ text: String) throws -> FunctionPattern { try FunctionPattern(reading: text[...]) }

    private func matches(_ text: String, _ name: String, in module: String = "vmlinux") throws -> Bool {
        try pattern(text).matches(Array(name.utf8)[...], in: module)
    }

    @Test(arguments: [
        ("vfs_read", "vfs_read", true), ("vfs_read", "vfs_readv", false), ("vfs_*", "vfs_read", true),
        ("vfs_*", "vfs", false), ("*", "x", true), ("tcp_?", "tcp_a", true), ("tcp_?", "tcp_ab", false),
        ("*_read*v", "vfs_read_iter_v", true), ("a*b*c", "aXbXbXc", true), ("a*b*c", "aXbXbX", false),
        ("vfs_read,vfs_w*", "vfs_write", true), ("vfs_read,vfs_w*", "vfs_open", false), ("**a", "ba", true),
    ])
    func `a pattern means the names that it fits`(text: String, name: String, fits: Bool) throws {
        #expect(try matches(text, name) == fits)
    }

    @Test func `a hostile pattern takes no more steps than name and pattern have bytes`() throws {
        let hard = String(repeating: "*a", count: 200)
        #expect(try !matches(hard + "b", String(repeating: "a", count: 500)))
    }

    @Test func `a module in front means its functions alone`() throws {
        #expect(try matches("xfs:xfs_*", "xfs_open", in: "xfs"))
        #expect(try !matches("xfs:xfs_*", "xfs_open"))
        #expect(try matches("vmlinux:vfs_*", "vfs_read"))
        #expect(try pattern("xfs:a,b").exactNames == nil)
        #expect(try pattern("a,b").exactNames == ["a", "b"])
        #expect(try pattern("xfs:a*,b").description == "xfs:a*,b")
    }

    @Test func `a name that none of the functions has is missing, and a pattern may mean nothing`() throws {
        let functions: [(name: String, module: String?)] = [("a", nil), ("b", "xfs"), ("c", nil)]
        func missing(_ text: String) throws -> [String] {
            try pattern(text).names(missingAmong: functions).map(\.place)
        }
        #expect(try missing("a,xfs:b,vmlinux:c,nowhere*").isEmpty)
        #expect(try missing("a,d,x*,ext4:b,xfs:c,b") == ["d", "ext4:b", "xfs:c"])
    }

    @Test(arguments: [
        ("task:pid=1", nil), ("task_file:tid=1", nil), ("bpf_map_elem:map=m", nil), ("cgroup:cgroup=/a", nil),
        ("sockmap:map=m", nil), ("bpf_sk_storage_map:map=m", nil),
        ("task:map=m", "takes pid=NUMBER or tid=NUMBER, and no map="), ("task:cgroup=/a", "and no cgroup="),
        ("bpf_map_elem:pid=1", "takes map=NAME, and no pid="), ("cgroup:map=m", "takes cgroup=DIRECTORY, and no map="),
        ("bpf_map:map=m", "shows all that there is, and takes no map="), ("tcp:tid=1", "takes no tid="),
        ("of_a_module:map=m", nil),
    ])
    func `an iterator shows the parts of what it iterates over, and of nothing else`(text: String, why: String?) {
        guard let why else {
            #expect(throws: Never.self) { try AttachTarget.iterator(text) }
            return
        }
        let error = #expect(throws: AttachTargetError.self) { try AttachTarget.iterator(text) }
        #expect("\(error as Any)".contains(why), "\(error as Any)")
    }

    @Test(arguments: [
        ("uprobe//bin/x:main", TracedProcesses.choice), ("usdt//bin/x:a:b", .choice), ("perf_event", .choice),
        ("iter/task", .choice), ("iter/task_vma", .choice), ("iter/task:pid=7", .named(7)), ("iter/bpf_map", .all),
        ("kprobe/vfs_read", .all), ("kprobe.multi/vfs_*", .all), ("fentry/vfs_read", .all),
    ])
    func `a target says whose events its programs see`(section: String, processes: TracedProcesses) throws {
        #expect(try AttachTarget(section: section).processes == processes)
    }

    @Test(arguments: ["", ",", "a,", "a b*", "a*+4", "a*@all", ":a*", "a;b*", "*/x", "a\n*", "\u{e9}*", "9*"])
    func `what is no symbol and no pattern is refused`(text: String) {
        #expect(throws: AttachTargetError.Reason.self) { try FunctionPattern(reading: text[...]) }
    }

    @Test(arguments: [
        ("kprobe/vfs_*", "kprobe vfs_*"), ("kretprobe/a,b", "kretprobe a,b"),
        ("kprobe.multi/tcp_*", "kprobe.multi tcp_*"), ("kretprobe.multi/tcp_*", "kretprobe.multi tcp_*"),
        ("kprobe.session/f", "kprobe.session f"), ("fentry.multi/f*", "fentry.multi f*"),
        ("fexit.multi.s/f*", "fexit.multi f*"), ("fsession.multi/f", "fsession.multi f"),
    ])
    func `sections name many functions`(section: String, description: String) throws {
        let convention = try #require(SectionConvention(section: section))
        let target = try #require(convention.attachTarget)
        #expect(target.description == description)
        #expect(target.isOfMany)
        #expect(target.typeInKernel == nil)
    }

    @Test func `one name of a probe is one function`() throws {
        #expect(try AttachTarget(section: "kprobe/vfs_read") == .kprobe("vfs_read"))
        #expect(try AttachTarget.kprobes("vfs_*").description == "kprobe vfs_*")
        #expect(throws: AttachTargetError.self) { try AttachTarget.kprobes("vfs_*+4") }
        #expect(throws: AttachTargetError.self) { try AttachTarget(section: "kprobe/vfs_*,") }
    }
}

@Suite struct PartTargetTests {
    @Test(arguments: [
        ("cpu-clock@999", "perf event cpu-clock@999"),
        ("cache-misses@period=1000", "perf event cache-misses@period=1000"),
        ("cycles@cpu=0-1,cpu=3", "perf event cycles@99,cpu=0,cpu=1,cpu=3"),
        ("cs", "perf event context-switches@period=1"),
        ("page-faults@pid=7,freq=10", "perf event page-faults@10,pid=7"), ("cpu-clock@99", "perf event"),
        ("LLC-load-misses@period=5", "perf event LLC-load-misses@period=5"), ("r1a8", "perf event r1a8@99"),
    ])
    func `samples are named by event, rate, CPU and process`(text: String, description: String) throws {
        #expect(try AttachTarget.perfEvent(text).description == description)
    }

    @Test func `events have the numbers of perf_event_open`() throws {
        let load = try #require(PerfEvent(named: "LLC-load-misses"))
        #expect(load == PerfEvent(source: .cache, config: 0x1_0002, name: "LLC-load-misses"))
        #expect(PerfEvent(named: "dTLB-stores")?.config == 0x103)
        #expect(PerfEvent(named: "r1A8")?.config == 0x1a8)
        #expect(PerfEvent(named: "rx") == nil)
        #expect(PerfEvent(named: "LLC-load") == nil)
        #expect(PerfEvent(named: "idle-cycles-backend")?.config == 8)
    }

    @Test(arguments: [
        "", "clock", "cycles@", "cycles@0", "cycles@-1", "cycles@+1", "cycles@cpu=", "cycles@cpu=3-1",
        "cycles@cpu=9999",
        "cycles@pid=4294967296", "cycles@period", "cycles@wat=1", "cycles@1,,2", "cycles@18446744073709551615",
    ])
    func `other samples are refused`(text: String) {
        #expect(throws: AttachTargetError.self) { try AttachTarget.perfEvent(text) }
    }

    @Test(arguments: [
        ("task", "iter task"), ("task:pid=7", "iter task:pid=7"), ("task_file:tid=7", "iter task_file:tid=7"),
        ("bpf_map_elem:map=counts", "iter bpf_map_elem:map=counts"),
        ("cgroup:cgroup=/sys/fs/cgroup/a", "iter cgroup:cgroup=/sys/fs/cgroup/a,order=descendants_pre"),
        ("cgroup:order=self_only,cgroup=/c", "iter cgroup:cgroup=/c,order=self_only"),
    ])
    func `iterators have parameters`(text: String, description: String) throws {
        #expect(try AttachTarget.iterator(text).description == description)
    }

    @Test(arguments: [
        "task:", "task:pid", "task:pid=", "task:pid=0", "task:pid=x", "task:pid=1,pid=2", "task:pid=1,tid=1",
        "task:x=1",
        "cgroup:cgroup=a", "cgroup:cgroup=/a,order=up", "cgroup:order=self_only", ":pid=1,", "a b:pid=1",
    ])
    func `other parameters are refused`(text: String) {
        #expect(throws: AttachTargetError.self) { try AttachTarget.iterator(text) }
    }

    @Test func `functions of loaded programs are named by pin, id and name`() throws {
        #expect(
            try ProgramFunction(reading: "/sys/fs/bpf/p:f")
                == ProgramFunction(reading: "/sys/fs/bpf/p:f"))
        let entry = try AttachTarget.fentry("id:12:parse")
        #expect(entry.description == "fentry id:12:parse")
        #expect(entry.typeInKernel?.program?.reference == .id(12))
        #expect(try AttachTarget.fexit("prog:filter").typeInKernel?.program?.function == nil)
        #expect(try AttachTarget.fentry("idle:f").typeInKernel?.program == nil)
        #expect(try AttachTarget(section: "freplace/f").typeInKernel == nil)
        for text in ["id:0:f", "id:+1", "id:x:f", "prog::f", "/p:", "/p:f:g", "/p:f g", "id:4294967296"] {
            #expect(throws: AttachTargetError.self, "\(text)") { try AttachTarget.fentry(text) }
        }
        #expect(throws: AttachTargetError.self) { try AttachTarget.fmodRet("id:12:parse") }
    }
}
