// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What holds for every kind of program, as tables: what a killed loader leaves, and which capabilities it takes.
extension KernelTests {
    @Suite(.cell("default"))
    struct Kinds {
        private static let group = "/sys/fs/cgroup/tests"

        init() throws { try TestNetwork.prepare() }

        /// A kind, by its program in Tests/Fixtures/kernel/kinds.c.
        struct Kind: CustomTestStringConvertible, Sendable {
            let program: String
            /// Where it goes, if its section does not say it.
            var target: String?
            /// The first kernel that has it, or Debian builds with it.
            var since: String?
            /// What it takes to load and to attach it.
            var capabilities: [Capability] = [.bpf, .perfmon]
            /// Whether it goes to a socket of somebody else.
            var isOnlyLoaded = false
            /// The object, another one for programs on maps of sockets, which take a capability themselves.
            var object = "kinds.o"

            var testDescription: String { program }
            var isHere: Bool { since.map { !Lab.isOlder(than: $0) } ?? true }
            var arguments: [String] {
                ["\(Lab.fixtures)/\(object)"]
                    + (target.map { ["--attach", "\(program)=\($0)"] } ?? ["--program", program])
                    + (isOnlyLoaded ? ["--load-only"] : ["--duration", "1ms"])
            }
        }

        enum Capability: Int, CaseIterable {
            case readSearch = 2
            case netAdmin = 12
            case sysAdmin = 21
            case perfmon = 38
            case bpf = 39

            /// What is said where it is missing.
            var words: String {
                switch self {
                case .readSearch: "the tracing files in /sys/kernel/tracing are closed"
                case .netAdmin: "CAP_NET_ADMIN is missing"
                case .sysAdmin: "CAP_SYS_ADMIN is missing"
                case .perfmon: "CAP_PERFMON is missing"
                case .bpf: "CAP_BPF is missing"
                }
            }
        }

        static let kinds: [Kind] =
            [
                Kind(program: "entry"), Kind(program: "at_return"), Kind(program: "call"),
                Kind(program: "entries", since: "6.12"),
                Kind(program: "event", capabilities: [.bpf, .perfmon, .readSearch]), Kind(program: "raw"),
                Kind(program: "typed"), Kind(program: "traced"), Kind(program: "traced_exit"),
                Kind(program: "modified"), Kind(program: "hook"),
                Kind(program: "group_hook", target: "lsm_cgroup:socket_bind:\(group)", since: "6.0"),
                Kind(program: "samples"), Kind(program: "user_entry", capabilities: [.sysAdmin]),
                Kind(program: "user_return", capabilities: [.sysAdmin]),
                Kind(program: "user_entries", since: "6.6"),
                Kind(program: "user_event", capabilities: Lab.isOlder(than: "6.6") ? [.sysAdmin] : [.bpf, .perfmon]),
            ]
            + [
                Kind(program: "device", target: "xdp:lo"), Kind(program: "packets", target: "tc:lo:ingress"),
                Kind(program: "ends", target: "netkit:tnk", since: "6.7"),
                Kind(program: "group_packets", target: "cgroup:\(group)"),
                Kind(program: "group_sockets", target: "cgroup:\(group)"),
                Kind(program: "group_calls", target: "cgroup:\(group)"),
                Kind(program: "dissector", target: "flow_dissector:self"),
                Kind(program: "filter", target: "netfilter:ipv4:local_in:-7", since: "6.4"),
                Kind(program: "verdict", target: "sk_msg:sockets", object: "sockets.o"),
                Kind(program: "stream", target: "sk_skb/stream_verdict:sockets", object: "sockets.o"),
            ].map { kind in
                var kind = kind
                kind.capabilities = [.bpf, .netAdmin]
                return kind
            } + [Kind(program: "lookup", target: "sk_lookup:self", capabilities: [.bpf])]

        /// An iterator ends by itself, and takes another program to be still there.
        static let tasks = Kind(program: "tasks")

