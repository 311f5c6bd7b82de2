// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import EventStream
import Foundation
import Records
import TestSupport
import Testing

/// Maps that bpf-eventd reads, as a capture has them.
extension KernelTests {
    @Suite(.kernels("6.12"))
    struct MapStream {
        private let map = "/sys/fs/bpf/exec_start"
        private let ring = "/sys/fs/bpf/rb"

        /// What a capture has of maps.
        private struct Content {
            var schemas: [CaptureSchema] = []
            var sources: [CaptureSource] = []
            /// The keys of each snapshot.
            var keys: [[UInt32]] = []
            var isWhole = true
            var events = 0
        }

        private func content(_ path: String) throws -> Content {
            var reader = CaptureReader()
            var content = Content()
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            try reader.read(bytes.span.bytes) { item, _ in
                switch item {
                case .schema(let schema): content.schemas.append(schema)
                case .source(let source): content.sources.append(source)
                case .records(let records): content.events += records.count
                case .snapshot(var block):
                    if block.isFirst { content.keys.append([]) }
                    if let end = block.end, end.extent != .whole { content.isWhole = false }
                    content.isWhole = content.isWhole && block.isContinuous
                    while let element = block.next() {
                        let key = element.key.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
                        content.keys[content.keys.count - 1].append(key)
                    }
                default: break
                }
            }
            return content
        }

        @Test(.cell("default"))
        func `a map beside a ring buffer is read with the types that the kernel has of it, while programs write`()
            throws
        {
            let before = Machine.now
            let loader = try RunningTool(
                "load-kp-bpf",
                [Lab.examples + "/bootstrap.bpf.o", "--pin", "rb=\(ring)", "--pin", "exec_start=\(map)"])
            #expect(loader.wait(for: "Running."))
            try shell("rm -f /tmp/both.bev")
            let daemon = try RunningTool("bpf-eventd", ["--every", "50ms", "--stats", map, ring, "/tmp/both.bev"])
            #expect(daemon.wait(for: "Running."))
            // It is in the map for as long as it runs.
            let sleeper = try RunningTool("/bin/sleep", ["1000"])
            for _ in 0..<20 { try shell("true") }
            #expect(daemon.end().status == 0)
            let found = try content("/tmp/both.bev")
            // The preamble may have come more than once.
            #expect(Set(found.sources.map(\.number)) == [0, 1])
            #expect(found.sources.allSatisfy { $0.content == ($0.number == 0 ? .elements : .events) })
            #expect(found.schemas.contains { $0.source == 0 && $0.origin == "from the map's own types" })
            #expect(found.keys.count >= 2 && found.isWhole && found.events > 0)
            #expect(
                found.keys.last?.filter { $0 == UInt32(sleeper.pid) }.count == 1, "once, as it is there all the time")
            _ = sleeper.end()
            #expect(loader.end().status == 0)
            try shell("rm -f /tmp/both.bev \(map) \(ring)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test(.cell("default"))
        func `a map is read without privilege where the kernel allows it, and else the option is named`() throws {
            var pinned = try PinnedMap.openOrCreate(
                PinPath(path: map),
                Map.Attributes(type: .hash, keySize: 4, valueSize: 8, maxEntries: 100, name: "exec_start"))
            pinned.keepPin()
            defer { unlink(map) }
            try pinned.map.set(UInt64(7), of: UInt32(5))
            let outcome = try run("bpf-eventd", "--once", "--user", "tracer", map, "/tmp/user.bev")
            if outcome.status == 0 {
                #expect(try content("/tmp/user.bev").keys == [[5]])
            } else {
                #expect(outcome.stderr.contains("leave out --user"), "\(outcome)")
            }
            try shell("rm -f /tmp/user.bev")
        }

        @Test(.cell("default")) func `values of all CPUs are in each element`() throws {
            var pinned = try PinnedMap.openOrCreate(
                PinPath(path: map),
                Map.Attributes(type: MapType(rawValue: 6), keySize: 4, valueSize: 8, maxEntries: 4, name: "per_cpu"))
            pinned.keepPin()
            defer { unlink(map) }
            let outcome = try run("bpf-eventd", "--once", map, "/tmp/cpus.bev")
            #expect(outcome.status == 0, "\(outcome)")
            #expect(try content("/tmp/cpus.bev").keys == [[0, 1, 2, 3]])
            try shell("rm -f /tmp/cpus.bev")
        }
    }
}
