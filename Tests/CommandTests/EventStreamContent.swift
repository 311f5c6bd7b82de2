// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// A map of its own, pinned as long as a test needs it.
struct PinnedTestMap {
    let path = "/sys/fs/bpf/command_test_\(getpid())_\(UInt32.random(in: 0...UInt32.max))"

    /// Runs a daemon, and removes the pin afterwards whatever happens.
    func withDaemon(
        _ options: [String] = [], output: String, stdout: Any? = nil,
        _ body: (RunningTool, EventGenerator) throws -> Void
    ) throws {
        defer { unlink(path) }
        let daemon = try Tools.start("bpf-eventd", options + [path, output], stdout: stdout)
        try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
        try body(daemon, try EventGenerator(pinnedAt: path))
    }
}

extension RunningTool {
    /// The events of which it says that they are lost.
    var lostEvents: Int {
        let line = errors.split(separator: "\n").last { $0.hasPrefix("lost ") && $0.contains(" in total") }
        return line.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
    }
}

/// The times of the generator's events in a stream, in the order in which they came.
///
/// - Returns: nil if the stream is not made of whole frames of such events.
func eventTimes(_ stream: Data) -> [UInt64]? {
    let (frame, header) = (24, bytes(UInt32(20)))
    guard stream.count % frame == 0 else { return nil }
    var times: [UInt64] = []
    for start in stride(from: stream.startIndex, to: stream.endIndex, by: frame) {
        guard stream[start..<(start + 4)].elementsEqual(header) else { return nil }
        times.append(stream[(start + 12)..<(start + 20)].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
    return times
}

/// Whether each time is later than the one before it.
func isAscending(_ times: [UInt64]) -> Bool {
    zip(times, times.dropFirst()).allSatisfy { $0 < $1 }
}
