// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A line of print-event, read back.
struct PrintedEvent: Equatable {
    let idx: Int
    let cmd: Int
    let cpu: Int
    let time: UInt64

    /// Reads `idx: 1, cmd: 2, cpu: 0, time: 123`; nil for anything else.
    init?(_ line: Substring) {
        let fields = line.components(separatedBy: ", ").map { $0.components(separatedBy: ": ") }
        guard fields.map(\.first) == ["idx", "cmd", "cpu", "time"], let idx = Int(fields[0][1]),
            let cmd = Int(fields[1][1]), let cpu = Int(fields[2][1]), let time = UInt64(fields[3][1])
        else { return nil }
        (self.idx, self.cmd, self.cpu, self.time) = (idx, cmd, cpu, time)
    }

    static func all(in text: String) -> [PrintedEvent] {
        text.split(separator: "\n").compactMap { PrintedEvent($0) }
    }
}

/// The seed session's pipeline: `bpf-eventd MAP - | print-event`.
final class EventPipeline {
    let daemon: RunningTool
    let printer: RunningTool

    init(_ map: String = "/sys/fs/bpf/map_event", _ options: String...) throws {
        let pipe = try TestPipe()
        daemon = try RunningTool("bpf-eventd", options + [map, "-"], stdout: pipe.writing)
        printer = try RunningTool("print-event", [], stdin: pipe.reading)
        // Only the daemon holds the writing end now, so that its end is the end of the stream.
        pipe.closeBoth()
        #expect(daemon.wait(for: options.contains("--json") ? #""event":"running""# : "Running."), "\(daemon.stderr)")
    }

    var events: [PrintedEvent] { PrintedEvent.all(in: printer.stdout) }

    /// Ends the daemon, and with it the printer.
    func end() -> (daemon: Outcome, printer: Outcome) {
        let daemon = daemon.end()
        return (daemon, printer.finish())
    }
}

/// The two ends of a pipe, which no process inherits unasked.
struct TestPipe {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { try #require(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
        (reading, writing) = (ends[0], ends[1])
    }

    func closeBoth() {
        close(reading)
        close(writing)
    }
}
