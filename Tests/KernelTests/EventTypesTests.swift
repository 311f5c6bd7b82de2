// SPDX-License-Identifier: Apache-2.0

import EventStream
import EventTypes
import Foundation
import TestSupport
import Testing

/// The types of events on their way: object, load-kp-bpf, `/run/swift-bpf`, bpf-eventd, capture.
extension KernelTests {
    @Suite(.cell("default"), .kernels("6.12"))
    struct EventTypes {
        private let ring = "/sys/fs/bpf/rb"
        private let file = "/tmp/typed-capture"
        private let folder = "/run/swift-bpf"

        /// The files of types that are there.
        private var left: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

        private func load() throws -> RunningTool {
            let loader = try RunningTool("load-kp-bpf", [Lab.examples + "/bootstrap.bpf.o", "--pin", "rb=\(ring)"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            #expect(loader.stderr.contains("note: events of rb are decoded as struct bootstrap_event (168 bytes)"))
            #expect(left.count == 1, "\(left)")
            return loader
        }

        @Test func `a capture has the type that the loader found, and nothing is left when both have ended`() throws {
            let before = Machine.now
            let loader = try load()
            let daemon = try RunningTool("bpf-eventd", ["--format", "capture", "--unpin", ring, file])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            try shell("/bin/sh -c :")
            #expect(eventually { (try? CapturedEvents(files: file).records[0]) ?? 0 >= 2 })
            #expect(daemon.end().status == 0)
            let capture = try CapturedEvents(files: file)
            let schema = try #require(capture.schemas.first)
            #expect(schema.typeName == "struct bootstrap_event" && schema.eventSize == 168)
            #expect(schema.origin.contains("DWARF") && capture.records[0] ?? 0 >= 2)
            // Whoever has the capture can print it.
            let shells = #"kind == BOOTSTRAP_EXEC && filename == "*/sh""#
            let printed = try run("print-event", "--where", shells, "--fields", "kind,comm,duration_ns:ns", file)
            #expect(printed.status == 0 && printed.stdout.hasPrefix("kind: BOOTSTRAP_EXEC, comm: \""), "\(printed)")
            let json = try run("print-event", "--json", "--head", "1", file).stdout
            #expect(json.contains(#""kind":"BOOTSTRAP_"#) && json.contains(#""_map":"rb""#), "\(json)")
            // The programs still use the map.
            #expect(left.count == 1)
            #expect(loader.end().status == 0)
            #expect(left.isEmpty, "\(left)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a daemon that was there first takes the type in before the first event`() throws {
            let before = Machine.now
            try shell("bpftool map create \(ring) type ringbuf key 0 value 0 entries 262144 name rb")
            let daemon = try RunningTool("bpf-eventd", ["--format", "capture", "--unpin", ring, file])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            let loader = try load()
            #expect(daemon.wait(for: "decoded as struct bootstrap_event"), "\(daemon.stderr)")
            try shell("/bin/sh -c :")
            #expect(loader.end().status == 0)
            // The map is pinned, and its events are still to be read.
            #expect(left.count == 1)
            #expect(daemon.end().status == 0)
            // A later preamble, with the programs, tells it once more.
            #expect(try Set(CapturedEvents(files: file).schemas.map(\.typeName)) == ["struct bootstrap_event"])
            // The kernel frees programs a little later than their loader ends: the daemon may have seen one.
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
            #expect(try run("load-kp-bpf", "--load-only", Lab.examples + "/minimal.bpf.o").status == 0)
            #expect(left.isEmpty, "\(left)")
        }

        @Test func `what a killed loader left is removed by the next one`() throws {
            let before = Machine.now
            let loader = try load()
            loader.send(SIGKILL)
            _ = loader.finish()
            #expect(left.count == 1, "\(left)")
            try FileManager.default.removeItem(atPath: ring)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
            #expect(try run("load-kp-bpf", "--load-only", Lab.examples + "/minimal.bpf.o").status == 0)
            #expect(left.isEmpty, "\(left)")
        }
    }
}
