// SPDX-License-Identifier: Apache-2.0

// Prints the programs that are started and the processes that end, from the ring buffer of bootstrap.bpf.c:
//   load-kp-bpf bootstrap.bpf.o --pin rb=/sys/fs/bpf/rb
//   bootstrap [/sys/fs/bpf/rb]
import BPFCore
import Glibc

/// Pads a column; what is longer stays whole.
func column(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

func digits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }

/// The time of day, HH:MM:SS.
func clock() -> String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    return "\(digits(parts.tm_hour)):\(digits(parts.tm_min)):\(digits(parts.tm_sec))"
}

func line(_ event: Event) -> String {
    let (kind, end): (String, String) =
        switch event.what {
        case .exec(let path): ("EXEC", path)
        case .exit(let code, 0): ("EXIT", "[\(code)]")
        case .exit(let code, let nanoseconds): ("EXIT", "[\(code)] (\(nanoseconds / 1_000_000)ms)")
        }
    return [
        column(clock(), 8), column(kind, 5), column(event.command, 16), column("\(event.pid)", 7),
        column("\(event.parent)", 7), end,
    ].joined(separator: " ")
}

func run(_ path: String) throws {
    var ring = try BPFRingBuffer(pinnedAt: path)
    print("TIME     EVENT COMM             PID     PPID    FILENAME/EXIT CODE")
    while true {
        _ = ring.wait(milliseconds: 100)
        _ = try ring.drain { sample in
            if let event = Event(sample) { print(line(event)) }
        }
        fflush(nil)
    }
}

do {
    try run(CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "/sys/fs/bpf/rb")
} catch {
    let message = "bootstrap: \(error)\n"
    _ = write(STDERR_FILENO, message, message.utf8.count)
    exit(EXIT_FAILURE)
}
