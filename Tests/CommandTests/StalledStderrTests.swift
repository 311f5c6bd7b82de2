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
