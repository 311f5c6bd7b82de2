// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Testing

@Suite struct SectionConventionTests {
    @Test(arguments: sectionRows)
    func `each pattern means its numbers`(row: SectionRow) throws {
        for section in row.pattern.hasSuffix("+") ? [row.base, row.base + "/a/b"] : [row.pattern] {
            let convention = try #require(SectionConvention(section: section))
            #expect(convention.pattern == row.pattern)
            #expect(convention.type.rawValue == row.type)
            #expect(convention.expectedAttachType?.rawValue == row.attachType)
            #expect(convention.attachTypeIsOptional == row.flags.contains("o"))
            #expect(convention.isSleepable == row.flags.contains("s"))
            #expect(convention.needsAttachBTF == row.flags.contains("b"))
            #expect(convention.usesXDPFrags == row.flags.contains("f"))
            #expect(!convention.isOptional)
        }
    }

    @Test func `all the patterns are tried`() { #expect(sectionRows.count == 118) }

    @Test(arguments: sectionRows)
    func `what only begins like a pattern is none of it`(row: SectionRow) {
        for name in [row.base + "foo", "x" + row.base, String(row.base.dropLast())] {
            guard let convention = SectionConvention(section: name) else { continue }
            // A name of the program behind a slash, as in other dialects: not this pattern, and no target.
            #expect(convention.pattern != row.pattern && name.hasPrefix(convention.pattern + "/"), "\(name)")
            #expect(convention.target == .unnamed || convention.target == .nothing)
        }
    }

    @Test(arguments: [
        ("xdp/filter", "xdp", 6), ("classifier/count_egress", "classifier", 3), ("tc/anything", "tc", 3),
        ("socket/http_filter", "socket", 1), ("sk_msg/redirect", "sk_msg", 16), ("cgroup/skb/1", "cgroup/skb", 8),
        ("xdp.frags/big", "xdp.frags", 6), ("sockops/trace", "sockops", 13), ("ingress", "ingress", 3),
    ])
    func `older dialects put the name of the program behind the slash, which is no target`(
        section: String, pattern: String, type: UInt32
    ) throws {
        let convention = try #require(SectionConvention(section: section))
        #expect(convention.pattern == pattern && convention.type.rawValue == type)
        #expect(convention.attachTarget == nil)
    }

    @Test(arguments: [
        "prog", "", "?", "/", "kprobes", "xdpfoo", "xdp/", "tc/", "classifierfoo", "perf_event/x", "socket1", "sk_skb/",
        "cgroup",
        "cgroup/bind5", "Kprobe/f", "kprobe.s/f", ".text", "maps", "??xdp", "tp_btf.w/x", "kprobe\u{301}/f",
        "1/0x11",
    ])
    func `other names are no convention`(section: String) { #expect(SectionConvention(section: section) == nil) }

    @Test func `a question mark leaves the program out unless it is asked for`() throws {
        let convention = try #require(SectionConvention(section: "?kprobe/vfs_read"))
        #expect(convention.isOptional)
        #expect(try convention.target == .target(.kprobe("vfs_read")))
        #expect(convention.pattern == "kprobe+")
    }

    @Test(arguments: [
        ("ksyscall/bpf", try AttachTarget.ksyscall("bpf"), "ksyscall bpf"),
        ("kretsyscall/openat", try .kretsyscall("openat"), "kretsyscall openat"),
        ("tracepoint/sched/sched_switch", try .tracepoint("sched", "sched_switch"), "tracepoint sched/sched_switch"),
        ("tp/intel-sst/sst_ipc", try .tracepoint("intel-sst", "sst_ipc"), "tracepoint intel-sst/sst_ipc"),
        ("tp.s/syscalls/sys_enter_openat", try .tracepoint("syscalls", "sys_enter_openat"), ""),
        ("raw_tracepoint/sys_enter", try .rawTracepoint("sys_enter"), "raw tracepoint sys_enter"),
        ("raw_tp.w/nbd_send_request", try .rawTracepoint("nbd_send_request"), ""),
        ("tp_btf/sched_switch", try .typedTracepoint("sched_switch"), "tp_btf sched_switch"),
        ("fentry/vfs_read", try .fentry("vfs_read"), "fentry vfs_read"),
        ("fentry.s/xfs:xfs_file_open", try .fentry("xfs:xfs_file_open"), "fentry xfs:xfs_file_open"),
        ("fexit/nf-conntrack:nf_ct_get", try .fexit("nf_conntrack:nf_ct_get"), "fexit nf_conntrack:nf_ct_get"),
        ("fmod_ret/x.isra.0", try .fmodRet("x.isra.0"), "fmod_ret x.isra.0"),
        ("fsession/f", try .fsession("f"), "fsession f"), ("lsm.s/file_open", try .lsm("file_open"), "lsm file_open"),
        ("perf_event", .samples(), "perf event"), ("kprobe/f+0x4", try .kprobe("f+4"), "kprobe f+0x4"),
        ("kretprobe/xfs:f", try .kretprobe("xfs:f"), "kretprobe xfs:f"),
        ("uprobe//bin/bash:readline+0x4", try .uprobe("/bin/bash", "readline+4"), "uprobe /bin/bash:readline+0x4"),
        (
            "uretprobe.s/libc.so.6:malloc@GLIBC_2.2.5", try .uprobe("libc.so.6", "malloc@GLIBC_2.2.5", atReturn: true),
            ""
        ),
        ("uprobe//bin/x:ns::f(char*)", try .uprobe("/bin/x", "ns::f(char*)"), "uprobe /bin/x:ns::f(char*)"),
        ("uprobe//bin/x:ns::operator+", try .uprobe("/bin/x", "ns::operator+"), "uprobe /bin/x:ns::operator+"),
        ("uprobe//bin/x:0x1139", try .uprobe("/bin/x", "4409"), "uprobe /bin/x:0x1139"),
        (
            "usdt/libc.so.6:libc:setjmp", try .usdt("libc.so.6", provider: "libc", name: "setjmp"),
            "usdt libc.so.6:libc:setjmp"
        ),
        ("iter.s/bpf_map_elem", try .iterator("bpf_map_elem"), "iter bpf_map_elem"),
    ])
    func `the name tells what to attach to`(section: String, target: AttachTarget, description: String) throws {
        let convention = try #require(SectionConvention(section: section))
        #expect(convention.target == .target(target))
        #expect(convention.attachTarget == target)
        #expect(try AttachTarget(section: section) == target)
        #expect(description.isEmpty || target.description == description)
    }

    @Test(arguments: [
        ("getaddrinfo,gethostbyname", ["getaddrinfo", "gethostbyname"]),
        ("malloc@GLIBC_2.2.5,free", ["malloc@GLIBC_2.2.5", "free"]),
        ("f,g+0x10", ["f", "g+0x10"]), ("ns::f(int, char),g", ["ns::f(int, char)", "g"]),
        ("T<a,b>::f,g", ["T<a,b>::f", "g"]), ("X::operator,(X),f", ["X::operator,(X)", "f"]),
        ("operator<(A,B),operator->,f", ["operator<(A,B)", "operator->", "f"]), ("alone", ["alone"]),
    ])
    func `functions of a program are several where commas stand between their names`(
        text: String, names: [String]
    ) throws {
        let convention = try SectionConvention(given: "uprobe:libc.so.6:" + text, inPlaceOf: nil)
        #expect(try convention.targets().map(\.description) == names.map { "uprobe libc.so.6:" + $0 })
    }

    @Test func `a name that is missing between commas is refused`() throws {
        let convention = try SectionConvention(given: "uprobe:libc.so.6:malloc,", inPlaceOf: nil)
        #expect(throws: AttachTargetError.self) { try convention.targets() }
        // Of libraries that take each other's place each is written whole.
        let either = try SectionConvention(given: "uprobe:libssl.so.3:a|uprobe:libssl.so.1.1:a", inPlaceOf: nil)
        #expect(try either.targets().count == 1)
    }

    @Test(arguments: [
        ("lsm_cgroup/socket_bind", "lsm_cgroup socket_bind", "bpf_lsm_socket_bind"),
        ("freplace/f", "freplace f", nil),
    ])
    func `some targets are there to load the program for`(section: String, description: String, type: String?) throws {
        let convention = try #require(SectionConvention(section: section))
        guard case .target(let target) = convention.target else {
            Issue.record("\(section) has no target")
            return
        }
        #expect(target.description == description)
        #expect(target.typeInKernel?.name == type)
    }

    @Test(arguments: [
        "xdp/devmap"
    ])
    func `other kinds name no target that is known here`(section: String) throws {
        let convention = try #require(SectionConvention(section: section))
        #expect(convention.target == .nothing)
        #expect(convention.attachTarget == nil)
        #expect(convention.otherMeans(pin: "p") != nil)
    }

    @Test(arguments: [
        "kprobe", "kretprobe", "ksyscall", "tracepoint", "raw_tp", "fentry.s", "uprobe.multi", "usdt", "xdp", "tc",
        "sk_msg",
    ])
    func `a name without a slash leaves the target open`(section: String) throws {
        let convention = try #require(SectionConvention(section: section))
        #expect(convention.target == .unnamed)
        #expect(convention.otherMeans(pin: "p") == nil)
    }

    @Test func `targets of two kinds differ, whatever they are called`() throws {
        #expect(try AttachTarget.rawTracepoint("a") != .typedTracepoint("a"))
        #expect(try AttachTarget.fentry("a") != .fexit("a"))
        #expect(try AttachTarget.kprobe("a") != .kretprobe("a"))
        #expect(AttachTarget.samples(frequency: 10) != .samples())
    }

    @Test(arguments: [
        "kprobe", "xdp", "prog", "", "tp/sched", "fentry/", "kprobe/a b", "uprobe", "uprobe/", "uprobe/bash",
        "uprobe/:main", "uprobe/bash:", "uprobe/bash:0x", "uprobe/bash:12x", "uretprobe/bash:main+4", "uprobe/bash:+4",
        "usdt/bash:a", "usdt/bash:a:b:c", "usdt/bash::b", "usdt/bash:a:", "uprobe/ba\u{1}sh:main",
    ])
    func `a section that names no target makes none, and the error says how one is written`(section: String) {
        let error = #expect(throws: AttachTargetError.self) { try AttachTarget(section: section) }
        #expect(error?.diagnostic.message == "\"\(section)\" does not name what to attach to")
        #expect(error?.diagnostic.nextStep?.hasPrefix("write ") == true)
    }

    @Test func `no section is of two kinds`() {
        let names = SectionKinds.all.flatMap { $0.sections.map(\.name) }
        #expect(names.count == sectionRows.count)
        #expect(Set(names) == Set(sectionRows.map(\.pattern)))
    }

    @Test(arguments: [
        ("xdp/devmap", OtherMeans.notAlone("it is for entries of a map")),
        ("action", .pinned(command: "tc filter add dev DEV ingress matchall action bpf object-pinned DIR/p")),
        ("lwt_in", .unknown),
        (
            "lsm_cgroup/socket_bind",
            .notAlone("it is for the processes of a control group, which its section does not name")
        ),
    ])
    func `what is not attached here is attached by other means`(section: String, means: OtherMeans) throws {
        #expect(try #require(SectionConvention(section: section)).otherMeans(pin: "DIR/p") == means)
    }

    @Test func `probes keep module, offset and direction`() throws {
        let entry = try #require(SectionConvention(section: "kprobe/xfs:xfs_file_open+0x4"))
        #expect(entry.target == .target(.kprobe(try ProbeTarget(parsing: "xfs:xfs_file_open+0x4"))))
        let exit = try #require(SectionConvention(section: "kretprobe/do_unlinkat"))
        #expect(exit.target == .target(.kprobe(try ProbeTarget(parsing: "do_unlinkat", isReturn: true))))
    }

    @Test(arguments: [
        ("kprobe/", AttachTargetError.Reason.empty), ("tracepoint/", .empty), ("raw_tp/", .empty),
        ("tracepoint/sched", .noEventName), ("tp/sched/", .noEventName), ("tp//x", .noEventName),
        ("tracepoint/sched/a/b", .character(at: 7)), ("tp/../x", .character(at: 0)), ("tp/a/..", .character(at: 2)),
        ("tp/a b", .character(at: 1)), ("tp/a/b-c", .character(at: 3)), ("ksyscall/a.b", .character(at: 1)),
        ("raw_tp/a/b", .character(at: 1)), ("raw_tp/caf\u{e9}", .character(at: 3)), ("tp_btf/m:x", .character(at: 1)),
        ("lsm/a.b", .character(at: 1)), ("fentry/f+0x10", .character(at: 1)),
    ])
    func `what is no target is kept with its reason and takes nothing else down`(
        section: String, reason: AttachTargetError.Reason
    ) throws {
        #expect(try error(of: section).reason == reason)
        #expect(SectionConvention(section: section)?.attachTarget == nil)
    }

    @Test(arguments: ["kprobe/a b", "kretprobe/f+4", "kprobe/:f", "fentry/9f", "fexit/m:"])
    func `a function's name is read as that of a probe`(section: String) throws {
        guard case .probe = try error(of: section).reason else {
            Issue.record("\(section) has a target")
            return
        }
    }

    @Test func `a name longer than any of the kernel is refused`() throws {
        let name = String(repeating: "x", count: 512)
        #expect(try error(of: "raw_tp/" + name).reason == .tooLong(bytes: 512, limit: 511))
        #expect(SectionConvention(section: "raw_tp/" + name.dropLast())?.attachTarget != nil)
    }

    @Test func `a target from the command line is read by the pattern's own rule`() throws {
        let kprobe = try #require(SectionConvention(section: "kretprobe"))
        #expect(try kprobe.target("vfs_read") == .target(.kretprobe("vfs_read")))
        let event = try #require(SectionConvention(section: "tp"))
        #expect(try event.target("sched/sched_switch") == .target(.tracepoint("sched", "sched_switch")))
        guard case .invalid = event.target("sched_switch") else {
            Issue.record("a category alone is a target")
            return
        }
    }

    @Test func `what is wrong is told with the form that is right`() throws {
        #expect(
            try error(of: "tracepoint/sched").description == """
                error: "tracepoint/sched" does not name what to attach to
                  why: there is a category and no name of an event
                  next: write SEC("tracepoint/CATEGORY/NAME"), such as tracepoint/sched/sched_process_exec
                """)
    }

    private func error(of section: String) throws -> AttachTargetError {
        let target = try #require(SectionConvention(section: section)).target
        guard case .invalid(let error) = target else { throw Unexpected(target: target) }
        return error
    }

    private struct Unexpected: Error { let target: SectionTarget }

    @Test(arguments: [
        ("tp_btf/x", "btf_trace_x", true), ("lsm/x", "bpf_lsm_x", false), ("iter/x", "bpf_iter_x", false),
        ("fentry/x", "x", false), ("fexit/m:x", "x", false), ("fmod_ret/x", "x", false),
    ])
    func `BTF has the target behind a prefix`(section: String, name: String, isTypedef: Bool) throws {
        guard case .target(let target) = SectionConvention(section: section)?.target else {
            Issue.record("\(section) has no target")
            return
        }
        let type = try #require(target.typeInKernel)
        #expect(type.name == name)
        #expect(type.isTypedef == isTypedef)
        #expect(type.module == (section.contains(":") ? "m" : nil))
    }

    @Test func `any bytes in a name are read, and what gets through is a plain name`() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("az09_-.:/+$? \n\0é\u{301}\u{202e}".utf8) + [0xff, 0x80]
        for row in sectionRows {
            for _ in 0..<50 {
                let tail = (0..<Int.random(in: 0...12, using: &random)).map { _ in alphabet.randomElement() ?? 0 }
                let section = row.base + String(decoding: [UInt8(ascii: "/")] + tail, as: UTF8.self)
                guard case .target(let target) = SectionConvention(section: section)?.target else { continue }
                let text = target.description
                // Files and names of user space have letters of all languages.
                let isOfUser = target.value is UserProbe || target.value is UserTracepoint
                #expect(text.utf8.allSatisfy { $0 >= 0x20 && ($0 < 0x7f || isOfUser && $0 > 0x7f) })
                if let event = target.value as? TraceEvent {
                    #expect(!(event.category + event.name).contains { "/. \n\0".contains($0) })
                }
                if let type = target.typeInKernel {
                    #expect(type.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") })
                }
            }
        }
    }

    @Test(arguments: [
        ("kprob/vfs_read", "kprobe/vfs_read"), ("?fenty/f", "?fentry/f"), ("tracepont/a/b", "tracepoint/a/b"),
        ("xpd", "xdp"), ("cgroup_skb/egres", "cgroup_skb/egress"), ("prog", nil), ("my_own_code", nil), ("?", nil),
        ("/", nil),
    ])
    func `a section of no kind is taken for a misspelt one`(section: String, meant: String?) {
        #expect(SectionKinds.near(section) == meant)
    }

    @Test func `types are named as bpftool names them`() {
        #expect(ProgramType.tracing.description == "tracing")
        #expect(ProgramType.netfilter.description == "netfilter")
        #expect(ProgramType(rawValue: 33).description == "type 33")
        #expect(AttachType.traceFentry.description == "trace_fentry")
        #expect(AttachType.traceFsessionMulti.description == "trace_fsession_multi")
        #expect(AttachType(rawValue: 62).description == "attach type 62")
    }
}
