// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// One command from the object to what it found: load-kp-bpf --events, --maps, --globals, --show, --capture.
extension KernelTests {
    @Suite(.cell("default"), .kernels("5.10", "newest"))
    struct Show {
        private let object = Lab.examples + "/bootstrap.bpf.o"

        private func lines(_ text: String) throws -> [[String: Any]] {
            try text.split(separator: "\n").map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            }
        }

        /// Starts the tool, has a program run once it is attached, and ends it once stdout has a text.
        private func session(_ arguments: [String], until text: String, stdout: Bool = true) throws -> Outcome {
            let tool = try RunningTool("load-kp-bpf", [object] + arguments)
            #expect(tool.wait(for: "unning"))
            try shell("/bin/true")
            if stdout { #expect(tool.wait(for: text)) }
            return tool.end()
        }

        @Test func `events are printed with their types while they come, and nothing else is on stdout`() throws {
            let before = Machine.now
            let outcome = try session(["--events", "--json"], until: "/bin/true")
            #expect(outcome.status == 0, "\(outcome)")
            let events = try lines(outcome.stdout)
            #expect(events.contains { $0["filename"] as? String == "/bin/true" }, "\(outcome)")
            #expect(events.allSatisfy { $0["_type"] as? String == "struct bootstrap_event" }, "\(outcome)")
            let reports = try lines(outcome.stderr)
            #expect(reports.contains { $0["event"] as? String == "running" }, "\(outcome)")
            #expect(before.isRestored())
        }

        @Test func `what was asked for ends the run: so many events, and a reader that goes`() throws {
            let before = Machine.now
            let tool = try RunningTool("load-kp-bpf", [object, "--events", "--head", "1", "--format", "{comm}"])
            #expect(tool.wait(for: "unning"))
            try shell("/bin/true")
            let head = tool.finish()
            #expect(head.status == 0 && head.stdout.split(separator: "\n").count == 1, "\(head)")
            let piped = try shell(
                "\(Lab.tools)/load-kp-bpf \(object) --events --format '{comm}' 2>/dev/null | "
                    + "{ (while :; do sleep 1; /bin/true; done) >/dev/null 2>&1 & head -n 1; kill $!; }")
            #expect(piped.split(separator: "\n").count == 1, "\(piped)")
            #expect(before.isRestored())
        }

        @Test func `a table of what most events have is drawn while they come, and one of all at the end`() throws {
            let tool = try RunningTool(
                "load-kp-bpf", [object, "--events", "--top", "filename", "--every", "100ms"])
            #expect(tool.wait(for: "unning"))
            // At each interval, whether there are events or not.
            #expect(tool.wait(for: "0 events\n"))
            for _ in 0..<3 { try shell("/bin/true") }
            #expect(tool.wait(for: "/bin/true"))
            let outcome = tool.end()
            let tables = outcome.stdout.components(separatedBy: "\n\n")
            #expect(outcome.status == 0 && tables.count > 2, "\(outcome)")
            let rows = try #require(tables.last).split(separator: "\n").map { $0.split(separator: " ") }
            #expect(rows.contains { $0.first == "/bin/true" && $0.contains("3") }, "\(outcome)")
        }

        @Test func `a capture has what would have been printed`() throws {
            let path = "/tmp/show.bev"
            let outcome = try session(["--capture", path, "--host", "web1.example.org"], until: "", stdout: false)
            #expect(outcome.status == 0 && outcome.stdout.isEmpty, "\(outcome)")
            let printed = try run("print-event", "--json", path)
            #expect(printed.status == 0, "\(printed)")
            #expect(try lines(printed.stdout).contains { $0["filename"] as? String == "/bin/true" }, "\(printed)")
            let records = try lines(try run("print-event", "--json", "--context", "full", path).stdout)
            #expect(!records.isEmpty && records.allSatisfy { $0["_host"] as? String == "web1.example.org" })
        }

        @Test func `what bpf_printk prints is shown with all else, as lines and as objects`() throws {
            let object = Lab.examples + "/minimal.bpf.o"
            let text = try RunningTool("load-kp-bpf", [object, "--show"])
            #expect(text.wait(for: "bpf_trace_printk"), "\(text.stdout) \(text.stderr)")
            #expect(text.end().status == 0)
            let json = try RunningTool("load-kp-bpf", [object, "--show", "--json"])
            #expect(json.wait(for: #""_from":"bpf_printk""#), "\(json.stdout) \(json.stderr)")
            let outcome = json.end()
            let printed = try lines(outcome.stdout).filter { $0["_from"] as? String == "bpf_printk" }
            #expect(outcome.status == 0 && !printed.isEmpty, "\(outcome)")
        }

        @Test func `a capture has what bpf_printk prints and what iterators write, which print-event shows`() throws {
            let path = "/tmp/text.bev"
            let object = Lab.examples + "/minimal.bpf.o"
            let kept = try run("load-kp-bpf", object, "--capture", path, "--duration", "2s")
            #expect(kept.status == 0 && kept.stdout.isEmpty, "\(kept)")
            let printed = try run("print-event", "--json", path)
            let texts = try lines(printed.stdout).filter { $0["_from"] as? String == "bpf_printk" }
            #expect(printed.status == 0 && !texts.isEmpty && texts.allSatisfy { $0["_time"] != nil }, "\(printed)")
            let chosen = try run("load-kp-bpf", object, "--capture", path, "--maps", "--trace", "--duration", "2s")
            #expect(chosen.status == 0, "\(chosen)")
            #expect(try run("print-event", path).stdout.contains("bpf_trace_printk"))
            let iterators = try run("load-kp-bpf", Lab.fixtures + "/iterators.o", "--capture", path)
            let shown = try run("print-event", path)
            #expect(iterators.status == 0 && !shown.stdout.isEmpty, "\(iterators) \(shown)")
        }

        @Test
        func `a stripped object shows events by its source lines, stacks by their numbers, and buckets of one width`()
            throws
        {
            let tool = try RunningTool("load-kp-bpf", [Lab.fixtures + "/answers.o", "--show", "--json"])
            #expect(tool.wait(for: "unning"))
            let own = Int(getpid())
            for _ in 0..<3 { _ = getpgid(0) }
            #expect(tool.wait(for: "4711"))
            let outcome = tool.end()
            #expect(outcome.status == 0 && outcome.stderr.contains("map-size-assumed"), "\(outcome)")
            let all = try lines(outcome.stdout)
            let event = try #require(
                all.first { $0["_type"] as? String == "struct sent" && $0["pid"] as? Int == own }, "\(outcome)")
            #expect(event["number"] as? Int == 4711 && event["ret"] as? Int == Int(getpgid(0)), "\(event)")
            #expect((event["comm"] as? String)?.isEmpty == false, "\(event)")
            let keys = all.filter { $0["_map"] as? String == "counts" }.compactMap { $0["key"] as? [String: Any] }
            let stack = keys.first { $0["pid"] as? Int == own }?["kern_stack_id"] as? String
            // The kernel's symbols, and not a number; some kernels have no stack at this place, and say so.
            let isEmpty = stack == "-EFAULT" && outcome.stdout.contains(#"{"_elements":0,"_extent":"whole""#)
            #expect(stack?.contains("sys") == true || isEmpty, "\(outcome)")
            #expect(outcome.stdout.contains(#""from":0,"below":1000,"#), "\(outcome)")
        }

        @Test func `maps and variables are printed at the end`() throws {
            let tool = try RunningTool("load-kp-bpf", [object, "--maps", "--globals", "--json"])
            #expect(tool.wait(for: "unning"))
            // It is in the map for as long as it runs.
            let process = try RunningTool("/bin/sleep", ["1000"])
            try shell("/bin/true")
            let outcome = tool.end()
            process.end(SIGTERM)
            #expect(outcome.status == 0, "\(outcome)")
            #expect(try lines(outcome.stdout).contains { $0["key"] as? Int == Int(process.pid) }, "\(outcome)")
        }
    }
}
