// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Foundation
import TestSupport
import Testing

/// Programs that note when their turn was: order on hooks, hooks of sockets, fragments, groups and modules, and what
/// `--list` says of them.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Hooks {
        private static let object = "\(Lab.fixtures)/hooks.o"
        private static let group = "/sys/fs/cgroup/tests"
        private static let hasTCX = !Lab.isOlder(than: "6.6")

        init() throws { try TestNetwork.prepare() }

        private func attached(_ targets: [String]) -> [String] {
            ["--json", "--dump-globals", Self.object] + targets.flatMap { ["--attach", $0] }
        }

        /// Attaches programs while a body runs, ends them, and looks that nothing is left.
        ///
        /// - Returns: The variables of the object.
        private func variables(_ targets: String..., during body: () throws -> Void) throws -> [String: Int] {
            let before = Machine.now
            let tool = try RunningTool("load-kp-bpf", attached(targets))
            #expect(tool.wait(for: #""event":"running""#), "\(tool.stderr)")
            if tool.isRunning { try body() }
            let outcome = tool.end()
            #expect(outcome.status == 0, "\(outcome)")
            let line = outcome.stdout.split(separator: "\n").first { $0.contains(#""event":"globals""#) } ?? "{}"
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
            return (object?["variables"] as? [String: Any] ?? [:]).compactMapValues { $0 as? Int }
        }

        /// Expects programs to have run, in this order.
        private func expectOrder(_ programs: String..., in variables: [String: Int]) {
            let turns = programs.map { variables["\($0)_turn"] ?? 0 }
            #expect(turns[0] > 0 && turns == turns.sorted(), "\(programs): \(variables)")
        }

        private func refused(_ targets: String..., because words: String) throws {
            let outcome = try RunningTool("load-kp-bpf", attached(targets)).finish()
            #expect(outcome.status != 0 && outcome.stderr.contains(words), "\(outcome)")
        }

        @Test func `programs on one hook of a device run in the order that was asked for`() throws {
            if Self.hasTCX {
                let found = try variables(
                    "tc_plain=tc:lo:egress", "tc_behind=tc:lo:egress,last", "tc_front=tc:lo:egress,first"
                ) { TestNetwork.exchange() }
                expectOrder("tc_front", "tc_plain", "tc_behind", in: found)
            } else {
                // Of filters of clsact the newest comes first.
                let found = try variables("tc_plain=tc:lo:egress", "tc_behind=tc:lo:egress") { TestNetwork.exchange() }
                expectOrder("tc_behind", "tc_plain", in: found)
            }
            try refused("xdp_one=xdp:lo", "xdp_two=xdp:lo", because: "another XDP program is on the device")
        }

        @Test func `programs of control groups run in the order that was asked for`() throws {
            let open = { TestNetwork.inGroup { TestNetwork.exchange() } }
            // Linux 6.17, and updates of 6.12.
            guard !Lab.isOlder(than: "6.12") else {
                let found = try variables("group_plain=cgroup:\(Self.group)", "group_behind=cgroup:\(Self.group)") {
                    open()
                }
                expectOrder("group_plain", "group_behind", in: found)
                return try refused("group_plain=cgroup:\(Self.group),first", because: "Linux 6.17")
            }
            let found = try variables(
                "group_plain=cgroup:\(Self.group)", "group_behind=cgroup:\(Self.group),last",
                "group_front=cgroup:\(Self.group),first", "group_above=cgroup:/sys/fs/cgroup,preorder"
            ) { open() }
            expectOrder("group_above", "group_front", "group_plain", "group_behind", in: found)
        }

        @Test func `a target says the type of a program whose section says nothing`() throws {
            let found = try variables("unsaid=cgroup:\(Self.group):egress") {
                TestNetwork.inGroup { TestNetwork.exchange() }
            }
            #expect(found["unsaid_runs"] ?? 0 > 0, "\(found)")
            try refused("unsaid=cgroup:\(Self.group)", because: "cgroup:PATH:egress")
        }

        @Test func `what sockets of a map receive is cut into messages and decided on`() throws {
            let statistics = try RunTimeStatistics()
            var object = try Object(contentsOf: "\(Lab.fixtures)/sockets.o")
            try object.attach("parser", to: "sk_skb/stream_parser:sockets")
            try object.attach("stream", to: "sk_skb/stream_verdict:sockets")
            var programs = try BPFCollection(object)
            try programs.attach()
            try TestNetwork.withConnection { first, second in
                try programs.map("sockets").set(UInt32(second), of: UInt32(0))
                #expect(write(first, "hello", 5) == 5)
                var bytes = [UInt8](repeating: 0, count: 8)
                #expect(read(second, &bytes, 8) == 5)
            }
            #expect(try programs.program("parser").info().runCount >= 1)
            #expect(try programs.program("stream").info().runCount >= 1)
            try programs.detach()
            extendLifetime(statistics)
        }

        @Test(.enabled(if: !Lab.isOlder(than: "6.6")))
        func `a program of netfilter sees fragments, and with defrag whole packets`() throws {
            let statistics = try RunTimeStatistics()
            try shell("insmod /lib/modules/nf_defrag_ipv4.ko || true")
            for (target, runs) in [("pre_routing:-7", 3...5), ("pre_routing:-7,defrag", 1...1)] {
                let program = try TinyProgram(section: "netfilter", code: TinyProgram.returning(1))
                let link = try Link.attach(
                    program: program.descriptor,
                    to: TestNetwork.target("netfilter:ipv4:\(target)", section: "netfilter"))
                try shell("\(TestNetwork.ip) netns exec tests ping -c 1 -s 4000 10.78.0.1")
                #expect(runs.contains(Int(program.runs)), "\(target): \(program.runs)")
                try link.detach()
            }
            extendLifetime(statistics)
        }

        @Test(.enabled(if: !Lab.isOlder(than: "6.0")))
        func `a hook of the security modules for a group is called by processes of the group alone`() throws {
            try shell("[ -e /sys/kernel/security/lsm ] || mount -t securityfs none /sys/kernel/security")
            #expect(try shell("cat /sys/kernel/security/lsm").split(separator: ",").contains("bpf"))
            let outside = try variables("binding=lsm_cgroup:socket_bind:\(Self.group)") { TestNetwork.exchange() }
            #expect(outside["binding_runs"] == 0, "\(outside)")
            let inside = try variables("binding=lsm_cgroup:socket_bind:\(Self.group)") {
                TestNetwork.inGroup { TestNetwork.exchange() }
            }
            #expect(inside["binding_runs"] ?? 0 > 0, "\(inside)")
        }

        @Test func `tracepoints of a module take programs of each kind`() throws {
            for module in ["vsock", "vmw_vsock_virtio_transport_common", "vsock_loopback"] {
                try shell("insmod /lib/modules/\(module).ko || true")
            }
            defer { _ = try? shell("rmmod vsock_loopback vmw_vsock_virtio_transport_common vsock || true") }
            // By BTF too, since modules have types (5.11).
            let typed = Lab.isOlder(than: "5.11") ? [] : ["module_typed"]
            let programs = ["module_event", "module_raw"] + typed
            let before = Machine.now
            let tool = try RunningTool(
                "load-kp-bpf", ["--json", "--dump-globals"] + programs.flatMap { ["--program", $0] } + [Self.object])
            #expect(tool.wait(for: #""event":"running""#), "\(tool.stderr)")
            TestNetwork.knockAtVirtualSocket()
            let outcome = tool.end()
            #expect(outcome.status == 0, "\(outcome)")
            for program in programs {
                #expect(!outcome.stdout.contains("\"\(program)_runs\":0"), "\(outcome)")
            }
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `the list names devices, groups and namespaces, of processes and of pins`() throws {
            let before = Machine.now
            let tool = try RunningTool(
                "load-kp-bpf",
                attached(
                    [
                        "xdp_one=xdp:lo", "packets_in=cgroup:\(Self.group)", "group_plain=cgroup:\(Self.group)",
                        "lookup=sk_lookup:self",
                    ] + (Self.hasTCX ? ["tc_plain=tc:tva:ingress"] : [])))
            #expect(tool.wait(for: #""event":"running""#), "\(tool.stderr)")
            let list = try run("load-kp-bpf", "--json", "--list")
            let words =
                [
                    #""kind":"xdp","target":"lo","#, #""target":"\#(Self.group)","attach_type":"cgroup_inet_ingress""#,
                    #""target":"the own network namespace","attach_type":"sk_lookup""#,
                ] + (Self.hasTCX ? [#""target":"tva","attach_type":"tcx_ingress""#] : [])
            for word in words { #expect(list.stdout.contains(word), "\(word) in \(list)") }
            let text = try run("load-kp-bpf", "--list")
            #expect(text.stdout.contains("at cgroup \(Self.group) (cgroup_inet_ingress), link "), "\(text)")
            #expect(tool.end().status == 0)

            // A device of another namespace is not taken for one of ours.
            let pins = "/sys/fs/bpf/hooks"
            let pinned = try run(
                "load-kp-bpf", "--pin-links", pins, Self.object, "--attach", "lookup=sk_lookup:tests", "--attach",
                "packets_in=cgroup:\(Self.group)")
            #expect(pinned.status == 0, "\(pinned)")
            let listed = try run("load-kp-bpf", "--json", "--list")
            #expect(listed.stdout.contains(#""target":"tests","attach_type":"sk_lookup""#), "\(listed)")
            let stopped = try run("load-kp-bpf", "--stop", pins)
            #expect(stopped.stdout.contains("packets_in: cgroup \(Self.group)"), "\(stopped)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        /// `CAP_PERFMON` and `CAP_BPF`; `CAP_SYS_RESOURCE` for the memory of kernels before 5.11.
        private enum Bits {
            static let perfmon: UInt64 = 1 << 38
            static let bpf: UInt64 = 1 << 39
            static let memory: UInt64 = Lab.isOlder(than: "5.11") ? 1 << 24 : 0
        }

        @Test func `what takes other capabilities than tracing does names those`() throws {
            func outcome(_ capabilities: UInt64, _ arguments: String...) throws -> Outcome {
                let confined = ["--uid", "1000", "--caps", String(capabilities | Bits.memory, radix: 16)]
                return try RunningTool("/usr/bin/confine", confined + ["\(Lab.tools)/load-kp-bpf"] + arguments).finish()
            }
            let map = try outcome(Bits.bpf | Bits.perfmon, "--load-only", "\(Lab.fixtures)/sockets.o")
            #expect(map.status == 77 && map.stderr.contains("CAP_NET_ADMIN is missing"), "\(map)")
            let list = try outcome(Bits.bpf | Bits.perfmon, "--list")
            #expect(list.status == 77 && list.stderr.contains("CAP_SYS_ADMIN is missing"), "\(list)")
        }
    }
}
