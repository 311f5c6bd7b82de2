// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

/// The ready tools (Examples/tools), each against a load that is known.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct ReadyTools {
        typealias Row = [String: Any]

        /// Where an installation below /usr has them, and the lab.
        private let folder = "/usr/lib/swift-bpf/tools"

        /// Starts a tool by its name.
        private func start(_ name: String, _ arguments: String...) throws -> RunningTool {
            try RunningTool("load-kp-bpf", [name] + arguments)
        }

        /// Waits until all tools run: they begin at once, and the load comes after the last.
        private func wait(for tools: RunningTool...) throws {
            for tool in tools { try #require(tool.wait(for: "unning"), "\(tool.stdout) \(tool.stderr)") }
        }

        /// Ends a tool once its output has a text; what it wrote, line by line.
        private func rows(of tool: RunningTool, once text: String = "") throws -> [Row] {
            if !text.isEmpty { #expect(tool.wait(for: text), "\(tool.stdout) \(tool.stderr)") }
            let outcome = tool.end()
            #expect(outcome.status == 0, "\(outcome)")
            let rows = try outcome.stdout.split(separator: "\n").map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? Row, "\(line)")
            }
            // Nothing was left out.
            #expect(!rows.contains { $0["_map"] as? String == "not_counted" }, "\(outcome.stdout.suffix(2000))")
            return rows
        }

        private func has(_ row: Row, _ values: KeyValuePairs<String, String>) -> Bool {
            values.allSatisfy { name, value in row[name].map { "\($0)" } == value }
        }

        // MARK: - Events

        @Test func `opens, deletions, programs and signals are seen as they were`() throws {
            let before = Machine.now
            let opens = try start("opensnoop", "--json")
            let failures = try start("opensnoop", "--json", "--set", "failed_only=true", "--set", "comm=cat")
            let deletions = try start("deletesnoop", "--json")
            let programs = try start("execsnoop", "--json")
            let signals = try start("killsnoop", "--json", "--set", "pid=\(getpid())")
            try wait(for: opens, failures, deletions, programs, signals)

            let sleeper = try RunningTool("/bin/sleep", ["1000"])
            kill(sleeper.pid, SIGUSR1)
            sleeper.finish()
            try shell("echo hello >/tmp/ready-known; cat /tmp/ready-known /tmp/ready-missing || true")
            try shell("mkdir /tmp/ready-dir; rmdir /tmp/ready-dir; rm /tmp/ready-known")
            try shell("sh -c 'exit 3' ready 'two words' || true")

            let opened = try rows(of: opens, once: "/tmp/ready-missing")
            #expect(
                opened.contains {
                    has($0, ["comm": "sh", "path": "/tmp/ready-known", "flags": "O_WRONLY|O_CREAT|O_TRUNC"])
                }, "\(opened)")
            #expect(opened.contains { has($0, ["comm": "cat", "path": "/tmp/ready-missing", "ret": "-ENOENT"]) })
            // The tracer opens files all the time, and leaves itself out.
            #expect(!opened.contains { has($0, ["pid": "\(opens.pid)"]) }, "\(opened)")
            let failed = try rows(of: failures, once: "/tmp/ready-missing")
            #expect(failed.allSatisfy { has($0, ["comm": "cat"]) && "\($0["ret"] ?? "")".hasPrefix("-E") }, "\(failed)")

            let deleted = try rows(of: deletions, once: "/tmp/ready-known")
            #expect(
                deleted.contains { has($0, ["what": "FILE", "path": "/tmp/ready-known", "ret": "0"]) }, "\(deleted)")
            #expect(
                deleted.contains { has($0, ["what": "DIRECTORY", "path": "/tmp/ready-dir", "comm": "rmdir"]) },
                "\(deleted)")

            let executed = try rows(of: programs, once: #""status":3"#)
            let begin = try #require(
                executed.first { has($0, ["what": "EXEC", "args": "sh -c exit 3 ready two words"]) }, "\(executed)")
            let end = executed.first { has($0, ["what": "EXIT", "pid": "\(begin["pid"] ?? "")", "status": "3"]) }
            #expect((end?["duration_ns"] as? Int).map { $0 > 0 } == true, "\(executed)")

            let sent = try rows(of: signals, once: "SIGUSR1")
            #expect(
                sent.contains { has($0, ["sig": "SIGUSR1", "to": "\(sleeper.pid)", "result": "DELIVERED"]) }, "\(sent)")
            #expect(sent.allSatisfy { has($0, ["pid": "\(getpid())"]) }, "\(sent)")
            #expect(before.isRestored())
        }

        @Test func `connections and listening sockets have their addresses, over IPv4 and IPv6`() throws {
            let before = Machine.now
            try shell("ip link set lo up")
            let connects = try start("connectsnoop", "--json")
            let listens = try start("listensnoop", "--json", "--set", "pid=\(getpid())")
            try wait(for: connects, listens)
            let four = try #require(Loopback.connect(AF_INET))
            let six = try #require(Loopback.connect(AF_INET6))
            let connected = try rows(of: connects, once: "[::1]:\(six)")
            for (port, host) in [(four, "127.0.0.1"), (six, "[::1]")] {
                let row = connected.first { has($0, ["to": "\(host):\(port)", "ret": "0", "pid": "\(getpid())"]) }
                #expect((row?["from"] as? String)?.hasPrefix(host + ":") == true, "\(connected)")
            }
            let listened = try rows(of: listens, once: "[::1]:\(six)")
            #expect(
                listened.contains { has($0, ["at": "127.0.0.1:\(four)", "backlog": "7", "ret": "0"]) }, "\(listened)")
            #expect(listened.contains { has($0, ["at": "[::1]:\(six)", "backlog": "7"]) }, "\(listened)")
            #expect(before.isRestored())
        }

        // MARK: - Maps

        /// How many values a histogram counts.
        private func count(_ rows: [Row], key: String? = nil) -> Int {
            rows.filter { key == nil || "\($0["key"] ?? "")" == key }.compactMap { row in
                ((row["_hist"] as? Row)?["value.slots"] as? Row)?["count"] as? Int
            }.reduce(0, +)
        }

        @Test func `files, block devices, functions and system calls are counted as a known load does them`() throws {
            let before = Machine.now
            try shell(
                "grep -qw loop /proc/modules || insmod /lib/modules/loop.ko; truncate -s 4M /tmp/ready-disk; "
                    + "losetup /dev/loop0 /tmp/ready-disk")
            defer { _ = try? shell("losetup -d /dev/loop0; rm -f /tmp/ready-disk /tmp/ready-file") }
            let files = try start("fslatency", "--json", "--set", "comm=dd")
            let function = try start("funclatency", "vfs_write", "--json", "--set", "comm=dd")
            let blocks = try start("biolatency", "--json")
            let calls = try start("syscount", "--json", "--set", "comm=dd", "--top", "100")
            try wait(for: files, function, blocks, calls)
            try shell("dd if=/dev/zero of=/tmp/ready-file bs=1k count=100 conv=fsync")
            try shell("dd if=/tmp/ready-file of=/dev/null bs=1k count=100")
            try shell("dd if=/dev/loop0 of=/dev/null bs=64k count=16")

            let operations = try rows(of: files)
            #expect(count(operations, key: "READ") >= 100 && count(operations, key: "WRITE") >= 100, "\(operations)")
            #expect(count(operations, key: "OPEN") >= 2 && count(operations, key: "FSYNC") == 1, "\(operations)")
            let timed = try rows(of: function)
            #expect(count(timed) >= 200, "\(timed)")
            let requests = try rows(of: blocks)
            #expect(count(requests, key: "READ") > 0, "\(requests)")
            let made = try rows(of: calls)
            // Also before Linux 5.16, whose kernel has the types of the map without their tags.
            let reads = made.filter { ($0["key"] as? Row).map { has($0, ["call": "read", "comm": "dd"]) } == true }
            #expect(reads.compactMap { ($0["value"] as? Row)?["count"] as? Int }.contains { $0 >= 100 }, "\(made)")
            #expect(made.allSatisfy { ($0["key"] as? Row)?["comm"] as? String == "dd" }, "\(made)")
            #expect(before.isRestored())
        }

        @Test func `a busy thread is sampled, and threads wait for processors`() throws {
            let before = Machine.now
            let samples = try start("profile", "--json", "--set", "comm=sh")
            let folded = try start("profile", "--folded", "--set", "comm=sh")
            let queue = try start("runqlat", "--json")
            try wait(for: samples, folded, queue)
            try shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")
            let sampled = try rows(of: samples)
            let ofShell = sampled.filter { $0["key"] != nil && $0["_map"] as? String == "counts" }
            #expect(ofShell.compactMap { $0["value"] as? Int }.reduce(0, +) > 0, "\(sampled)")
            #expect(ofShell.allSatisfy { ($0["key"] as? Row)?["comm"] as? String == "sh" }, "\(sampled)")
            // The same as stacks: all of them, not the twenty of the table.
            let stacks = folded.end()
            let lines = stacks.stdout.split(separator: "\n")
            #expect(stacks.status == 0 && !lines.isEmpty, "\(stacks)")
            #expect(
                lines.allSatisfy { $0.hasPrefix("sh;") && UInt64($0.split(separator: " ").last ?? "") != nil },
                "\(stacks)")
            let waits = try rows(of: queue)
            #expect(count(waits) > 10, "\(waits)")
            #expect(before.isRestored())
        }

        // MARK: - By name

        @Test func `an installed tool is found by its name, and prints a table at once`() throws {
            let list = try run("load-kp-bpf", "--list", "tools")
            #expect(list.status == 0 && list.stdout.split(separator: "\n").count == 12, "\(list)")
            #expect(list.stdout.contains("opensnoop     print each file that is opened"), "\(list)")
            let help = try run("load-kp-bpf", "opensnoop", "--help")
            #expect(help.status == 0 && help.stdout.contains("failed_only=false"), "\(help)")

            let tool = try RunningTool("load-kp-bpf", ["opensnoop", "--set", "comm=cat"])
            #expect(tool.wait(for: "unning"), "\(tool.stderr)")
            try shell("cat /tmp/ready-none || true")
            #expect(tool.wait(for: "/tmp/ready-none"))
            let outcome = tool.end()
            #expect(outcome.status == 0 && outcome.stderr == "Running.\nTerminate.\n", "\(outcome)")
            let table = outcome.stdout.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(table.first?.contains("path") == true, "\(outcome)")
            #expect(table.contains { $0.contains("cat") && $0.contains("-ENOENT") }, "\(outcome)")

            // What no event has is told before anything runs.
            for (option, value) in [("--where", "pidd == 1"), ("--fields", "pid,pathh")] {
                let mistaken = try run("load-kp-bpf", "opensnoop", option, value)
                #expect(mistaken.status == 64 && !mistaken.stderr.contains("unning"), "\(mistaken)")
            }

            // What others can write to is not run.
            try shell("chmod o+w \(folder)/opensnoop.bpf.o")
            defer { _ = try? shell("chmod o-w \(folder)/opensnoop.bpf.o") }
            let refused = try run("load-kp-bpf", "opensnoop", "--load-only")
            #expect(refused.status == 66 && refused.stderr.contains("others may write to it"), "\(refused)")
        }
    }
}

/// A TCP connection of this process with itself.
private enum Loopback {
    /// Listens at a free port of the loopback address, connects to it, and closes both.
    ///
    /// - Returns: The port; nil if the machine does not let it.
    static func connect(_ family: Int32) -> UInt16? {
        // SOCK_STREAM: an import of the C library in this file finds its functions, and not always this name.
        let stream: Int32 = 1
        let server = socket(family, stream, 0)
        let client = socket(family, stream, 0)
        defer {
            close(server)
            close(client)
        }
        // Both forms of an address have the port in bytes 2 and 3.
        var address = [UInt8](repeating: 0, count: family == AF_INET ? 16 : 28)
        address[0] = UInt8(truncatingIfNeeded: family)
        if family == AF_INET { address.replaceSubrange(4..<8, with: [127, 0, 0, 1]) } else { address[23] = 1 }
        var size = socklen_t(address.count)
        let isConnected = address.withUnsafeMutableBytes { bytes -> Bool in
            guard let place = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return bind(server, place, size) == 0 && listen(server, 7) == 0 && getsockname(server, place, &size) == 0
                && Glibc.connect(client, place, size) == 0
        }
        return isConnected ? UInt16(address[2]) << 8 | UInt16(address[3]) : nil
    }
}
