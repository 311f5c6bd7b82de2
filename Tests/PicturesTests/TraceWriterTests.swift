// SPDX-License-Identifier: Apache-2.0

import EventDecoding
import Foundation
@testable import Pictures
import Testing

/// Timelines as Perfetto and Chrome read them.
struct TraceWriterTests {
    private func json(_ text: String) -> LineBuffer {
        var buffer = LineBuffer(capacity: 64)
        buffer.append(own: text)
        return buffer
    }

    private func records(_ lines: inout LineBuffer) throws -> [[String: Any]] {
        let text = text(&lines)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    }

    @Test func `each record is one of the format, with its time in microseconds`() throws {
        var trace = TraceWriter()
        var lines = LineBuffer()
        trace.begin(to: &lines)
        #expect(trace.name(process: 7, thread: 8, "a\"b</script>", to: &lines))
        trace.instant(
            "open", on: .thread(process: 7, thread: 8), at: 1_000_001_005, args: json("{\"fd\":3}"), to: &lines)
        trace.instant("idle", on: .cpu(3), at: 2_000, args: json(""), to: &lines)
        trace.counter("counts 1", at: 3_000, args: json("{\"value\":5}"), to: &lines)
        trace.end(to: &lines)
        let records = try records(&lines)
        let open = try #require(records.first { $0["name"] as? String == "open" })
        #expect(open["ph"] as? String == "i" && open["pid"] as? Int == 7 && open["tid"] as? Int == 8)
        #expect(open["ts"] as? Double == 1_000_001.005 && (open["args"] as? [String: Int]) == ["fd": 3])
        #expect(records.contains { ($0["args"] as? [String: String]) == ["name": "CPU 3"] })
        #expect(records.filter { ($0["args"] as? [String: String]) == ["name": "a\"b</script>"] }.count == 2)
        #expect(records.contains { $0["ph"] as? String == "C" && $0["ts"] as? Double == 3 })
    }

    @Test func `spans on one track may overlap: their ends have their numbers`() throws {
        var trace = TraceWriter()
        var lines = LineBuffer()
        trace.begin(to: &lines)
        let first = trace.beginSpan("a", on: .cpu(0), at: 1_000, args: json(""), to: &lines)
        let second = trace.beginSpan("a", on: .cpu(0), at: 2_000, args: json(""), to: &lines)
        trace.endSpan(first, "a", on: .cpu(0), at: 3_000, args: json(""), to: &lines)
        trace.endSpan(second, "a", on: .cpu(0), at: 4_000, args: json(""), to: &lines)
        trace.end(to: &lines)
        let spans = try records(&lines).filter { ["b", "e"].contains($0["ph"] as? String) }
        let ids = spans.compactMap { $0["id"] as? String }
        #expect(ids == ["1", "2", "1", "2"] && spans.allSatisfy { $0["cat"] as? String == "span" })
    }

    @Test func `what was written is valid after each record, but for the closing bracket`() throws {
        var trace = TraceWriter()
        var lines = LineBuffer()
        trace.begin(to: &lines)
        for number in 0..<3 {
            trace.instant("x", on: .others, at: UInt64(number), args: json("{}"), to: &lines)
            let text = String(decoding: lines.bytes.withUnsafeBytes { Array($0) }, as: UTF8.self) + "]"
            #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) is [[String: Any]])
        }
    }

    @Test func `names and open spans are bounded, whatever comes`() {
        var trace = TraceWriter()
        var lines = LineBuffer()
        trace.begin(to: &lines)
        var told = 0
        for thread in 0..<100_000 {
            if trace.name(process: 1, thread: UInt32(thread) + 2, "n", to: &lines) { told += 1 }
            lines.removeAll()
        }
        #expect(told < 70_000)
        var spans = OpenSpans(limit: 2)
        for number in 0..<5 {
            let key = [UInt8(number)]
            if spans.hasRoom(for: key) { spans.begin(key, OpenSpans.Span(number: UInt64(number), track: .others)) }
        }
        #expect(spans.count == 2 && spans.end([4]) == nil && spans.end([1])?.number == 1 && spans.hasRoom(for: [9]))
        #expect(!OpenSpans().hasRoom(for: [UInt8](repeating: 0, count: OpenSpans.keyLimit + 1)))
    }
}
