// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Signals at points of set-up and run that nobody chose: afterwards the machine is as before, or the next start makes it so.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct KillMatrix {
        private static let signals = [SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGPIPE]
        private static let points = 15

        /// The same points in each run of the tests, so that a failure can be repeated, and other ones on each kernel.
        private func delays(upTo most: Double, seed: UInt64) -> [Double] {
            var state = Lab.kernel.utf8.reduce(seed) { $0 &* 257 &+ UInt64($1) }
            return (0..<Self.points).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(state >> 33) / Double(1 << 31) * most
            }
        }

        @Test func `the loader may be killed at any point, through the PMU or through tracefs`() throws {
            let object = Lab.examples + "/test_prog1.o"
            let ways = [[object, "sys_bpf"], ["--return", "--maxactive", "16", object, "sys_bpf"]]
            let before = Machine.now
            let whole = try time { try run("load-kp-bpf", "--duration", "1ms", object, "sys_bpf") }
            for (point, delay) in delays(upTo: whole * 1.5, seed: 1).enumerated() {
                let signal = Self.signals[point % Self.signals.count]
                let loader = try RunningTool("load-kp-bpf", ways[point % 2])
                usleep(UInt32(delay * 1_000_000))
                loader.send(signal)
                let outcome = loader.finish()
                #expect([0, 128 + signal].contains(outcome.status), "signal \(signal) after \(delay) s: \(outcome)")
            }
            let last = try run("load-kp-bpf", "--duration", "1ms", object, "sys_bpf")
            #expect(last.status == 0, "\(last)")
            // The pin is what the loader is asked to leave; everything else is as before.
            try shell("rm -f /sys/fs/bpf/map_event")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `the daemon may be killed at any point, with events coming`() throws {
            let before = Machine.now
            let map = "/sys/fs/bpf/map_event"
            let loader = try RunningTool("load-kp-bpf", [Lab.examples + "/test_prog1.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."))
            let output = FileManager.default.temporaryDirectory.appending(path: "events").path
            let whole = try time { try run("bpf-eventd", "--duration", "1ms", map, output) }
            for (point, delay) in delays(upTo: whole * 1.5, seed: 2).enumerated() {
                let signal = Self.signals[point % Self.signals.count]
                let daemon = try RunningTool("bpf-eventd", [map, output])
                usleep(UInt32(delay * 1_000_000))
                Traffic.bpf(command: 14_000, count: 5)
                daemon.send(signal)
                // A daemon that is up takes SIGHUP as the wish to begin its file anew.
                if signal == SIGHUP { daemon.send(SIGTERM) }
                let outcome = daemon.finish()
                #expect([0, 128 + signal].contains(outcome.status), "signal \(signal) after \(delay) s: \(outcome)")
                let printed = try run("print-event", output)
                #expect([0, 65].contains(printed.status) && (signal == SIGKILL || printed.status == 0), "\(printed)")
            }
            let last = try run("bpf-eventd", "--duration", "1ms", "--unpin", map, output)
            #expect(last.status == 0, "\(last)")
            #expect(loader.end().status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        private func time(_ body: () throws -> Outcome) throws -> Double {
            let start = Date()
            let outcome = try body()
            #expect(outcome.status == 0, "\(outcome)")
            return Date().timeIntervalSince(start)
        }
    }
}
