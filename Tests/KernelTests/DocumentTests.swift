// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The programs and sessions of the documents, compiled by their commands (Scripts/documents) and played as they stand
/// there.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "6.12"))
    struct DocumentTests {
        /// The blocks of the documents: page, line, language, rule, its value, file.
        private static let blocks: [[String]] =
            ((try? String(contentsOfFile: Lab.fixtures + "/documents/index", encoding: .utf8)) ?? "")
            .split(separator: "\n").map { line in
                line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
            }

        private static func text(of block: [String]) throws -> String {
            try String(contentsOfFile: "\(Lab.fixtures)/documents/\(block[5])", encoding: .utf8)
        }

        /// The sessions for this kernel, by the files of their blocks.
        static let sessions = blocks.filter { block in
            block[3] == "lab" && (block[4].isEmpty || block[4].split(separator: ",").contains(Lab.kernel[...]))
        }.map { $0[5] }

        @Test(arguments: sessions) func `a session prints what the documents show`(file: String) throws {
            let before = Machine.now
            let text = try String(contentsOfFile: "\(Lab.fixtures)/documents/\(file)", encoding: .utf8)
            let folder = URL(fileURLWithPath: "\(Lab.fixtures)/documents/\(file)").deletingLastPathComponent()
            try ShownSession(text).play(in: folder.path)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `there are sessions in the documents`() {
            #expect(!Self.blocks.filter { $0[3] == "lab" }.isEmpty)
        }

        @Test func `the program of the loader's page prints the names of the files that the user removes`() throws {
            let before = Machine.now
            let lines = try Self.blocks.filter { $0[0] == "docs/load-kp-bpf.md" && $0[3] == "parse" }
                .flatMap { try Self.text(of: $0).split(separator: "\n") }
            let command = try #require(lines.first { $0.contains(" unlink.bpf.o ") }?.dropFirst("sudo ".count))
            let folder = "\(Lab.fixtures)/documents/docs-load-kp-bpf"
            let loader = try RunningTool("/bin/sh", ["-c", "cd \(folder) && exec \(command)"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            try shell("touch /tmp/of-root; su tracer -c 'touch /tmp/of-tracer'")
            try shell("rm /tmp/of-root; su tracer -c 'rm /tmp/of-tracer'")
            #expect(loader.wait(for: "unlink /tmp/of-tracer"), "\(loader.stdout)\n\(loader.stderr)")
            let end = loader.end()
            #expect(end.status == 0 && !end.stdout.contains("/tmp/of-root"), "\(end)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `the program of 2018 sends events that are printed as they were then`() throws {
            let before = Machine.now
            let pipeline = try EventPipeline("/sys/fs/bpf/map_event", "--unpin")
            let loader = try RunningTool(
                "load-kp-bpf", ["\(Lab.fixtures)/documents/docs-2018/my_prog.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            Traffic.bpf(command: 21_000, count: 10, cpu: 1)
            let isOurs = { (event: PrintedEvent) in event.cmd == 21_000 && event.idx == 1 && event.cpu == 1 }
            #expect(eventually { pipeline.events.filter(isOurs).count == 10 })
            #expect(loader.end().status == 0)
            #expect(pipeline.end().daemon.status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }
    }
}
