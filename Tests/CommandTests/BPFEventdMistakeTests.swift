// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What bpf-eventd says of paths that are not what they should be.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct BPFEventdMistakeTests {
    private let map = PinnedTestMap()

    /// An object with a ring buffer.
    private static let ringBuffer = """
        struct { int (*type)[27]; int (*max_entries)[4096]; } rb __attribute__((section(".maps"), used));
        __attribute__((section("socket"), used)) int filter(void *context) { return 0; }
        char _license[] __attribute__((section("license"), used)) = "GPL";
        """

    @Test func `where nothing is pinned it says what it made, which pins are near, and once that nobody uses it`()
        throws
    {
        let mistyped = map.path + "x"
        defer { for pin in [mistyped, map.path] { unlink(pin) } }
        let first = try Tools.run("bpf-eventd", ["--duration", "10ms", map.path, "/dev/null"])
        #expect(first.errors.contains("nothing was pinned at \(map.path): made an empty perf_event_array"), "\(first)")
        let daemon = try Tools.start("bpf-eventd", [mistyped, "/dev/null"])
        #expect(daemon.wait(for: "no program has used \(mistyped) for 5 s"), "\(daemon.errors)")
        usleep(1_500_000)
        #expect(daemon.end() == 0)
        let near = daemon.errors.split(separator: "\n").first { $0.contains("near: ") }
        #expect(near?.contains(map.path + ",") == true || near?.hasSuffix(map.path) == true, "\(daemon.errors)")
        #expect(daemon.errors.components(separatedBy: "no program has used").count == 2)
        // What is there is taken without a word of that.
        let again = try Tools.run("bpf-eventd", ["--duration", "10ms", map.path, "/dev/null"])
        #expect(again.status == 0 && !again.errors.contains("nothing was pinned"), "\(again)")
    }

    @Test func `an output in front of the maps is refused, with the command line that was meant`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "out.bev").path
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: file))
            defer { unlink(map.path) }
            for isPinned in [false, true] {
                let outcome = try Tools.run("bpf-eventd", [file, map.path])
                #expect(outcome.status == 64, "\(outcome)")
                #expect(outcome.errors.contains("the output comes last"), "\(outcome)")
                if isPinned { #expect(outcome.errors.contains("bpf-eventd \(map.path) \(file)"), "\(outcome)") }
                _ = try Tools.run("bpf-eventd", ["--duration", "10ms", map.path, "/dev/null"])
            }
            let plain = try Tools.run("bpf-eventd", [file, "/dev/null"])
            #expect(plain.status == 64 && plain.errors.contains("is a file, and no pin of a map"), "\(plain)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data([1, 2, 3]))
        }
    }

    @Test func `a loader that comes after the daemon is told who has the map, and the order`() throws {
        try withTemporaryFolder { folder in
            defer { unlink(map.path) }
            let daemon = try Tools.start("bpf-eventd", [map.path, "/dev/null"])
            try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
            let object = folder.appending(path: "ring.bpf.o").path
            try Data(compileBPF(source: Self.ringBuffer, arguments: ["-g"])).write(to: URL(fileURLWithPath: object))
            let outcome = try Tools.run("load-kp-bpf", ["--load-only", "--pin", "rb=\(map.path)", object])
            #expect(outcome.status == 65, "\(outcome)")
            #expect(outcome.errors.contains("bpf-eventd (pid \(daemon.pid))"), "\(outcome)")
            #expect(outcome.errors.contains("start the loader first"), "\(outcome)")
            #expect(daemon.end() == 0)
        }
    }
}
