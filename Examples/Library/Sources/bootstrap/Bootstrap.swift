// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Glibc

/// `bootstrap RINGBUF`: prints the events of `bootstrap.bpf.o` from its pinned ring buffer, until Ctrl-C.
@main
struct Bootstrap {
    static func main() {
        guard CommandLine.arguments.count == 2 else { fail("usage: bootstrap /sys/fs/bpf/rb", status: 64) }
        do {
            try run(ring: CommandLine.arguments[1])
        } catch {
            fail("bootstrap: \(error)", status: 1)
        }
    }

    private static func run(ring path: String) throws {
        let stop = StopSignals()
        var ring = try RingReader(pinnedAt: path)
        print(columns("TIME", "EVENT", "COMM", "PID", "PPID") + "FILENAME/EXIT CODE")
        while true {
            // Asked before the drain, so that what was there when the signal came is still printed.
            let isLast = stop.wasSent
            try ring.drain { sample in
                guard let event = ProcessEvent(sample.bytes) else {
                    return print("(\(sample.bytes.byteCount) bytes of another kind)")
                }
                print(line(of: event))
            }
            guard fflush(nil) == 0 else { fail("bootstrap: cannot write the table", status: 74) }
            if isLast { return }
            try ring.wait(milliseconds: 100)
        }
    }

    private static func line(of event: ProcessEvent) -> String {
        let name: String
        let rest: String
        switch event.kind {
        case .exec(let filename):
            (name, rest) = ("EXEC", filename)
        case .exit(let code, let duration):
            let end = code & 0x7f == 0 ? "[\(code >> 8 & 0xff)]" : "[signal \(code & 0x7f)]"
            (name, rest) = ("EXIT", duration == 0 ? end : "\(end) (\(duration / 1_000_000) ms)")
        }
        return columns(timeOfDay(), name, event.command, "\(event.pid)", "\(event.ppid)") + rest
    }

    private static func columns(_ texts: String...) -> String {
        zip(texts, [8, 5, 16, 7, 7]).map { text, width in
            text + String(repeating: " ", count: max(width - text.count, 0) + 1)
        }.joined()
    }

    private static func timeOfDay() -> String {
        var now = time(nil)
        var local = tm()
        localtime_r(&now, &local)
        return [local.tm_hour, local.tm_min, local.tm_sec]
            .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        let line = message + "\n"
        // Where this fails there is nobody left to tell.
        _ = write(STDERR_FILENO, line, line.utf8.count)
        exit(status)
    }
}

/// SIGINT and SIGTERM, held back so that they end the program between two drains.
struct StopSignals {
    private var set = sigset_t()

    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        sigprocmask(SIG_BLOCK, &set, nil)
    }

    /// Whether one of them has come.
    var wasSent: Bool {
        var set = set
        var now = timespec()
        return sigtimedwait(&set, nil, &now) > 0
    }
}
