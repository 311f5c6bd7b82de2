// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What draining costs in memory management: nothing.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct AllocationTests {
    private let map = PinnedTestMap()

    /// The allocations of a daemon that got that many events within a second, each of which woke it.
    private func allocations(_ library: String, events: Int) throws -> Int {
        defer { unlink(map.path) }
        let daemon = try Tools.start(
            "bpf-eventd", [map.path, "/dev/null"], environment: ["LD_PRELOAD": library])
        try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
        let generator = try EventGenerator(pinnedAt: map.path)
        let end = Date().addingTimeInterval(1.5)
        for _ in 0..<events {
            try generator.emit(1, cpu: 0)
            usleep(300)
        }
        usleep(UInt32(max(0, end.timeIntervalSinceNow) * 1_000_000))
        #expect(daemon.end() == 0, "\(daemon.errors)")
        let line = daemon.errors.split(separator: "\n").last { $0.hasPrefix("allocations: ") }
        return try #require(line.flatMap { Int($0.dropFirst("allocations: ".count)) }, "\(daemon.errors)")
    }

    // Frames only: what captures are made by allocates as long as it is not optimised.
    @Test func `2000 events more cost no allocation more`() throws {
        try withTemporaryFolder { folder in
            let library = folder.appending(path: "allocations.so").path
            let clang = ProcessInfo.processInfo.environment["CLANG"] ?? "clang"
            let source = fixtures.appending(path: "host/allocations.c").path
            let compiled = try runProcess(clang, ["-O2", "-shared", "-fPIC", source, "-o", library])
            try #require(compiled.status == 0, "\(compiled.errors)")
            let few = try allocations(library, events: 10)
            let many = try allocations(library, events: 2010)
            // What the daemon does once a second takes some hundred, and it may do that once more.
            #expect(many - few < 1000, "\(few) and \(many)")
        }
    }
}
