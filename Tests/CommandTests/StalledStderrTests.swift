// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Tools whose stderr nobody reads.
struct StalledStderrTests {
    @Test func `a stalled pipe stops no tool`() throws {
        let script = """
            import os, subprocess, sys
            r, w = os.pipe()
            os.set_blocking(w, False)
            try:
                while True: os.write(w, b"x" * 4096)
            except BlockingIOError: pass
            os.set_blocking(w, True)
            tool = subprocess.Popen([sys.argv[1] + "/print-event", "/nonexistent"], stderr=w)
            print(tool.wait(60))
            """
        let outcome = try runProcess("python3", ["-c", script, Tools.folder.path])
        #expect(outcome.output == "66\n", "\(outcome.errors)")
    }

    @Test func `a stopped terminal stops no tool`() throws {
        let script = """
            import os, pty, subprocess, sys, termios
            master, slave = pty.openpty()
            termios.tcflow(slave, termios.TCOOFF)
            tool = subprocess.Popen([sys.argv[1] + "/print-event", "/nonexistent"], stderr=slave)
            print(tool.wait(60))
            """
        let outcome = try runProcess("python3", ["-c", script, Tools.folder.path])
        #expect(outcome.output == "66\n", "\(outcome.errors)")
    }
}

/// The daemon with a stderr that nobody reads, while it loses events and tells of them.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct StalledDaemonTests {
    @Test func `a full stderr costs no event, and a signal is obeyed`() throws {
        try withTemporaryFolder { folder in
            let (map, out) = (PinnedTestMap().path, folder.appending(path: "out"))
            defer { unlink(map) }
            let fifo = folder.appending(path: "stderr").path
            #expect(mkfifo(fifo, 0o600) == 0)
            let stderr = open(fifo, O_RDWR | O_NONBLOCK)
            defer { close(stderr) }
            let page = [UInt8](repeating: 0x78, count: 4096)
            while write(stderr, page, page.count) > 0 {}
            let daemon = try Tools.start(
                "/bin/bash", ["-c", "exec \"$T/bpf-eventd\" --pages 1 '\(map)' '\(out.path)' 2>'\(fifo)'"],
                environment: ["T": Tools.folder.path])
            try #require(eventually("the map is pinned") { access(map, F_OK) == 0 })
            let generator = try EventGenerator(pinnedAt: map)
            func written() -> Int { (try? Data(contentsOf: out).count / 24) ?? 0 }
            try #require(
                try eventually("the rings are open") {
                    try generator.emit(1, cpu: 0)
                    return written() > 0
                })
            // Each stop loses events, so that there is something to tell each time.
            for _ in 0..<3 {
                try daemon.stopped { try generator.emit(2000, cpu: 0) }
                let before = written()
                #expect(
                    try eventually("events are written on") {
                        try generator.emit(1, cpu: 0)
                        return written() > before
                    })
            }
            #expect(daemon.end() == 3)
        }
    }
}
