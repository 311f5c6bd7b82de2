// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Samples of CPUs that go offline and come back.
extension KernelTests {
    @Suite(.cell("cpus"))
    struct SampledCPUs {
        private static let object = "\(Lab.fixtures)/parts.o"
        private static let away = "echo 0 >/sys/devices/system/cpu/cpu3/online"
        private static let back = "echo 1 >/sys/devices/system/cpu/cpu3/online"

        private func attached(
            _ program: String, of object: String, to target: String? = nil
        ) throws -> BPFCollection {
            var object = try Object(contentsOf: object)
            if let target { try object.attach(program, to: target) }
            var options = BPFCollection.Options()
            options.programs = [program]
            var programs = try BPFCollection(object, options: options)
            try programs.attach()
            return programs
        }

        private func runs(_ programs: borrowing BPFCollection) throws -> UInt64 {
            try programs.value(of: "samples_runs", as: UInt64.self)
        }

        private func look(_ programs: inout BPFCollection) -> [String] { programs.followCPUs().map(\.message) }

        private func expectMore(
            than before: UInt64, _ programs: borrowing BPFCollection, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            for _ in 0..<3_000 {
                guard try runs(programs) <= before else { return }
                usleep(10_000)
            }
            Issue.record("no more samples than \(before)", sourceLocation: sourceLocation)
        }

        @Test func `a CPU that comes back is sampled again, and one that was away for a moment too`() throws {
            defer { _ = try? shell("\(Self.back) || true") }
            let before = Machine.now
            try {
                var programs = try attached("samples", of: Self.object, to: "perf_event:cpu-clock@499,cpu=3")
                let atFirst = look(&programs)
                #expect(atFirst == [])
                try expectMore(than: 0, programs)
                try shell(Self.away)
                let away = [look(&programs), look(&programs)]
                #expect(away == [["CPU 3 went offline"], []])
                let gone = try runs(programs)
                try shell(Self.back)
                let back = [look(&programs), look(&programs)]
                #expect(back == [["CPU 3 came online, and is sampled"], []])
                try expectMore(than: gone, programs)
                // Between two looks: its event has ended.
                try shell("\(Self.away); \(Self.back)")
                let between = look(&programs) + look(&programs) + look(&programs)
                #expect(between == ["CPU 3 came online, and is sampled"])
                try expectMore(than: try runs(programs), programs)
                try programs.detach()
            }()
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `only the chosen CPUs are followed, and a program that samples none does nothing`() throws {
            defer { _ = try? shell("\(Self.back) || true") }
            var chosen = try attached("samples", of: Self.object, to: "perf_event:cpu-clock@cpu=0,cpu=1")
            var probe = try attached("entry", of: "\(Lab.fixtures)/kinds.o")
            let follow = [chosen.followsCPUs, probe.followsCPUs]
            #expect(follow == [true, false])
            for line in [Self.away, Self.back] {
                try shell(line)
                let notes = look(&chosen) + look(&probe)
                #expect(notes == [])
            }
        }

        @Test func `a list of CPUs that cannot be read is told once, and the samples go on`() throws {
            try withTemporaryFolder { sys in
                let folder = sys.appending(path: "devices/system/cpu")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let list = folder.appending(path: "online")
                try Data("0\n".utf8).write(to: list)
                var options = AttachOptions()
                options.roots = KernelRoots(proc: "/proc", sys: sys.path)
                let statistics = try RunTimeStatistics()
                let program = try TinyProgram(section: "perf_event")
                var link = try Link.attach(
                    program: program.descriptor, to: AttachTarget(section: "perf_event"), options: options)
                try FileManager.default.removeItem(at: list)
                let notes = [link.followCPUs(), link.followCPUs()]
                #expect(notes.map { $0.map(\.code) } == [[.sysfsMissing], []])
                #expect(notes[0].map(\.severity) == [.warning])
                let runs = program.runs
                let goesOn = eventually { program.runs > runs }
                #expect(goesOn)
                // Each link reads the list that it was attached by.
                try Data("0-1\n".utf8).write(to: list)
                #expect(link.followCPUs().map(\.message) == ["CPU 1 came online, and is sampled"])
                try link.detach()
                extendLifetime(statistics)
            }
        }

        @Test(arguments: [[], ["--trace"], ["--globals", "--every", "1h"]])
        func `the loader follows the CPUs in whatever way it waits`(options: [String]) throws {
            defer { _ = try? shell("\(Self.back) || true") }
            try shell(Self.away)
            let tool = try RunningTool(
                "load-kp-bpf", options + [Self.object, "--attach", "samples=perf_event:cpu-clock@99"])
            #expect(tool.wait(for: "Running."), "\(tool.stderr)")
            try shell(Self.back)
            #expect(tool.wait(for: "CPU 3 came online, and is sampled"), "\(tool.stderr)")
            try shell(Self.away)
            #expect(tool.wait(for: "CPU 3 went offline"), "\(tool.stderr)")
            let outcome = tool.end()
            #expect(outcome.status == 0, "\(outcome)")
        }
    }
}
