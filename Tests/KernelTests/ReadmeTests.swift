// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The programs of the README, compiled by its commands (Scripts/readme) and run by them.
extension KernelTests {
    @Suite(.cell("default"))
    struct ReadmeTests {
        private let folder = Lab.fixtures + "/readme"

        /// Starts the command of the README that has an object, as it stands there.
        private func start(_ object: String) throws -> RunningTool {
            let commands = try String(contentsOfFile: folder + "/commands", encoding: .utf8).split(separator: "\n")
            let command = try #require(commands.first { $0.split(separator: " ").contains(object[...]) })
            let loader = try RunningTool("/bin/sh", ["-c", "cd \(folder) && exec \(command)"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            return loader
        }

        @Test func `the program of today prints the names of the files that the user removes`() throws {
            let before = Machine.now
            let loader = try start("unlink.bpf.o")
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
            let loader = try start("my_prog.o")
            Traffic.bpf(command: 21_000, count: 10, cpu: 1)
            let isOurs = { (event: PrintedEvent) in event.cmd == 21_000 && event.idx == 1 && event.cpu == 1 }
            #expect(eventually { pipeline.events.filter(isOurs).count == 10 })
            #expect(loader.end().status == 0)
            #expect(pipeline.end().daemon.status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }
    }
}
