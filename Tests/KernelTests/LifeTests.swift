// SPDX-License-Identifier: Apache-2.0

import CBPF
import Foundation
import TestSupport
import Testing

/// How the tools start, run and end.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "6.12"))
    struct Life {
        private let object = Lab.examples + "/test_prog1.o"

        @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
        func `a signal ends both in order, with exit code 0 and nothing left`(signal: Int32) throws {
            let before = Machine.now
            let pipeline = try EventPipeline("/sys/fs/bpf/map_event", "--unpin")
            let loader = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
            #expect(loader.wait(for: "Running."))
            Traffic.bpf(command: 13_000, count: 100)
            let loaderEnd = loader.end(signal)
            #expect(loaderEnd.status == 0 && loaderEnd.stdout == "Running.\nTerminate.\n", "\(loaderEnd)")
            let daemonEnd = pipeline.daemon.end(signal)
            #expect(daemonEnd.status == 0 && daemonEnd.stderr.contains("Terminate."), "\(daemonEnd)")
            #expect(PrintedEvent.all(in: pipeline.printer.finish().stdout).filter { $0.cmd == 13_000 }.count == 100)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `--duration ends by itself`() throws {
            let outcome = try run("load-kp-bpf", "--duration", "300ms", object, "sys_bpf")
            #expect(outcome.status == 0 && outcome.stdout == "Running.\nTerminate.\n", "\(outcome)")
            let daemon = try run("bpf-eventd", "--duration", "300ms", "--unpin", "/sys/fs/bpf/map_event", "/dev/null")
            #expect(daemon.status == 0, "\(daemon)")
        }

        @Test func `--pid-file names the process while it runs and is gone after`() throws {
            let path = FileManager.default.temporaryDirectory.appending(path: "loader.pid").path
            let loader = try RunningTool("load-kp-bpf", ["--pid-file", path, object, "sys_bpf"])
            #expect(loader.wait(for: "Running."))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "\(loader.pid)\n")
            loader.end()
            #expect(!FileManager.default.fileExists(atPath: path))
        }

        @Test func `--stats counts the runs and their time`() throws {
            let loader = try RunningTool("load-kp-bpf", ["--stats", "--json", object, "sys_bpf"])
            #expect(loader.wait(for: "running"))
            Traffic.bpf(command: 13_001, count: 500)
            let outcome = loader.end()
            let lines = try outcome.stdout.split(separator: "\n").map {
                try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(lines.map { $0["event"] as? String } == ["running", "terminate", "statistics"])
            let runs = try #require(lines.last?["runs"] as? Int)
            let time = try #require(lines.last?["run_time_ns"] as? Int)
            #expect(runs >= 500 && time > 0, "\(outcome)")
        }

        @Test func `--load-only loads, tells what, attaches nothing and leaves no program`() throws {
            let before = Machine.now
            let outcome = try run("load-kp-bpf", "--load-only", Lab.examples + "/test_prog.o")
            #expect(outcome.status == 0 && outcome.stdout.hasPrefix("Loaded."), "\(outcome)")
            try shell("rm -r /sys/fs/bpf/tc")
            #expect(before.isRestored())
        }

        @Test func `a service manager is told when the daemon and the loader are ready`() throws {
            for (tool, arguments) in [
                ("load-kp-bpf", [object, "sys_bpf"]),
                ("bpf-eventd", ["--unpin", "/sys/fs/bpf/map_event", "/dev/null"]),
            ] {
                let socket = NotifySocket()
                let process = try RunningTool(tool, arguments, environment: ["NOTIFY_SOCKET": socket.path])
                #expect(socket.receive() == "READY=1")
                #expect(process.end().status == 0)
                #expect(socket.receive() == "STOPPING=1")
            }
        }

        @Test func `a probe that a killed loader left in tracefs is removed by the next start`() throws {
            let before = Machine.now
            // maxactive is what only tracefs can do, and tracefs is what does not clean up after a killed process.
            let arguments = ["--return", "--maxactive", "64", object, "sys_bpf"]
            let loader = try RunningTool("load-kp-bpf", arguments)
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            #expect(Machine.kprobeEvents() != before.kprobeEvents)
            loader.end(SIGKILL)
            #expect(Machine.kprobeEvents() != before.kprobeEvents, "a killed process cannot clean up")
            try shell("echo 'p:kprobes/not_ours vfs_read' >> /sys/kernel/tracing/kprobe_events")
            defer { _ = try? shell("echo '-:kprobes/not_ours' >> /sys/kernel/tracing/kprobe_events") }

            let next = try run("load-kp-bpf", "--duration", "100ms", object, "sys_bpf")
            #expect(next.status == 0, "\(next)")
            #expect(Machine.kprobeEvents().split(separator: "\n").map { $0.hasSuffix("not_ours vfs_read") } == [true])
            try shell("rm /sys/fs/bpf/map_event")
        }

        @Test func `a probe that a living loader has in tracefs is left alone by others`() throws {
            let first = try RunningTool("load-kp-bpf", ["--return", "--maxactive", "64", object, "sys_bpf"])
            #expect(first.wait(for: "Running."))
            let events = Machine.kprobeEvents()
            #expect(try run("load-kp-bpf", "--duration", "100ms", object, "sys_bpf").status == 0)
            #expect(Machine.kprobeEvents() == events)
            #expect(first.end().status == 0)
            #expect(Machine.kprobeEvents().isEmpty)
            try shell("rm /sys/fs/bpf/map_event")
        }
    }
}

/// A datagram socket as a service manager has it.
private final class NotifySocket {
    let path = FileManager.default.temporaryDirectory.appending(path: "notify-\(UUID().uuidString.prefix(8))").path
    private let number: Int32

    init() {
        number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        var timeout = timeval(tv_sec: Int(patience), tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(number)
        unlink(path)
    }

    func receive() -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(number, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    }
}
