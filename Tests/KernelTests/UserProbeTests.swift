// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Foundation
import TestSupport
import Testing

/// Programs on functions and static tracepoints of user programs (Tests/Fixtures/host/probed.c).
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct UserProbes {
        private static let isOld = Lab.kernel == "5.10"
        private static let probed = Lab.fixtures + "/probed"

        /// The program that is traced: it answers each line with the counter of its tracepoint's users.
        private final class Probed {
            private let input = Pipe()
            private let tool: RunningTool
            private var answers = 0

            init() throws {
                tool = try RunningTool(probed, [], stdin: input.fileHandleForReading.fileDescriptor)
                #expect(tool.wait(for: "ready"))
            }

            init(in root: String, path: String) throws {
                tool = try RunningTool(
                    "/bin/busybox", ["chroot", root, path], stdin: input.fileHandleForReading.fileDescriptor)
                #expect(tool.wait(for: "ready"), "\(tool.stderr)")
            }

            var pid: pid_t { tool.pid }

            /// Calls everything once, and gives the counter.
            func call(_ number: Int) throws -> Int {
                try input.fileHandleForWriting.write(contentsOf: Data("\(number)\n".utf8))
                answers += 1
                #expect(eventually("it answers") { self.lines.count >= self.answers })
                return Int(lines[answers - 1].split(separator: " ").last ?? "") ?? -1
            }

            private var lines: [Substring] {
                tool.stdout.split(separator: "\n").filter { $0.hasPrefix("semaphore") }
            }

            func end() { tool.end(SIGKILL) }
        }

        private struct Values {
            let collection: [String: Int64]
            subscript(name: String) -> Int64 { collection[name] ?? -1 }
        }

        private func values(_ programs: borrowing BPFCollection) throws -> Values {
            var all: [String: Int64] = [:]
            for name in [
                "entries", "first_argument", "returns", "return_value", "plain", "number", "constant", "global",
                "counted", "counted_number", "argument_count", "paired", "paired_global", "threaded", "threaded_number",
            ] { all[name] = Int64(try programs.value(of: name, as: Int32.self)) }
            all["wide"] = try programs.value(of: "wide", as: Int64.self)
            return Values(collection: all)
        }

        private func load(_ process: Int32? = nil, optional: Bool = true) throws -> BPFCollection {
            var object = try Object(contentsOf: Lab.fixtures + "/user_probes.o")
            try object.attach("leave", to: "uretprobe:\(Self.probed):probed_function")
            var options = BPFCollection.Options()
            options.process = process
            options.programs =
                ["entry", "leave", "plain_probe", "paired_probe", "threaded_probe"]
                + (optional ? ["counted_probe"] : [])
            return try BPFCollection(object, options: options)
        }

        @Test func `functions and tracepoints of a program bring their arguments, and nothing is left`() throws {
            let before = Machine.now
            let traced = try Probed()
            #expect(try traced.call(1) == 0)
            do {
                var programs = try load()
                try programs.attach()
                let single: AttachWay = Self.isOld ? .uprobeIoctl : .uprobeLink
                // Tracepoints, which may have several places, go by one link where there is such a link.
                let several: AttachWay = Lab.isOlder(than: "6.6") ? single : .uprobeMulti
                for index in 0..<programs.links.count {
                    let isTracepoint = programs.links[index].target?.description.hasPrefix("usdt") == true
                    #expect(programs.links[index].way == (isTracepoint ? several : single))
                }
                // A probe for each of the two places counts.
                #expect(try traced.call(42) == 2)
                #expect(try traced.call(-7) == 2)
                let values = try values(programs)
                #expect(values["entries"] == 2 && values["first_argument"] == -7)
                #expect(values["returns"] == 2 && values["return_value"] == 993)
                #expect(values["plain"] == 2 && values["argument_count"] == 4)
                #expect(values["number"] == -7 && values["wide"] == 0x1234_5678_9abc_def)
                #expect(values["constant"] == -9 && values["global"] == 77)
                // -7 comes by the second place too, whose argument is a constant.
                #expect(values["counted"] == 3 && values["counted_number"] == -1)
                // In front of a nop5 the probe may sit one byte behind the tracepoint.
                #expect(values["paired"] == 2 && values["paired_global"] == 77)
                #expect(values["threaded"] == 2 && values["threaded_number"] == -7)
                // Two links at one place: the end of one leaves the other its arguments.
                let first = try programs.attach("plain_probe")
                let second = try programs.attach("plain_probe")
                try first.detach()
                try programs.detach()
                _ = try traced.call(11)
                #expect(try self.values(programs)["number"] == 11)
                try second.detach()
                #expect(try traced.call(5) == 0)
                #expect(try self.values(programs)["entries"] == 2)
            }
            traced.end()
            #expect(before.isRestored())
        }

        @Test func `a program in another root is found there by its path, and is the one that is traced`() throws {
            let root = "/tmp/root"
            try shell(
                "mkdir -p \(root)/lib64 \(root)/lib/x86_64-linux-gnu; cp -L \(Self.probed) \(root)/inside; "
                    + "cp -L /lib64/ld-linux-x86-64.so.2 \(root)/lib64; "
                    + "cp -L /lib/x86_64-linux-gnu/libc.so.6 \(root)/lib/x86_64-linux-gnu; ln -s /inside \(root)/linked"
            )
            defer { _ = try? shell("rm -rf \(root)") }
            let traced = try Probed(in: root, path: "/inside")
            let tool = try RunningTool(
                "load-kp-bpf",
                [
                    "--json", "--dump-globals", "--pid", "\(traced.pid)", "--attach",
                    "leave=uretprobe:/linked:probed_function",
                    "--program", "leave", Lab.fixtures + "/user_probes.o",
                ])
            #expect(tool.wait(for: #""event":"running""#), "\(tool.stderr)")
            _ = try traced.call(5)
            let outcome = tool.end()
            #expect(outcome.status == 0 && outcome.stdout.contains(#""returns":1,"#), "\(outcome)")
            #expect(outcome.stdout.contains(#""file":"\#(root)/inside","places":[{"offset":"#), "\(outcome)")
            traced.end()
        }

        @Test func `one process is traced and the other not, and the loader's death leaves nothing`() throws {
            let (traced, other) = (try Probed(), try Probed())
            let tool = try RunningTool(
                "load-kp-bpf",
                [
                    "--dump-globals", "--pid", "\(traced.pid)", "--program", "counted_probe", "--program", "entry",
                    "--program", "threaded_probe", Lab.fixtures + "/user_probes.o",
                ])
            #expect(tool.wait(for: "Running."), "\(tool.stderr)")
            #expect(try traced.call(3) > 0)
            #expect(try other.call(3) == 0)
            let outcome = tool.end()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.stdout.contains("entries = 1\n"), "\(outcome)")
            #expect(outcome.stdout.contains("counted = 1\n"), "\(outcome)")
            // A thread is of the process.
            #expect(outcome.stdout.contains("threaded = 1\n"), "\(outcome)")
            #expect(try traced.call(3) == 0)

            let killed = try RunningTool(
                "load-kp-bpf", ["--program", "counted_probe", Lab.fixtures + "/user_probes.o"])
            #expect(killed.wait(for: "Running."), "\(killed.stderr)")
            #expect(try other.call(3) == 2)
            killed.end(SIGKILL)
            #expect(eventually("the counter is 0 again") { (try? other.call(3)) == 0 })
            traced.end()
            other.end()
        }

        @Test func `what a file does not have is told with what is near`() throws {
            func refusal(_ target: AttachTarget) throws -> String {
                let program = try TinyProgram(section: "uprobe")
                let error = #expect(throws: BPFError.self) {
                    _ = try Link.attach(program: program.descriptor, to: target)
                }
                #expect(error?.isTargetMissing == true)
                return "\(try #require(error))"
            }
            #expect(try refusal(.uprobe(Self.probed, "probed_functoin")).contains("did you mean probed_function?"))
            #expect(try refusal(.uprobe(Self.probed, "probed_function+0x1000")).contains("the function has "))
            #expect(try refusal(.uprobe("libc.so.7", "malloc")).contains("there is no library libc.so.7"))
            #expect(
                try refusal(.uprobe("/root/fixtures/probde", "main")).contains("did you mean /root/fixtures/probed?"))
            #expect(try refusal(.usdt(Self.probed, provider: "lab", name: "plane")).contains("did you mean lab:plain?"))
            #expect(try refusal(.usdt("busybox", provider: "lab", name: "x")).contains("has no static tracepoints"))
        }

        @Test func `a library is found by its name, a pattern means many functions, and an offset a place`() throws {
            let statistics = try RunTimeStatistics()
            func runs(_ section: String, _ target: AttachTarget) throws -> UInt64 {
                let program = try TinyProgram(section: section)
                let link = try Link.attach(program: program.descriptor, to: target)
                let before = program.runs
                // The tests themselves are a program that uses the library.
                for _ in 0..<10 { _ = getppid() }
                let after = program.runs
                try link.detach()
                return after - before
            }
            #expect(try runs("uprobe", .uprobe("libc.so.6", "getppid")) >= 10)
            #expect(try runs("uretprobe", .uprobe("libc", "getppid", atReturn: true)) >= 10)
            #expect(try runs("uprobe", .uprobe("/proc/self/root/usr/lib/x86_64-linux-gnu/libc.so.6", "getpp?d")) >= 10)
            // On kernels with it one link does it, elsewhere there is a probe each.
            let multi = try AttachTarget(section: "uprobe.multi/libc.so.6:getp*d")
            #expect(try runs("uprobe.multi", multi) >= 10)
            if !Lab.isOlder(than: "6.13") {
                #expect(try runs("uprobe.session", AttachTarget(section: "uprobe.session/libc.so.6:getppid")) >= 20)
            }
            extendLifetime(statistics)
        }

        @Test func `the tracepoints of a program are listed with their arguments`() throws {
            let outcome = try run("load-kp-bpf", "--list", "usdt:" + Self.probed)
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.stdout.contains("lab:counted  (counts its users)\n"))
            #expect(outcome.stdout.contains("arg2=s32 $-9"))
        }
    }
}
