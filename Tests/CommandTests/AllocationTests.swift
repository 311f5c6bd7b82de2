// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What draining costs in memory management: nothing.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct AllocationTests {
    private let map = PinnedTestMap()

    /// How often a process has allocated so far, as `allocations.c` counts it in a file that both map.
    private func count(_ file: URL) throws -> UInt64 {
        try Data(contentsOf: file).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }

    /// The fewest allocations of a daemon in which it was woken by 100 events and wrote each, of several tries.
    ///
    /// What it does once a second allocates, in such tries as that falls into: most of them on an idle machine, but not all
    /// on a busy one either. What an event costs is in each.
    private func fewestAllocations(_ library: String, in folder: URL) throws -> UInt64 {
        defer { unlink(map.path) }
        let (out, counter) = (folder.appending(path: "OUT"), folder.appending(path: "count"))
        try Data(count: 8).write(to: counter)
        let daemon = try Tools.start(
            "bpf-eventd", [map.path, out.path], environment: ["LD_PRELOAD": library, "ALLOCATIONS": counter.path])
        try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
        let generator = try EventGenerator(pinnedAt: map.path)
        var (fewest, written) = (UInt64.max, 0)
        func emit() throws {
            try generator.emit(1, cpu: 0)
            written += 24
            #expect(try eventually("the event is written") { try Data(contentsOf: out).count == written })
        }
        try emit()
        try #require(count(counter) > 0, "the library counts")
        // What the daemon does once a second allocates, so a few events must fit between two of those on any machine.
        _ = try eventually("10 events without an allocation") {
            let before = try count(counter)
            for _ in 0..<10 { try emit() }
            fewest = min(fewest, try count(counter) - before)
            return fewest == 0 || written > 24 * 3000
        }
        #expect(daemon.end() == 0, "\(daemon.errors)")
        return fewest
    }

    // Frames only: what captures are made by allocates as long as it is not optimised.
    @Test func `an event that wakes the daemon costs no allocation`() throws {
        try withTemporaryFolder { folder in
            let library = folder.appending(path: "allocations.so").path
            let clang = ProcessInfo.processInfo.environment["CLANG"] ?? "clang"
            let source = fixtures.appending(path: "host/allocations.c").path
            let compiled = try runProcess(clang, ["-O2", "-shared", "-fPIC", source, "-o", library])
            try #require(compiled.status == 0, "\(compiled.errors)")
            #expect(try fewestAllocations(library, in: folder) == 0)
        }
    }
}
