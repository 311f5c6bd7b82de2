// SPDX-License-Identifier: Apache-2.0

import BTF
import EventStream
import EventTypes
import Records
import Testing
import ToolSupport

@testable import EventCollecting

/// What a flight recorder looks for in events.
struct DumpConditionTests {
    private func preamble(_ layout: String, processes: [UInt32] = []) throws -> [UInt8] {
        var preamble = CapturePreamble(header: CaptureHeader(bootOffset: 0, began: 0))
        preamble.sources = [CaptureSource(number: 0)]
        let type = EventType(schema: try EventSchema.layout(layout), origin: .named)
        preamble.schemas = [CaptureSchema(type, source: 0)]
        preamble.processes = processes.map { CaptureProcess(pid: $0, isCut: true) }
        return try preamble.bytes()
    }

    @Test func `types that were read before are not taken in anew for each process that comes up`() throws {
        var condition = try DumpCondition("wait > 5")
        let layout = "struct { u32 wait; u32 other; }"
        try condition.read(preamble: try preamble(layout))
        func isTrue(_ wait: UInt8) throws -> Bool {
            var writer = StreamWriter(format: .capture)
            writer.setPreamble(try preamble(layout))
            writer.beginRound(at: 1)
            let event: [UInt8] = [wait, 0, 0, 0, 0, 0, 0, 0]
            _ = writer.take(event.span.bytes, SampleContext(source: 0))
            writer.finishBlock()
            var isTrue = false
            while let facts = CaptureBlockFacts(writer.pending) {
                if facts.hasRecords {
                    isTrue = try condition.isTrue(in: writer.pending.extracting(first: facts.byteCount))
                }
                writer.markWritten(facts.byteCount)
            }
            return isTrue
        }
        #expect(try isTrue(6))
        #expect(try !isTrue(5))
        for process in 1..<4 as Range<UInt32> {
            try condition.read(preamble: try preamble(layout, processes: [process]))
            #expect(try isTrue(6))
        }
        #expect(condition.plansMade == 1)
        try condition.read(preamble: try preamble("struct { u32 other; u32 wait; }"))
        #expect(try !isTrue(6))
        #expect(condition.plansMade == 2)
    }
}
