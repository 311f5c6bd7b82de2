// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// The programs of the tutorials, as Examples/README.md has them.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct ExamplesTests {
        private let ring = "/sys/fs/bpf/rb"

        private func example(_ name: String) -> String { "\(Lab.examples)/\(name).bpf.o" }

        private func bootstrap(_ options: String...) throws -> RunningTool {
            let loader = try RunningTool("load-kp-bpf", [example("bootstrap"), "--pin", "rb=\(ring)"] + options)
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            return loader
        }

        @Test func `minimal prints a line for each write of a process`() throws {
            let before = Machine.now
            let loader = try RunningTool("load-kp-bpf", [example("minimal"), "--trace"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let writer = try RunningTool("/bin/sh", ["-c", "echo hello"])
            #expect(writer.finish().status == 0)
            #expect(loader.wait(for: "write(2) by process \(writer.pid)"), "\(loader.stdout)\n\(loader.stderr)")
            #expect(loader.end().status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test(.enabled(if: Lab.kernel == "newest", "the kernel has no streams of programs"))
        func `what each program prints by itself is shown behind its name, and its errors are warnings`() throws {
            let loader = try RunningTool("load-kp-bpf", ["\(Lab.fixtures)/streams.o", "--trace"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let process = try RunningTool("/bin/busybox", ["true"])
            #expect(process.finish().status == 0)
            #expect(loader.wait(for: "first: executes \(process.pid)\n"), "\(loader.stdout)\n\(loader.stderr)")
            #expect(loader.wait(for: "program second: wrong 0"), "\(loader.stdout)\n\(loader.stderr)")
            let end = loader.end()
            #expect(end.status == 0, "\(end)")
            #expect(!end.stdout.contains("\u{1b}") && end.stdout.hasSuffix("first: \\x1b[31mred \n"), "\(end)")
            #expect(end.stderr.contains("and more"), "\(end)")
            // Nobody asks for a trace: errors are told at the end.
            let quiet = try RunningTool("load-kp-bpf", ["\(Lab.fixtures)/streams.o"])
            #expect(quiet.wait(for: "Running."), "\(quiet.stderr)")
            try shell("/bin/busybox true")
            let last = quiet.end()
            #expect(last.stderr.contains("program second: wrong 0") && !last.stdout.contains("executes"), "\(last)")
        }

        @Test func `a process cannot write to the terminal by its name`() throws {
            let loader = try RunningTool("load-kp-bpf", ["\(Lab.fixtures)/says_name.o", "--trace"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let evil = #"printf '\033[31mx\033]0;y\007' > /proc/$$/comm; cat /proc/$$/comm; cd /"#
            let named = try RunningTool("/bin/sh", ["-c", evil]).finish()
            #expect(named.stdout.contains("\u{1b}[31mx"), "the name is set: \(named)")
            #expect(loader.wait(for: "named "), "\(loader.stdout)\n\(loader.stderr)")
            let end = loader.end()
            for text in [end.stdout, end.stderr] {
                #expect(!text.contains("\u{1b}") && !text.contains("\u{7}"), "\(end)")
            }
            #expect(end.stdout.contains("[31mx"), "\(end)")
        }

        @Test func `minimal prints the writes of the one process that it is told`() throws {
            // The shell waits for a line, so that its number is known before it writes.
            let pipe = try TestPipe()
            let writer = try RunningTool("/bin/sh", ["-c", "read line; echo hello"], stdin: pipe.reading)
            let loader = try RunningTool(
                "load-kp-bpf", [example("minimal"), "--trace", "--set", "pid_filter=\(writer.pid)"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            try shell("echo other")
            pipe.closeBoth()
            #expect(writer.finish().stdout == "hello\n")
            #expect(loader.wait(for: "write(2) by process \(writer.pid)"), "\(loader.stdout)\n\(loader.stderr)")
            let end = loader.end()
            let lines = end.stdout.split(separator: "\n").filter { $0.contains("write(2) by process") }
            #expect(lines.allSatisfy { $0.hasSuffix("process \(writer.pid)") }, "\(end)")
        }

        @Test func `kprobe_unlink prints the name of a removed file and the result`() throws {
            let before = Machine.now
            let symbols = try shell("grep -E ' (do|filename)_unlinkat$' /proc/kallsyms")
            // Linux 7.0 has given the function another name.
            let choice =
                symbols.contains(" do_unlinkat")
                ? [] : ["filename_unlinkat", "filename_unlinkat_exit"].flatMap { ["--program", $0] }
            let loader = try RunningTool("load-kp-bpf", [example("kprobe_unlink"), "--trace"] + choice)
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let remover = try RunningTool("/bin/sh", ["-c", "echo >/tmp/goes-away; exec rm /tmp/goes-away"])
            #expect(remover.finish().status == 0)
            #expect(loader.wait(for: "process \(remover.pid) removes /tmp/goes-away"), "\(loader.stdout)")
            #expect(loader.wait(for: "process \(remover.pid) is told 0"), "\(loader.stdout)\n\(loader.stderr)")
            #expect(loader.end().status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `bpf-eventd frames the exec and exit events of bootstrap from its pinned ring buffer`() throws {
            let before = Machine.now
            let file = "/tmp/bootstrap-events"
            let loader = try bootstrap()
            let daemon = try RunningTool("bpf-eventd", ["--unpin", ring, file])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            let process = try RunningTool("/bin/sh", ["-c", "exit 7"])
            #expect(process.finish().status == 7)
            // Its pid, kind and exit code, at the offsets of bootstrap.h.
            let kinds = { () -> [UInt32] in
                var kinds: [UInt32] = []
                var reader = FrameReader()
                let bytes = [UInt8]((try? Data(contentsOf: URL(fileURLWithPath: file))) ?? Data())
                try? reader.read(bytes.span.bytes) { frame, _ in
                    frame.withUnsafeBytes { event in
                        #expect(event.count == 168)
                        guard event.count == 168, event.load(fromByteOffset: 12, as: Int32.self) == process.pid
                        else { return }
                        kinds.append(event.load(fromByteOffset: 8, as: UInt32.self))
                        #expect(event.load(fromByteOffset: 16, as: Int32.self) == getpid())
                        if kinds.last == 1 { #expect(event.load(fromByteOffset: 20, as: UInt32.self) == 7 << 8) }
                    }
                }
                return kinds
            }
            #expect(eventually { kinds() == [0, 1] }, "\(kinds())")
            #expect(daemon.end().status == 0)
            #expect(loader.end().status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `the table of bootstrap has a line for an exec and one for its exit, until Ctrl-C`() throws {
            let loader = try bootstrap()
            defer { try? FileManager.default.removeItem(atPath: ring) }
            let table = try RunningTool("bootstrap", [ring])
            #expect(table.wait(for: "FILENAME/EXIT CODE"), "\(table.stderr)")
            let process = try RunningTool("/bin/sh", ["-c", "sleep 0.1; exit 7"])
            #expect(process.finish().status == 7)
            let killed = try RunningTool("/bin/sh", ["-c", "kill -9 $$"])
            #expect(killed.finish().status == 128 + SIGKILL)
            let rows = {
                table.stdout.split(separator: "\n").map { $0.split(separator: " ").dropFirst().map(String.init) }
            }
            let own = "\(getpid())"
            #expect(
                eventually { rows().contains { $0.prefix(4) == ["EXIT", "sh", "\(killed.pid)", own] } },
                "\(table.stdout)")
            let exec = rows().first { $0.count == 5 && $0[0] == "EXEC" && $0[2] == "\(process.pid)" }
            #expect(exec == ["EXEC", "sh", "\(process.pid)", own, "/bin/sh"], "\(table.stdout)")
            let exit = rows().first { $0.count == 7 && $0[0] == "EXIT" && $0[2] == "\(process.pid)" }
            #expect(
                exit?.prefix(5) == ["EXIT", "sh", "\(process.pid)", own, "[7]"] && exit?.last == "ms)",
                "\(table.stdout)")
            #expect(table.stdout.contains("[signal 9]"), "\(table.stdout)")
            #expect(table.end().status == 0)
            #expect(loader.end().status == 0)
        }

        @Test func `execs loads the object, attaches it and prints its events by type, in one program of the library`()
            throws
        {
            let before = Machine.now
            let execs = try RunningTool("execs", [example("bootstrap"), "100"])
            let process = { try RunningTool("/bin/sh", ["-c", "sleep 0.2; exit 7"]).finish() }
            #expect(
                try eventually("an exit is printed") {
                    _ = try process()
                    return execs.stdout.contains(#"sh {"#)
                }, "\(execs.stdout) \(execs.stderr)")
            let line = execs.stdout.split(separator: "\n").first { $0.hasPrefix("sh {") } ?? ""
            #expect(line.contains(#""kind":"BOOTSTRAP_EXIT""#) && line.contains(#""exit_code":1792"#), "\(line)")
            _ = execs.end()
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `removals has its probes inside, and reads their events as the type that both share`() throws {
            let before = Machine.now
            let removals = try RunningTool("removals", [])
            defer { _ = removals.end() }
            #expect(removals.wait(for: "PATH"), "\(removals.stderr) \(removals.stdout)")
            // Neither file is there: what counts is the call.
            unlink("/tmp/no such file")
            unlinkat(AT_FDCWD, "/tmp/no-such-file-2", 0)
            #expect(
                eventually("both calls are printed") {
                    ["/tmp/no such file", "/tmp/no-such-file-2"].allSatisfy { path in
                        removals.stdout.split(separator: "\n").contains {
                            $0.hasPrefix("\(getpid()) ") && $0.hasSuffix(path)
                        }
                    }
                }, "\(removals.stdout) \(removals.stderr)")
            #expect(!removals.stdout.contains("lost"), "\(removals.stdout)")
            _ = removals.end()
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a shortest duration leaves out exec events and what was faster`() throws {
            let loader = try bootstrap("--set", "min_duration_ns=200000000")
            defer { try? FileManager.default.removeItem(atPath: ring) }
            let table = try RunningTool("bootstrap", [ring])
            #expect(table.wait(for: "FILENAME/EXIT CODE"), "\(table.stderr)")
            let short = try RunningTool("/bin/sh", ["-c", "exit 0"])
            short.finish()
            let long = try RunningTool("/bin/sh", ["-c", "sleep 0.5; exit 3"])
            long.finish()
            #expect(table.wait(for: " \(long.pid) "), "\(table.stderr)")
            let end = table.end()
            #expect(end.status == 0 && !end.stdout.contains("EXEC") && end.stdout.contains("[3] ("), "\(end)")
            #expect(loader.end().status == 0)
        }
    }
}
