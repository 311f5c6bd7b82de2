// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What the kernel refuses because of the state of the machine or the process: told by that state, not by the errno.
extension KernelTests {
    @Suite(.cell("default"), .kernels("6.1", "newest"), .serialized)
    struct MachineState {
        private let event = Lab.examples + "/minimal.bpf.o"
        private let probe = Lab.examples + "/kprobe_unlink.bpf.o"
        /// CAP_PERFMON and CAP_BPF.
        private static let both = "c000000000"

        /// Runs a tool with less than root has.
        private func confined(_ options: [String], _ tool: String, _ arguments: [String]) throws -> Outcome {
            try RunningTool("/usr/bin/confine", options + ["\(Lab.tools)/\(tool)"] + arguments).finish()
        }

        private func load(_ options: [String], _ object: String) throws -> Outcome {
            try shell("chmod 755 /root")
            return try confined(options, "load-kp-bpf", ["--duration", "300ms", object])
        }

        private func expect(
            _ outcome: Outcome, _ status: Int32, _ words: [String], sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(outcome.status == status, "\(outcome)", sourceLocation: sourceLocation)
            for word in words {
                #expect(outcome.stderr.contains(word), "\(word) is said in: \(outcome)", sourceLocation: sourceLocation)
            }
        }

        @Test func `a user without capabilities is told the same of a trace event as of a probe`() throws {
            for object in [event, probe] {
                let outcome = try load(["--uid", "1000"], object)
                expect(outcome, 77, ["CAP_BPF", "missing", "sudo load-kp-bpf ..., or once: sudo setcap"])
            }
            expect(try load(["--uid", "1000"], event), 77, ["the tracing files in /sys/kernel/tracing are closed"])
        }

        @Test func `perf_event_paranoid and the files of tracefs are named, and the advice works`() throws {
            let capable = ["--uid", "1000", "--caps", Self.both]
            try shell("sysctl -w kernel.perf_event_paranoid=3")
            expect(
                try load(capable, probe), 77,
                ["kernel.perf_event_paranoid is 3", "sysctl kernel.perf_event_paranoid=2"])
            try shell("sysctl -w kernel.perf_event_paranoid=2")
            defer {
                _ = try? shell(
                    "sysctl -w kernel.perf_event_paranoid=3; mount -o remount,gid=0,mode=700 /sys/kernel/tracing")
            }
            expect(try load(capable, probe), 0, [])
            expect(
                try load(capable, event), 77,
                ["the tracing files in /sys/kernel/tracing are closed", "mount -o remount"])
            try shell("mount -o remount,gid=1000,mode=750 /sys/kernel/tracing")
            expect(try load(capable, event), 0, [])
        }

        @Test(arguments: [1, 38])
        func `a seccomp filter is told, whatever number it answers with`(errno: Int) throws {
            for object in [event, probe] {
                expect(try load(["--refuse", "\(errno)"], object), 77, ["the seccomp filter of this process"])
            }
            let daemon = try confined(["--refuse", "\(errno)"], "bpf-eventd", ["/sys/fs/bpf/filtered", "-"])
            expect(daemon, 77, ["the seccomp filter of this process"])
        }

        @Test func `a soft limit below the hard one stops nothing`() throws {
            // All but CAP_SYS_RESOURCE (24), which would lift the hard limit too.
            let options = ["--caps", "fffeffffff", "--memlock", "0:18446744073709551615", "--nofile", "6:1024"]
            expect(try load(options, event), 0, [])
        }

        @Test func `the hard limit of descriptors is named with its value`() throws {
            expect(
                try load(["--nofile", "6:6"], Lab.examples + "/bootstrap.bpf.o"), 74,
                ["the limit of 6 open files of this process is reached", "ulimit -n"])
        }

        @Test func `the hard limit of locked memory is named where the kernel counts it`() throws {
            let outcome = try load(["--memlock", "0:0", "--caps", "fffeffffff"], event)
            if Lab.kernel == "5.10" {
                expect(outcome, 77, ["0 bytes (RLIMIT_MEMLOCK)", "CAP_SYS_RESOURCE", "LimitMEMLOCK=infinity"])
            } else {
                expect(outcome, 0, [])
            }
        }
    }
}
