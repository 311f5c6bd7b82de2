// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// bpf-eventd on a map whose events are counted where they are made.
final class CountedPipeline {
    static let map = "/sys/fs/bpf/counted"
    let daemon: RunningTool
    let generator: CountingGenerator

    /// Starts a daemon that ends with its statistics and waits until it runs.
    ///
    /// - Parameters:
    ///   - maps: Further ones.
    ///   - output: A file, or `-` with `stdout`.
    init(_ options: [String] = [], maps: [String] = [], output: String, stdout: Int32? = nil) throws {
        daemon = try RunningTool("bpf-eventd", options + ["--stats", Self.map] + maps + [output], stdout: stdout)
        try #require(daemon.wait(for: "Running."), "\(daemon.stderr)")
        generator = try CountingGenerator(pinnedAt: Self.map)
    }

    deinit { try? FileManager.default.removeItem(atPath: Self.map) }

    /// Whether the kernel tells how many events a ring lost, or only with the next event (`PERF_FORMAT_LOST`, 6.0).
    static let tellsLost = !["5.10"].contains(Lab.kernel)

    /// On older kernels a loss is told in front of the next event: one more on each CPU, when there is room.
    func tellLosses(cpus: Range<Int> = 0..<2) {
        waitUntilIdle()
        generator.emit(1, cpus: cpus)
    }

    /// Waits until the daemon has taken all that there is.
    func waitUntilIdle() { #expect(ProcessState.waitUntilIdle(daemon.pid)) }
}

/// What `--stats` says.
struct DaemonAccount: Equatable {
    var events: Int
    var lost: Int
    var writes: Int
    var wakeups: Int

    init?(_ outcome: Outcome) {
        func number(_ name: String) -> Int? {
            guard let range = outcome.stderr.range(of: name + ": [0-9]+", options: [.regularExpression, .backwards])
            else { return nil }
            return Int(outcome.stderr[range].dropFirst(name.count + 2))
        }
        guard let events = number("events"), let lost = number("lost"), let writes = number("writes"),
            let wakeups = number("wakeups")
        else { return nil }
        (self.events, self.lost, self.writes, self.wakeups) = (events, lost, writes, wakeups)
    }
}

/// The events of a generator in a stream, all of one size.
struct CountedEvents {
    /// Whole frames.
    let count: Int
    /// Bytes behind the last whole frame.
    let rest: Int
    /// Whether the times of each CPU go up all the way.
    let isInOrder: Bool

    init(_ bytes: [UInt8]) {
        (count, rest, isInOrder) = bytes.withUnsafeBytes { bytes in
            guard bytes.count >= 4 else { return (0, bytes.count, true) }
            let size = 4 + Int(bytes.loadUnaligned(as: UInt32.self))
            guard size >= 20 else { return (0, bytes.count, false) }
            var last = [UInt64](repeating: 0, count: 1024)
            var isInOrder = true
            for start in stride(from: 0, through: bytes.count - size, by: size) {
                let cpu = Int(bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt32.self)) % last.count
                let time = bytes.loadUnaligned(fromByteOffset: start + 12, as: UInt64.self)
                if time < last[cpu] || Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)) + 4 != size {
                    isInOrder = false
                }
                last[cpu] = time
            }
            return (bytes.count / size, bytes.count % size, isInOrder)
        }
    }

    init(files paths: String...) throws { try self.init(files: paths) }

    init(files paths: [String]) throws {
        self.init(try paths.flatMap { try [UInt8](Data(contentsOf: URL(fileURLWithPath: $0))) })
    }
}

/// Takes what comes out of a pipe, on a thread of its own, until its end.
final class PipeReader: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)
    private var taken: [UInt8] = []

    init(_ descriptor: Int32) {
        Thread {
            let end = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            while let data = try? end.read(upToCount: 1 << 16), !data.isEmpty { self.taken += data }
            self.done.signal()
        }.start()
    }

    /// Everything, when the writers have gone.
    func finish() -> CountedEvents {
        done.wait()
        return CountedEvents(taken)
    }
}

/// Events at full rate from two CPUs, until told to end.
final class Load {
    private let repeated: Repeated

    init(_ generator: CountingGenerator) {
        repeated = Repeated { generator.emit(2000, cpus: 0..<2) }
    }

    func end() { repeated.end() }
}
