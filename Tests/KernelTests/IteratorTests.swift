// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import Foundation
import Testing

/// Programs that run when somebody reads their link.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Iterators {
        private static let object = Lab.fixtures + "/iterators.o"

        private func lines(_ text: String, _ word: String) -> [Int] {
            text.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: " ")
                return parts.count == 2 && parts[0] == word ? Int(parts[1]) : nil
            }
        }

        @Test func `what iterators write goes to stdout, one after the other, and that is the end`() throws {
            let outcome = try RunningTool("load-kp-bpf", [Self.object]).finish()
            #expect(outcome.status == 0, "\(outcome)")
            let tasks = lines(outcome.stdout, "task")
            #expect(tasks.contains(1), "\(outcome)")
            #expect(!lines(outcome.stdout, "map").isEmpty, "\(outcome)")
            #expect(outcome.stdout.split(separator: "\n").allSatisfy { $0.hasPrefix("task ") || $0.hasPrefix("map ") })
            let firstMap = try #require(outcome.stdout.range(of: "map "))
            #expect(outcome.stdout.range(of: "task ", range: firstMap.upperBound..<outcome.stdout.endIndex) == nil)
            #expect(outcome.stderr.contains("Running."), "\(outcome)")
        }

        @Test func `one of them is chosen, and JSON has its place on stderr`() throws {
            let outcome = try RunningTool("load-kp-bpf", ["--json", "--program", "maps", Self.object]).finish()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(!lines(outcome.stdout, "map").isEmpty)
            #expect(lines(outcome.stdout, "task").isEmpty)
            #expect(outcome.stderr.contains(#""target":"iter bpf_map""#), "\(outcome)")
        }

        @Test func `a kernel without an iterator says so`() throws {
            let outcome = try RunningTool(
                "load-kp-bpf", ["--load-only", "--program", "symbols", Self.object]
            ).finish()
            // bpf_iter_ksym is there since Linux 6.0.
            if Lab.kernel == "5.10" {
                #expect(outcome.status == 78, "\(outcome)")
                #expect(outcome.stderr.contains("there is no iterator ksym in this kernel"), "\(outcome)")
            } else {
                #expect(outcome.status == 0, "\(outcome)")
            }
        }

        @Test func `a signal ends it while its reader stalls, and the exit status tells that it is not all`() throws {
            let pipe = try TestPipe()
            defer { pipe.closeBoth() }
            // F_SETPIPE_SZ: a pipe without room.
            try #require(fcntl(pipe.writing, 1031, 4096) == 4096)
            let filling = [UInt8](repeating: 10, count: 4096)
            try #require(write(pipe.writing, filling, filling.count) == filling.count)
            let tool = try RunningTool("load-kp-bpf", [Self.object], stdout: pipe.writing)
            #expect(tool.wait(for: "Running."), "\(tool.stderr)")
            #expect(tool.isRunning)
            #expect(tool.end(SIGTERM).status == 128 + SIGTERM)
        }

        @Test func `a reader that goes away ends it in order`() throws {
            let outcome = try RunningTool(
                "/bin/sh", ["-c", "\(Lab.tools)/load-kp-bpf --program tasks \(Self.object) | head -n 1"]
            ).finish()
            #expect(outcome.stdout.hasPrefix("task "), "\(outcome)")
            #expect(!outcome.stderr.contains("error"), "\(outcome)")
        }

        @Test func `with another program it goes on after the data`() throws {
            let outcome = try RunningTool(
                "load-kp-bpf", ["--duration", "300ms", Lab.fixtures + "/iterators_and_probe.o"]
            ).finish()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.stdout.hasPrefix("map "), "\(outcome)")
        }

        // MARK: - The library

        private func maps(_ body: (borrowing BPFCollection, borrowing Link) throws -> Void) throws {
            let object = try Object(contentsOf: Self.object)
            var options = BPFCollection.Options()
            options.programs = ["maps"]
            let programs = try BPFCollection(object, options: options)
            let link = try programs.attach("maps")
            try body(programs, link)
        }

        @Test func `a link of an iterator is read as often as one likes, whole or in pieces`() throws {
            try maps { _, link in
                let first = try link.readAll()
                #expect(!lines(String(decoding: first, as: UTF8.self), "map").isEmpty)
                var pieces = 0
                try link.read { piece in
                    pieces += piece.byteCount
                    return true
                }
                #expect(pieces == first.count)
            }
        }

        @Test func `a link of an iterator takes another program, is pinned, and is opened by pin and id`() throws {
            try maps { programs, link in
                let info = try link.info()
                #expect(info.kind == .iterator)
                #expect(info.target == "bpf_map")
                #expect(try programs.program("maps").info().id == info.programID)
                let others = try BPFCollection(programs.object, options: only("maps"))
                try link.update(to: others.program("maps"))
                #expect(try link.info().programID == others.program("maps").info().id)
                #expect(try Link(id: info.id).info() == link.info())
            }
            let path = "/sys/fs/bpf/iterator_link"
            try maps { programs, _ in
                var link = try programs.attach("maps")
                try link.pin(at: path)
                #expect(link.pin == path)
            }
            // The program is there although everything that held it is gone.
            var opened = try Link(pinnedAt: path)
            #expect(!(try opened.readAll()).isEmpty)
            #expect(try opened.info().kind == .iterator)
            try opened.unpin()
            #expect(throws: BPFError.self) { _ = try Link(pinnedAt: path) }
        }

        private func only(_ program: String) -> BPFCollection.Options {
            var options = BPFCollection.Options()
            options.programs = [program]
            return options
        }
    }
}
