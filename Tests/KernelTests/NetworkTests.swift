// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Programs on network devices, control groups, network namespaces and maps of sockets.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Network {
        private static let isOld = Lab.kernel == "5.10"
        /// tcx came with 6.6.
        private static let hasTCX = ["6.12", "newest"].contains(Lab.kernel)

        init() throws { try TestNetwork.prepare() }

        /// A hook, with a program that lets everything pass.
        struct Hook: CustomTestStringConvertible {
            let section: String
            let target: String
            let verdict: Int32
            var way: AttachWay
            var limits: AttachLimits = []
            var since: String?
            var traffic: @Sendable () -> Void = { TestNetwork.exchange() }

            var testDescription: String { "\(section) on \(target)\(limits.isEmpty ? "" : " without links")" }
            var isHere: Bool {
                switch since {
                case nil: true
                case "6.1": Lab.kernel != "5.10"
                default: Network.hasTCX
                }
            }
        }

        static let group = "/sys/fs/cgroup/tests"
        static let traffic: AttachWay = hasTCX ? .tcxLink : .clsact

        static let hooks = [
            Hook(section: "xdp", target: "xdp:lo", verdict: 2, way: .xdpLink),
            Hook(section: "xdp", target: "xdp:lo:generic", verdict: 2, way: .xdpLink),
            Hook(
                section: "xdp", target: "xdp:tva:driver", verdict: 2, way: .xdpLink, traffic: { TestNetwork.knock() }),
            Hook(section: "tc", target: "tc:lo:ingress", verdict: 0, way: traffic),
            Hook(section: "tc", target: "tc:lo:egress", verdict: 0, way: traffic),
            Hook(section: "tc", target: "tc:lo:ingress", verdict: 0, way: .clsact, limits: .withoutLink),
            Hook(section: "tcx/egress", target: "tc:lo", verdict: 0, way: .clsact, limits: .withoutLink),
            Hook(section: "tc/egress", target: "tc:1:egress,first", verdict: 0, way: .tcxLink, since: "6.12"),
            Hook(
                section: "netkit/primary", target: "netkit:tnk", verdict: 0, way: .netkitLink, since: "6.12",
                traffic: { TestNetwork.knock(at: 0x0a4f_0002) }),
            Hook(section: "cgroup_skb/ingress", target: "cgroup:\(group)", verdict: 1, way: .cgroupLink),
            Hook(section: "cgroup_skb/egress", target: "cgroup:\(group)", verdict: 1, way: .cgroupLink),
            Hook(section: "cgroup/connect4", target: "cgroup:\(group)", verdict: 1, way: .cgroupLink),
            Hook(section: "cgroup/sendmsg4", target: "cgroup:\(group)", verdict: 1, way: .cgroupLink),
            Hook(section: "cgroup/sock_create", target: "cgroup:\(group)", verdict: 1, way: .cgroupLink),
            Hook(section: "cgroup/bind4", target: "cgroup:\(group)", verdict: 1, way: .cgroupLink),
            Hook(section: "cgroup/getsockopt", target: "cgroup:\(group)", verdict: 1, way: .cgroupLink),
            Hook(section: "sockops", target: "cgroup:\(group)", verdict: 1, way: .cgroupLink),
            Hook(
                section: "cgroup/sysctl", target: "cgroup:\(group)", verdict: 1, way: .cgroupLink,
                traffic: { TestNetwork.inGroup { TestNetwork.readSetting() } }),
            Hook(
                section: "cgroup/dev", target: "cgroup:\(group)", verdict: 1, way: .cgroupLink,
                traffic: { TestNetwork.inGroup { TestNetwork.openDevice() } }),
            Hook(section: "sk_lookup", target: "sk_lookup:self", verdict: 1, way: .namespaceLink),
            Hook(
                section: "netfilter", target: "netfilter:ipv4:local_in:-7", verdict: 1, way: .netfilterLink,
                since: "6.12"),
        ]

        @Test(arguments: hooks.filter(\.isHere))
        func `a program on a hook of the network runs with each packet or call and no more after`(hook: Hook) throws {
            let before = Machine.now
            let traffic = hook.section.hasPrefix("cgroup") || hook.section == "sockops"
            let act = { traffic ? TestNetwork.inGroup(hook.traffic) : hook.traffic() }
            try {
                let statistics = try RunTimeStatistics()
                let program = try TinyProgram(section: hook.section, code: TinyProgram.returning(hook.verdict))
                let target = try TestNetwork.target(hook.target, section: hook.section)
                var options = AttachOptions()
                options.limits = hook.limits
                let link = try Link.attach(program: program.descriptor, to: target, options: options)
                #expect(link.way == hook.way)
                #expect(link.notes.isEmpty == (hook.way != .clsact), "\(link.notes)")
                #expect(
                    eventually {
                        act()
                        return program.runs >= 3
                    }, "\(hook.testDescription) ran \(program.runs) times")
                if hook.way == .clsact {
                    #expect(throws: BPFError.self) { try link.info() }
                } else {
                    #expect(try link.info().kind.takesUpdates == (hook.way != .netfilterLink))
                }
                try link.detach()
                let after = program.runs
                act()
                #expect(program.runs == after, "\(hook.testDescription) still runs")
                extendLifetime(statistics)
            }()
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
            #expect(try TestNetwork.filters(of: "lo") == "")
        }

        @Test func `a dissector of a network namespace runs when the hash of a packet is asked for`() throws {
            let statistics = try RunTimeStatistics()
            // BPF_OK; the classifier asks for a new hash: set_hash_invalid, get_hash_recalc.
            let dissector = try TinyProgram(section: "flow_dissector", code: TinyProgram.returning(0))
            let asking = try TinyProgram(section: "tc", code: TinyProgram.askingForHash)
            let link = try Link.attach(
                program: dissector.descriptor, to: TestNetwork.target("flow_dissector:self", section: "flow_dissector"))
            let other = try Link.attach(
                program: asking.descriptor, to: TestNetwork.target("tc:lo:egress", section: "tc"))
            #expect(
                eventually {
                    TestNetwork.exchange()
                    return dissector.runs >= 1
                }, "asked \(asking.runs) times")
            let error = #expect(throws: BPFError.self) {
                _ = try Link.attach(
                    program: dissector.descriptor,
                    to: TestNetwork.target("flow_dissector:self", section: "flow_dissector"))
            }
            #expect(error?.description.contains("another dissector is there") == true, "\(String(describing: error))")
            try other.detach()
            try link.detach()
            extendLifetime(statistics)
        }

        @Test func `messages of the sockets of a map pass the program of the map`() throws {
            let statistics = try RunTimeStatistics()
            var object = try Object(contentsOf: "\(Lab.fixtures)/sockets.o")
            try object.attach("verdict", to: "sk_msg:sockets")
            var programs = try BPFCollection(object)
            try programs.attach()
            #expect(programs.links[0].way == (Self.hasTCX ? .socketMapLink : .socketMap))
            let verdict = try programs.program("verdict")
            try TestNetwork.withConnection { first, second in
                try programs.map("sockets").set(UInt32(first), of: UInt32(0))
                #expect(write(first, "hello", 5) == 5)
                var bytes = [UInt8](repeating: 0, count: 8)
                #expect(read(second, &bytes, 8) == 5)
            }
            #expect(try verdict.info().runCount >= 1)
            // A program of another process would be thrown off its map without a word.
            if Lab.kernel != "5.10" {
                let taken = #expect(throws: BPFError.self) {
                    _ = try programs.attach("verdict", to: .sockets(ofMap: "sockets", .socketMessageVerdict))
                }
                #expect(taken?.code == .hookTaken, "\(String(describing: taken))")
            }
            try programs.detach()
            // The map takes another one when this one is gone.
            let again = try programs.attach("verdict", to: .sockets(ofMap: "sockets", .socketMessageVerdict))
            try again.detach()
            #expect(throws: BPFError.self) {
                _ = try programs.attach("verdict", to: .sockets(ofMap: "socket", .socketMessageVerdict))
            }
            extendLifetime(statistics)
        }

        @Test(arguments: [
            ("xdp:lp", "xdp", "did you mean lo?"), ("xdp:9999", "xdp", "no network device of index 9999"),
            ("tc:nothere0:ingress", "tc", "there are: "), ("cgroup:/sys/fs/cgroup/testz", "sockops", "did you mean"),
            ("cgroup:/tmp", "sockops", "is not a control group"),
            ("sk_lookup:nowhere", "sk_lookup", "there is no network namespace /run/netns/nowhere"),
            ("sk_lookup:/proc/self/ns/pid", "sk_lookup", "is not a network namespace"),
            ("sk_lookup:/tmp", "sk_lookup", "is not a network namespace"),
        ])
        func `what is not there is told with what is near`(target: String, section: String, words: String) throws {
            try TestNetwork.makeGroup()
            let program = try TinyProgram(section: section, code: TinyProgram.returning(1))
            let error = #expect(throws: BPFError.self) {
                _ = try Link.attach(program: program.descriptor, to: TestNetwork.target(target, section: section))
            }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }

        @Test func `a kernel that lacks the hook says so with what it needs`() throws {
            let netkit = try TinyProgram(section: "tc")
            let error = #expect(throws: BPFError.self) {
                _ = try Link.attach(
                    program: netkit.descriptor, to: TestNetwork.target("netkit:lo", section: "netkit/peer"))
            }
            #expect(error?.description.contains("Linux 6.7") == true, "\(String(describing: error))")
            guard !Self.hasTCX else { return }
            let ordered = #expect(throws: BPFError.self) {
                _ = try Link.attach(
                    program: netkit.descriptor, to: TestNetwork.target("tc:lo:egress,last", section: "tc"))
            }
            #expect(ordered?.description.contains("Linux 6.6") == true, "\(String(describing: ordered))")
            let preorder = try TinyProgram(section: "sockops", code: TinyProgram.returning(1))
            try TestNetwork.makeGroup()
            let refused = #expect(throws: BPFError.self) {
                _ = try Link.attach(
                    program: preorder.descriptor,
                    to: TestNetwork.target("cgroup:\(Self.group),preorder", section: "sockops"))
            }
            #expect(refused?.description.contains("Linux 6.15") == true, "\(String(describing: refused))")
        }

        // MARK: - Filters of clsact, which outlive their process

        @Test func `filters and qdiscs of others stay, and ours go with the last of us`() throws {
            let tc = TestNetwork.tc
            var options = AttachOptions()
            options.limits = .withoutLink
            let program = try TinyProgram(section: "tc")
            let ingress = try TestNetwork.target("tc:tva:ingress", section: "tc")
            let egress = try TestNetwork.target("tc:tva:egress", section: "tc")

            // Two of us: the one that made the qdisc leaves first.
            let first = try Link.attach(program: program.descriptor, to: ingress, options: options)
            let second = try Link.attach(program: program.descriptor, to: egress, options: options)
            try first.detach()
            #expect(try TestNetwork.filters(of: "tva").contains("swift_bpf:"))
            try second.detach()
            #expect(try !shell("\(tc) qdisc show dev tva").contains("clsact"))

            // The qdisc was there before.
            try shell("\(tc) qdisc add dev tva clsact")
            let third = try Link.attach(program: program.descriptor, to: ingress, options: options)
            try third.detach()
            #expect(try shell("\(tc) qdisc show dev tva").contains("clsact"))
            try shell("\(tc) qdisc del dev tva clsact")

            // Somebody came to the qdisc that is ours.
            let fourth = try Link.attach(program: program.descriptor, to: ingress, options: options)
            let pin = "/sys/fs/bpf/of_others"
            try shell("bpftool prog pin id \(program.id) \(pin)")
            try shell("\(tc) filter add dev tva ingress bpf direct-action object-pinned \(pin)")
            try fourth.detach()
            let left = try TestNetwork.filters(of: "tva")
            #expect(left.contains("of_others") && !left.contains("swift_bpf:"), "\(left)")
            #expect(try shell("\(tc) qdisc show dev tva").contains("clsact"))
            try shell("\(tc) qdisc del dev tva clsact; rm \(pin)")

            // A qdisc that has no filters for what goes out.
            try shell("\(tc) qdisc add dev tva ingress")
            let error = #expect(throws: BPFError.self) {
                _ = try Link.attach(program: program.descriptor, to: egress, options: options)
            }
            #expect(error?.description.contains("the device has the qdisc ingress") == true)
            try Link.attach(program: program.descriptor, to: ingress, options: options).detach()
            #expect(try shell("\(tc) qdisc show dev tva").contains("ingress"))
            try shell("\(tc) qdisc del dev tva ingress")
        }

        @Test func `a loader that was killed leaves nothing, or what the next one removes`() throws {
            let before = Machine.now
            let arguments = [
                "\(Lab.examples)/measure-packet/mes_chk.o", "--attach", "mes_start=tc:tva:ingress", "--attach",
                "mes_end=tc:tvb:egress",
            ]
            let first = try RunningTool("load-kp-bpf", arguments)
            #expect(first.wait(for: "Running."), "\(first.stderr)")
            kill(first.pid, SIGKILL)
            _ = first.finish()
            let second = try RunningTool("load-kp-bpf", arguments)
            #expect(second.wait(for: "Running."), "\(second.stderr)")
            if Self.hasTCX {
                #expect(!second.stderr.contains("left on network device"))
            } else {
                #expect(second.stderr.contains("removed the filter that process \(first.pid) left"), "\(second.stderr)")
                #expect(try TestNetwork.filters(of: "tva").components(separatedBy: "swift_bpf:").count == 2)
            }
            let end = second.end()
            #expect(end.status == 0, "\(end)")
            for device in ["tva", "tvb"] {
                #expect(try TestNetwork.filters(of: device) == "")
                #expect(try !shell("\(TestNetwork.tc) qdisc show dev \(device)").contains("clsact"))
            }
            try shell("rm -r /sys/fs/bpf/tc")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `the measurement of the documents works, by tc of ours and by that of others`() throws {
            let outcome = try RunningTool("\(Lab.examples)/measure-packet/session", []).finish()
            #expect(outcome.status == 0, "\(outcome)")
            try shell("rm -rf /sys/fs/bpf/tc")
        }

        @Test(arguments: [
            ("xdp", "xdp:lo", "1000000", "CAP_BPF and CAP_NET_ADMIN are"),
            ("xdp", "xdp:lo", "8001000000", "CAP_NET_ADMIN is"),
            ("packets", "tc:lo:ingress", "8001000000", "CAP_NET_ADMIN is"),
            ("skb", "cgroup_skb/egress:\(group)", "8001000000", "CAP_NET_ADMIN is"),
        ])
        func `a capability that is missing is named, and with it the program runs`(
            name: String, target: String, capabilities: String, missing: String
        ) throws {
            try TestNetwork.makeGroup()
            func load(_ capabilities: String) throws -> RunningTool {
                try RunningTool(
                    "/usr/bin/confine",
                    [
                        "--uid", "1000", "--caps", capabilities, "\(Lab.tools)/load-kp-bpf",
                        "\(Lab.fixtures)/network.o", "--program", name, "--attach", "\(name)=\(target)",
                    ])
            }
            let outcome = try load(capabilities).finish()
            #expect(outcome.status == 77, "\(outcome)")
            #expect(outcome.stderr.contains("\(missing) missing"), "\(outcome)")
            // CAP_BPF, CAP_NET_ADMIN, and CAP_SYS_RESOURCE for the memory of kernels before 5.11.
            let enough = try load("8001001000")
            #expect(enough.wait(for: "Running."), "\(enough.stderr)")
            #expect(enough.end().status == 0)
        }
    }
}
