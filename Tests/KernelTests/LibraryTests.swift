// SPDX-License-Identifier: Apache-2.0

import BPF
import Foundation
import TestSupport
import Testing

/// The library as a stranger uses it: objects to typed events, in this process.
extension KernelTests {
    @Suite(.cell("default"), .kernels("6.1"))
    struct Library {
        private func object(_ name: String) throws -> Object {
            try Object(contentsOf: "\(Lab.examples)/\(name).bpf.o")
        }

        @Test func `the events of an object come as they are, by type, for as long as the loop asks`() async throws {
            var programs = try BPFCollection(object("bootstrap"))
            try programs.attach()
            #expect(programs.links.count == 2)
            try shell("/bin/sleep 0 && sleep 0.1")
            var names: [String] = []
            for try await event in try programs.events(of: "rb") {
                #expect(event.type == "struct bootstrap_event" && event.map == "rb")
                guard event["kind"]?.int == 0 else { continue }
                names.append(event["comm"]?.text ?? "")
                #expect(event.json.contains(#""comm":"\#(names[names.count - 1])""#), "\(event.json)")
                if names.contains("sleep") { break }
            }
        }

        @Test func `a blocking reader hands out events, and a typed map has what the program put there`() throws {
            var object = try object("bootstrap")
            try object.set("min_duration_ns", to: 1_000_000)
            var programs = try BPFCollection(object)
            try programs.attach()
            var reader = try programs.reader(of: "rb")
            // It is in the map for as long as it runs.
            let child = try spawn(
                "/bin/sleep", ["1000"], descriptors: (0, 1, 2), environment: ["PATH": "/bin:/usr/bin"])
            let starts = try programs.map("exec_start")
            #expect(
                try eventually("the map has the child") {
                    try starts.entries(Int32.self, UInt64.self).contains { $0.key == child }
                })
            let rows = try programs.table("exec_start").entries()
            #expect(rows.contains { $0.key.value?.int == Int(child) })
            usleep(200_000)
            kill(child, SIGTERM)
            #expect(reap(child, wait: true) == 128 + SIGTERM)
            var ended: [UInt64] = []
            for _ in 0..<Int(patience) where ended.isEmpty {
                try reader.run(for: .seconds(1)) { event in
                    guard event["pid"]?.int == Int(child) else { return }
                    // Its start may be there, whose duration is 0.
                    if let duration = event["duration_ns"]?.uint64, duration > 0 { ended.append(duration) }
                }
            }
            #expect(ended.count == 1 && ended.allSatisfy { $0 > 200_000_000 }, "\(ended)")
            try programs.detach()
            #expect(programs.links.count == 0)
        }

        @Test func `a perf event array that nobody reads loses events, each counted between those that are left`()
            async throws
        {
            var options = BPFCollection.Options()
            options.targets = ["test_prog": [try .kprobe("do_unlinkat")]]
            var programs = try BPFCollection(Object(contentsOf: "\(Lab.examples)/test_prog1.o"), options: options)
            try programs.attach()
            let emitted = 120_000
            let records = try programs.records(of: "map_event")
            for _ in 0..<emitted { unlink("/no/such/file") }
            // A loss is told by the event behind it.
            let more = Task.detached {
                while !Task.isCancelled {
                    unlink("/no/such/file")
                    try? await Task.sleep(for: .milliseconds(20))
                }
            }
            var (events, lost) = (0, UInt64(0))
            for try await record in records {
                switch record {
                case .event(let event):
                    events += 1
                    #expect(event.context.cpu != nil && event.context.time != nil)
                case .lost(let loss): lost += loss.samples ?? 0
                }
                if events + Int(lost) >= emitted && lost > 0 { break }
            }
            more.cancel()
            #expect(lost > 0 && events > 8192, "\(events) events, \(lost) lost")
        }

        @Test func `a link is pinned, outlives its owner, and is opened again`() throws {
            let pin = "/sys/fs/bpf/library_link"
            let id: UInt32
            do {
                let programs = try BPFCollection(object("bootstrap"))
                var link = try programs.attach("handle_exec")
                do throws(BPFError) {
                    try link.pin(at: pin)
                } catch {
                    // Before 5.15 a trace event has no link, and the error says it.
                    #expect(error.description.contains("5.15"), "\(error)")
                    return
                }
                id = try programs.program("handle_exec").info().id
            }
            try #expect(Program(id: id).info().id == id, "the pin keeps it")
            let link = try Link(pinnedAt: pin)
            try #expect(link.info().programID == id)
            try link.detach()
            #expect(throws: BPFError.self) { _ = try Program(id: id) }
        }

        @Test func `a program for a function that this kernel lacks is an error with a code and near names`() throws {
            let programs = try BPFCollection(object("kprobe_unlink"))
            let name = programs.programs.names[0]
            let error = #expect(throws: BPFError.self) { _ = try programs.attach(name, to: .kprobe("do_unlinkta")) }
            #expect(error?.operation == .resolveProbe && error?.description.contains("do_unlinkat") == true)
        }
    }
}
