// SPDX-License-Identifier: Apache-2.0

import CBPF
import Foundation
import TestSupport
import Testing

/// Structures of functions that the kernel calls: a congestion control, and a scheduler where the kernel has those.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Structures {
        private static let hasLinks = ["6.12", "newest"].contains(Lab.kernel)
        private let congestion = "\(Lab.fixtures)/congestion.o"
        private let scheduler = "\(Lab.fixtures)/scheduler.o"

        private func controls() throws -> String {
            try String(contentsOfFile: "/proc/sys/net/ipv4/tcp_available_congestion_control", encoding: .utf8)
        }

        private func listed() throws -> String { try shell("bpftool struct_ops list") }

        /// Sends some data over a connection of the loopback device that a congestion control rules.
        private func send(by name: String) throws {
            try shell("\(TestNetwork.ip) link set lo up")
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer {
                close(server)
                close(client)
            }
            try #require(setsockopt(client, Int32(IPPROTO_TCP), TCP_CONGESTION, name, socklen_t(name.utf8.count)) == 0)
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isUp = withUnsafeMutablePointer(to: &place) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(server, address, length) == 0 && listen(server, 1) == 0
                        && getsockname(server, address, &length) == 0 && connect(client, address, length) == 0
                }
            }
            try #require(isUp)
            let peer = accept(server, nil, nil)
            defer { close(peer) }
            var room = [UInt8](repeating: 7, count: 32_768)
            for _ in 0..<8 {
                try #require(Glibc.send(client, room, room.count, 0) == room.count)
                var left = room.count
                while left > 0 {
                    let count = recv(peer, &room, left, 0)
                    try #require(count > 0)
                    left -= count
                }
            }
        }

        private func count(_ name: String, _ outcome: Outcome) -> Int {
            for line in outcome.stdout.split(separator: "\n") where line.hasPrefix("\(name) = ") {
                return Int(line.dropFirst(name.count + 3)) ?? -1
            }
            return -1
        }

        @Test func `a congestion control rules a connection, is listed, and nothing of it is left`() throws {
            let before = Machine.now
            let tool = try RunningTool("load-kp-bpf", ["--dump-globals", congestion])
            #expect(tool.wait(for: "Running."))
            #expect(try controls().contains("swift_count"))
            #expect(try listed().contains("counting"))
            let list = try run("load-kp-bpf", "--list")
            #expect(list.stdout.contains("at struct_ops counting"), "\(list)")
            try send(by: "swift_count")
            tool.send(SIGTERM)
            let outcome = tool.finish()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(count("inits", outcome) > 0 && count("windows", outcome) > 0, "\(outcome)")
            #expect(outcome.stderr.contains("no member of_no_kernel"), "\(outcome)")
            #expect(outcome.stderr.contains("registered without a link") == !Self.hasLinks, "\(outcome)")
            #expect(eventually("it has gone") { (try? controls().contains("swift_count")) == false })
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a killed loader leaves no structure, or one that the next takes off`() throws {
            let before = Machine.now
            let tool = try RunningTool("load-kp-bpf", [congestion])
            #expect(tool.wait(for: "Running."))
            tool.send(SIGKILL)
            _ = tool.finish()
            if Self.hasLinks {
                #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
            } else {
                #expect(try controls().contains("swift_count"))
            }
            let next = try run("load-kp-bpf", "--duration", "1ms", congestion)
            #expect(next.status == 0 && next.stderr.contains("took off") == !Self.hasLinks, "\(next)")
            #expect(eventually("it has gone") { (try? controls().contains("swift_count")) == false })
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a structure outlives its loader by its link, where the kernel has one`() throws {
            let before = Machine.now
            let folder = "/sys/fs/bpf/congestion"
            let outcome = try run("load-kp-bpf", "--pin-links", folder, congestion)
            guard Self.hasLinks else {
                #expect(outcome.status == 69 && outcome.stderr.contains("since Linux 6.4"), "\(outcome)")
                #expect(eventually("it has gone") { (try? controls().contains("swift_count")) == false })
                return #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
            }
            #expect(outcome.status == 0 && FileManager.default.fileExists(atPath: folder + "/counting"), "\(outcome)")
            try send(by: "swift_count")
            let list = try run("load-kp-bpf", "--list")
            #expect(list.stdout.contains("pinned at \(folder)/counting"), "\(list)")
            let taken = try run("load-kp-bpf", congestion)
            #expect(taken.status == 69 && taken.stderr.contains("taken already"), "\(taken)")
            let stopped = try run("load-kp-bpf", "--stop", folder)
            #expect(stopped.status == 0 && stopped.stdout.contains("struct_ops counting"), "\(stopped)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `what this kernel does not register is refused in words, and nothing is left`() throws {
            let before = Machine.now
            func refused(_ programs: [String], _ status: Int32, _ words: String) throws {
                let outcome = try RunningTool(
                    "load-kp-bpf", programs.flatMap { ["--program", $0] } + [congestion]
                ).finish()
                #expect(outcome.status == status && outcome.stderr.contains(words), "\(outcome)")
            }
            try refused(["lacking_undo"], 69, "ssthresh, cong_avoid or cong_control")
            try refused(["other_ssthresh", "other_undo", "other_avoid"], 69, "the name cubic is taken")
            try refused(["wide_undo"], 69, "char[32]")
            // One that may be left out stops nothing else.
            let kept = ["count_init", "count_ssthresh", "count_undo", "count_avoid", "of_no_kernel"]
            let left = ["other_ssthresh", "other_undo", "other_avoid"]
            let others = try RunningTool(
                "load-kp-bpf",
                ["--duration", "50ms"] + (kept + left).flatMap { ["--program", $0] }
                    + left.flatMap { ["--optional", $0] } + [congestion]
            ).finish()
            #expect(others.status == 0 && others.stderr.contains("the name cubic is taken"), "\(others)")
            let loaded = try run("load-kp-bpf", "--load-only", congestion)
            #expect(loaded.status == 0 && loaded.stdout.contains("Loaded 4 programs."), "\(loaded)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a scheduler runs the machine until its end, or the kernel's configuration is named`() throws {
            let before = Machine.now
            let state = "/sys/kernel/sched_ext/state"
            guard FileManager.default.fileExists(atPath: state) else {
                let outcome = try run("load-kp-bpf", scheduler)
                #expect(outcome.status == 69 && outcome.stderr.contains("CONFIG_SCHED_CLASS_EXT"), "\(outcome)")
                return
            }
            let tool = try RunningTool("load-kp-bpf", ["--dump-globals", scheduler])
            #expect(tool.wait(for: "Running."))
            #expect(try shell("cat /sys/kernel/sched_ext/root/ops") == "swift_simple\n")
            let second = try run("load-kp-bpf", scheduler)
            #expect(second.status == 69 && second.stderr.contains("enabled: swift_simple"), "\(second)")
            // The kernel is told to take it off, as it does by itself with one that fails.
            try shell("echo S >/proc/sysrq-trigger")
            let outcome = tool.finish()
            #expect(outcome.status == 69 && outcome.stderr.contains("took off"), "\(outcome)")
            #expect(count("switches", outcome) > 0 && count("ends", outcome) == 1, "\(outcome)")
            for waiting in [["--trace"], ["--globals"]] {
                let other = try RunningTool("load-kp-bpf", waiting + [scheduler])
                #expect(other.wait(for: "Running."), "\(other.stderr)")
                try shell("echo S >/proc/sysrq-trigger")
                let taken = other.finish()
                #expect(taken.status == 69 && taken.stderr.contains("took off"), "\(waiting): \(taken)")
            }
            let killed = try RunningTool("load-kp-bpf", [scheduler])
            #expect(killed.wait(for: "Running."))
            killed.send(SIGKILL)
            _ = killed.finish()
            #expect(eventually("it is off") { (try? shell("cat \(state)")) == "disabled\n" })
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }
    }
}