        /// Programs that others attach.
        static let loaded = [
            Kind(program: "socket", capabilities: [.bpf], isOnlyLoaded: true),
            Kind(program: "reuse", capabilities: [.bpf], isOnlyLoaded: true),
        ]

        /// Those that this kernel has and is to look at.
        static let here = Lab.share(of: (kinds + [tasks]).filter(\.isHere))

        /// What is on the devices that programs go to.
        private func devices() throws -> String {
            try TestNetwork.filters(of: "lo") + shell("\(TestNetwork.tc) qdisc show dev lo")
                + shell("\(TestNetwork.ip) -d link show dev lo | grep -i xdp || true")
        }

        @Test(arguments: here)
        func `of each kind a killed loader leaves nothing`(kind: Kind) throws {
            // A filter of clsact stays until the next loader comes: NetworkTests.
            if kind.program == "packets", Lab.isOlder(than: "6.6") { return }
            let before = Machine.now
            let usesDevices = kind.target?.contains(":lo") == true
            let devicesBefore = try usesDevices ? devices() : ""
            let tool = try RunningTool(
                "load-kp-bpf",
                Array(kind.arguments.dropLast(2)) + (kind.program == "tasks" ? ["--program", "raw"] : []))
            try #require(tool.wait(for: "Running."), "\(tool.stderr)")
            let now = Machine.now
            #expect(!now.programs.isSubset(of: before.programs), "it is there")
            #expect(tool.end(SIGKILL).status == 128 + SIGKILL)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
            #expect(
                !usesDevices || eventually("the devices are as before") { (try? devices()) == devicesBefore },
                "before: \(devicesBefore)")
        }

        /// Runs the loader as a user with some capabilities.
        private func load(_ capabilities: [Capability], _ arguments: [String]) throws -> Outcome {
            // CAP_SYS_RESOURCE for the memory of kernels before 5.11.
            let bits = capabilities.reduce(Lab.isOlder(than: "5.11") ? UInt64(1) << 24 : 0) {
                $0 | UInt64(1) << UInt64($1.rawValue)
            }
            return try RunningTool(
                "/usr/bin/confine",
                ["--uid", "1000", "--caps", String(bits, radix: 16), "\(Lab.tools)/load-kp-bpf"] + arguments
            ).finish()
        }

        @Test(arguments: here + loaded)
        func `each kind runs with exactly its capabilities, and with one less names that`(kind: Kind) throws {
            // Above 2 nothing but CAP_SYS_ADMIN opens events, a patch of Debian.
            let setting = "/proc/sys/kernel/perf_event_paranoid"
            let paranoid = try String(contentsOfFile: setting, encoding: .utf8)
            try "2".write(toFile: setting, atomically: false, encoding: .utf8)
            defer { try? paranoid.write(toFile: setting, atomically: false, encoding: .utf8) }
            let enough = try load(kind.capabilities, kind.arguments)
            #expect(enough.status == 0, "\(enough)")
            for missing in kind.capabilities {
                // CAP_SYS_ADMIN stands for what it takes to load the program.
                let others = missing == .sysAdmin ? [.bpf, .perfmon] : kind.capabilities.filter { $0 != missing }
                let less = try load(others, kind.arguments)
                #expect(less.status == 77 && less.stderr.contains(missing.words), "without \(missing): \(less)")
            }
        }

        @Test func `to stand in for another program takes the right to open that`() throws {
            let parts = "\(Lab.fixtures)/parts.o"
            let watched = try RunningTool("load-kp-bpf", ["--program", "watched", parts])
            #expect(watched.wait(for: "Running."), "\(watched.stderr)")
            let arguments = ["--duration", "1ms", parts, "--attach", "replacement=freplace:prog:watched:answer"]
            // It stands for the others.
            let enough = try load([.sysAdmin], arguments)
            #expect(enough.status == 0, "\(enough)")
            let less = try load([.bpf, .perfmon, .netAdmin], arguments)
            #expect(less.status == 77 && less.stderr.contains(Capability.sysAdmin.words), "\(less)")
            #expect(watched.end().status == 0)
        }
    }
}
