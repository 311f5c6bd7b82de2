// SPDX-License-Identifier: Apache-2.0

import BPF
import Foundation
import TestSupport
import Testing

/// The probes of Examples/SwiftProbes, compiled on the machine that builds: what their twins in C do, they do.
extension KernelTests {
    @Suite(.cell("default"))
    struct SwiftProbeTests {
        private func probe(_ name: String) -> String { "\(Lab.fixtures)/swift/\(name).o" }

        @Test func `TestProg1 and TestProg2 send the events that test_prog1 and test_prog2 send`() throws {
            let before = Machine.now
            let pipeline = try EventPipeline()
            let first = try RunningTool("load-kp-bpf", [probe("TestProg1"), "sys_bpf"])
            #expect(first.wait(for: "Running."), "\(first.stderr)")
            let second = try RunningTool("load-kp-bpf", [probe("TestProg2"), "sys_bpf"])
            #expect(second.wait(for: "Running."), "\(second.stderr)")
            for cpu in 0..<2 { Traffic.bpf(command: 13_000 + Int32(cpu), count: 25, cpu: cpu) }
            #expect(eventually { pipeline.events.filter { $0.cmd >= 13_000 }.count >= 100 })
            #expect(second.end().status == 0)
            #expect(first.end().status == 0)
            let (daemonEnd, printerEnd) = pipeline.end()
            #expect(daemonEnd.status == 0 && printerEnd.status == 0, "\(daemonEnd)\n\(printerEnd)")
            let ours = PrintedEvent.all(in: printerEnd.stdout).filter { $0.cmd >= 13_000 }
            for idx in [1, 2] {
                for cpu in 0..<2 {
                    #expect(ours.count { $0.idx == idx && $0.cpu == cpu && $0.cmd == 13_000 + cpu } == 25)
                }
            }
            try FileManager.default.removeItem(atPath: "/sys/fs/bpf/map_event")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `Minimal prints the writes of the one process that it is told`() throws {
            let pipe = try TestPipe()
            let writer = try RunningTool("/bin/sh", ["-c", "read line; echo hello"], stdin: pipe.reading)
            let loader = try RunningTool(
                "load-kp-bpf", [probe("Minimal"), "--trace", "--set", "pid_filter=\(writer.pid)"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            try shell("echo other")
            pipe.closeBoth()
            #expect(writer.finish().stdout == "hello\n")
            #expect(loader.wait(for: "write(2) by process \(writer.pid)"), "\(loader.stdout)\n\(loader.stderr)")
            let lines = loader.end().stdout.split(separator: "\n").filter { $0.contains("write(2) by process") }
            #expect(lines.allSatisfy { $0.hasSuffix("process \(writer.pid)") }, "\(lines)")
        }

        @Test func `Unlink prints the name of a removed file and the result`() throws {
            let before = Machine.now
            let symbols = try shell("grep -E ' (do|filename)_unlinkat$' /proc/kallsyms")
            let choice =
                symbols.contains(" do_unlinkat")
                ? [] : ["filename_unlinkat", "filename_unlinkat_exit"].flatMap { ["--program", $0] }
            let loader = try RunningTool("load-kp-bpf", [probe("Unlink"), "--trace"] + choice)
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let remover = try RunningTool("/bin/sh", ["-c", "echo >/tmp/goes-away; exec rm /tmp/goes-away"])
            #expect(remover.finish().status == 0)
            #expect(loader.wait(for: "process \(remover.pid) removes /tmp/goes-away"), "\(loader.stdout)")
            #expect(loader.wait(for: "process \(remover.pid) is told 0"), "\(loader.stdout)\n\(loader.stderr)")
            #expect(loader.end().status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `the events of Bootstrap print by themselves, as those of its twin do`() throws {
            let before = Machine.now
            func rows(_ object: String) throws -> (exec: String?, exit: String?, pid: pid_t) {
                let loader = try RunningTool("load-kp-bpf", [object, "--events", "--json"])
                #expect(loader.wait(for: "\"event\":\"running\""), "\(loader.stderr)")
                let process = try RunningTool("/bin/sh", ["-c", "exit 7"])
                #expect(process.finish().status == 7)
                func row(_ kind: String) -> String? {
                    loader.stdout.split(separator: "\n").map(String.init).first {
                        $0.contains("\"pid\":\(process.pid),") && $0.contains(kind)
                    }
                }
                #expect(eventually { row("\"exit_code\":1792") != nil }, "\(loader.stdout)\n\(loader.stderr)")
                let rows = (row("/bin/sh"), row("\"exit_code\":1792"), process.pid)
                #expect(loader.end().status == 0)
                return rows
            }
            let ours = try rows(probe("Bootstrap"))
            let twins = try rows("\(Lab.examples)/bootstrap.bpf.o")
            func names(_ row: String?) -> [Substring] {
                (row ?? "").split(separator: "\"").enumerated().compactMap { index, part in
                    index % 2 == 1 && row?.contains("\"\(part)\":") == true ? part : nil
                }
            }
            #expect(ours.exec?.contains("\"comm\":\"sh\"") == true, "\(ours)")
            #expect(names(ours.exec) == names(twins.exec) && !names(ours.exec).isEmpty, "\(ours)\n\(twins)")
            #expect(names(ours.exit) == names(twins.exit), "\(ours)\n\(twins)")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test(arguments: ["TestProg1", "Minimal", "Unlink", "Bootstrap"])
        func `the kernel takes the types of a probe, and its lines are those of the user's file`(name: String) throws {
            // Quiet: the verifier's log has the lines of the source.
            let end = try run("load-kp-bpf", probe(name), "--load-only", "--verbose", "--json")
            #expect(end.status == 0, "\(end)")
            #expect(!end.stderr.contains("types-not-loaded"), "\(end)")
            let places = try run("load-kp-bpf", probe(name), "--check", "--json")
            #expect(!places.stdout.contains("BPFKit/") && !places.stdout.contains("shell.c"), "\(places)")
        }

        /// A program of a language feature: what it returns for a packet of 64 bytes behind a header of Ethernet, and the first kernel that has what
        /// it calls.
        private struct LanguageProgram {
            let object: String
            let result: UInt32

            init?(_ name: String, in folder: String) throws {
                let lines = try String(contentsOfFile: "\(folder)/\(name).txt", encoding: .utf8).split(separator: "\n")
                func value(_ word: String) -> Substring? {
                    lines.first { $0.hasPrefix("// \(word): ") }?.dropFirst(word.count + 5)
                }
                guard let result = value("result").flatMap({ Int32($0) }) else { return nil }
                let own = Lab.kernel == "newest" ? [99, 0] : Lab.kernel.split(separator: ".").compactMap { Int($0) }
                let wanted = (value("kernel") ?? "0.0").split(separator: ".").compactMap { Int($0) }
                guard !own.lexicographicallyPrecedes(wanted) else { return nil }
                object = "\(folder)/\(name).o"
                self.result = UInt32(bitPattern: result)
            }
        }

        @Test(arguments: ["language", "checked"])
        func `programs of language features return what they say`(mode: String) throws {
            let folder = "\(Lab.fixtures)/swift/\(mode)"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".o") }
                .sorted()
            #expect(names.count >= 30)
            for name in names.map({ String($0.dropLast(2)) }) {
                guard let program = try LanguageProgram(name, in: folder) else { continue }
                do {
                    let object = try Object(contentsOf: program.object)
                    let collection = try BPFCollection(object)
                    let output = try collection.program(object.programs.map(\.name).first { $0 == "run" } ?? "")
                        .testRun(
                            .init(data: [UInt8](repeating: 0, count: 78)))
                    #expect(output.returnValue == program.result, "\(name)")
                } catch {
                    Issue.record("\(name): \(error)")
                }
            }
        }
    }
}
