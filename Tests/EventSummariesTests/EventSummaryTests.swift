// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import EventDecoding
@testable import EventSummaries
import EventTypes
import Testing
import TestSupport

/// A type compiled by clang.
private func plan(_ source: String) throws -> DecodingPlan {
    let source = """
        typedef unsigned int u32; typedef unsigned long long u64; typedef long long s64; typedef unsigned __int128 u128;
        \(source)
        struct event *unused_event __attribute__((unused));
        """
    let object = try Object(
        parsing: compileBPF(source: source, target: "bpf", arguments: ["-g", "-Wno-everything"]), name: "event.o")
    return try DecodingPlan(object.eventSchema(named: "struct event"))
}

private func bytes<Value: BitwiseCopyable>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0) }
}

private func shown(_ names: [String], _ plan: DecodingPlan) -> [ShownField] {
    names.map { name in
        if let field = plan.field(name) { return ShownField(.event(field), name: name) }
        return ShownField(ContextField(name: name).map { .context($0) } ?? .absent, name: name)
    }
}

/// A summary of events of one type.
private struct Subject: ~Copyable {
    let binding: SummaryBinding
    var summary: EventSummary

    init(_ source: String, values: [String] = [], by groups: [String] = [], limit: Int = 10_000, memory: Int = 64 << 20)
        throws
    {
        let plan = try plan(source)
        binding = try SummaryBinding(
            plan, environment: FormatEnvironment(), values: shown(values, plan), by: shown(groups, plan))
        summary = EventSummary(values: values, by: groups, limit: limit, memory: memory)
        summary.prepare(binding)
    }

    mutating func add(_ event: [UInt8], time: UInt64? = nil, cpu: UInt32? = nil) {
        var context = EventContext()
        (context.time, context.cpu) = (time, cpu)
        summary.add(event.span.bytes, context, binding)
    }

    func text(width: Int? = nil, top: Int = 50, drawings: Int = 10) -> String {
        var lines = LineBuffer()
        summary.writeText(to: &lines, width: width, top: top, drawings: drawings)
        return lines.text
    }

    func json() -> String {
        var lines = LineBuffer()
        summary.writeJSON(to: &lines)
        return lines.text
    }

    func separated(_ dialect: SeparatedRenderer.Dialect = .csv) -> String {
        var lines = LineBuffer()
        summary.writeSeparated(to: &lines, dialect)
        return lines.text
    }
}

extension LineBuffer {
    fileprivate var text: String { bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}

/// What a sort says of a percentile.
private func exact(_ values: [Int128], _ thousandths: Int) -> Int128 {
    let rank = max((values.count * thousandths + 999) / 1000, 1)
    return values.sorted()[rank - 1]
}

struct EventSummaryTests {
    @Test(arguments: [1, 10, 1000, 50_000], [true, false])
    func `percentiles are those of a sort, as precisely as the histogram is`(count: Int, isGrouped: Bool) throws {
        var generator = SystemRandomNumberGenerator()
        var subject = try Subject("struct event { s64 v; };", values: ["v"], by: isGrouped ? ["_cpu"] : [])
        let values = (0..<count).map { _ in
            Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0..<63, using: &generator)
        }
        for value in values { subject.add(bytes(value), cpu: 1) }
        let sorted = values.map { Int128($0) }
        let found = subject.summary.distribution(0, 0)
        #expect(found.count == UInt64(count) && found.minimum == sorted.min() && found.maximum == sorted.max())
        #expect(found.sum == sorted.reduce(0, +))
        for thousandths in [500, 900, 990, 999] {
            let expected = exact(sorted, thousandths)
            let percentile = found.percentile(UInt64(thousandths), scale: 1)
            let error = (percentile - expected).magnitude
            // Three digits for one group, two for many.
            #expect(error <= expected.magnitude / (isGrouped ? 100 : 1000) + 1, "\(percentile) \(expected)")
        }
    }

    @Test func `powers of two are counted exactly`() throws {
        var generator = SystemRandomNumberGenerator()
        var subject = try Subject("struct event { s64 v; };", values: ["v"])
        var expected: [String: UInt64] = [:]
        for _ in 0..<5000 {
            let value =
                Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0..<64, using: &generator)
            subject.add(bytes(value))
            let power = value.magnitude == 0 ? -1 : 63 - value.magnitude.leadingZeroBitCount
            expected["\(value < 0 ? "minus " : "")\(power)", default: 0] += 1
        }
        let drawing = HistogramDrawing(subject.summary.distribution(0, 0))
        for row in drawing.rows {
            let edge = (row.isClosedAbove ? row.high : row.low) ?? 0
            let power = edge == 0 ? -1 : edge.magnitude.trailingZeroBitCount
            let key = "\(row.isClosedAbove ? "minus " : "")\(power)"
            #expect(row.count == expected[key] ?? 0, "\(row.label)")
        }
        #expect(drawing.rows.map(\.count).reduce(0, +) == 5000)
    }

    @Test func `a summary in text`() throws {
        var subject = try Subject(
            "struct event { u64 duration_ns; char comm[8]; u32 pid; };", values: ["duration_ns"], by: ["comm", "pid"])
        for index in 0..<10 {
            subject.add(
                bytes(UInt64(1000 + index * 300)) + Array("sshd\0\0\0\0".utf8) + bytes(UInt32(7)),
                time: UInt64(index) * 1_000_000_000)
        }
        subject.add(bytes(UInt64(5)) + Array("a\u{1b}b\n\0\0\0\0".utf8) + bytes(UInt32(123_456)), time: 10_000_000_000)
        subject.add([1, 2], time: 10_000_000_000)
        subject.summary.noteLoss(3)
        let lines = subject.text().split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0.reversed().drop { $0 == " " }.reversed()) }
        #expect(
            lines.joined(separator: "\n") == """
                duration_ns in ns
                comm                 pid   events    per s      min     mean      p50      p90      p99    p99.9      max       sum
                sshd                   7       10        1  1.000us  2.350us  2.207us  3.407us  3.700us  3.700us  3.700us  23.500us
                                                1      0.1
                a\\x1bb\\n          123456        1      0.1      5ns      5ns      5ns      5ns      5ns      5ns      5ns       5ns

                duration_ns in ns, comm sshd, pid 7
                       [512, 1K)        1 |@@@@@@@                                 |
                        [1K, 2K)        3 |@@@@@@@@@@@@@@@@@@@@                    |
                        [2K, 4K)        6 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|

                duration_ns in ns, comm a\\x1bb\\n, pid 123456
                          [4, 8)        1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|

                12 events in 10.000s
                1 event has no duration_ns
                lost: 3 events, not in these figures

                """)
    }

    @Test func `counts alone, by the context too`() throws {
        var subject = try Subject("struct event { u32 x; };", by: ["_cpu", "x"])
        for index in 0..<30 { subject.add(bytes(UInt32(index % 2)), cpu: UInt32(index % 3)) }
        subject.add(bytes(UInt32(9)))
        #expect(subject.json().split(separator: "\n").count == 7)
        #expect(subject.json().hasPrefix("{\"by\":{\"_cpu\":0,\"x\":0},\"count\":5}\n"))
        #expect(subject.json().hasSuffix("{\"by\":{\"_cpu\":\"\",\"x\":9},\"count\":1}\n"))
        #expect(subject.separated().hasPrefix("_cpu,x,count,rate\n0,0,5,\n0,1,5,\n1,0,5,\n"))
        #expect(subject.text(top: 2).contains("5 more groups are not shown"))
    }

    @Test func `a summary for other programs`() throws {
        var subject = try Subject("struct event { s64 v; char comm[8]; };", values: ["v"], by: ["comm"])
        for value in [Int64(-3), 0, 1, 8] {
            subject.add(bytes(value) + Array("a,\"b\0\0\0\0".utf8), time: UInt64(value + 3))
        }
        subject.summary.noteLoss(nil)
        #expect(
            subject.json() == """
                {"by":{"comm":"a,\\"b"},"count":4,"rate":363636363.636,"values":{"v":{"count":4,"min":-3,"mean":1.5,"p50":0,"p90":8,"p99":8,"p99.9":8,"max":8,"sum":6,"histogram":[{"above":-4,"to":-2,"count":1},{"above":-2,"to":-1,"count":0},{"from":0,"below":1,"count":1},{"from":1,"below":2,"count":1},{"from":2,"below":4,"count":0},{"from":4,"below":8,"count":0},{"from":8,"below":16,"count":1}]}}}
                {"_lost":null}

                """)
        #expect(
            subject.separated() == """
                comm,count,rate,v_count,v_min,v_mean,v_p50,v_p90,v_p99,v_p99.9,v_max,v_sum
                "a,""b",4,363636363.636,4,-3,1.5,0,8,8,8,8,6

                """)
        #expect(subject.text().contains("(-4, -2]"))
        #expect(subject.text().contains("lost: an unknown number of events"))
    }

    @Test func `floats keep three places`() throws {
        var subject = try Subject("struct event { double d; float f; };", values: ["d", "f"])
        for value in [0.25, -1.5, 1e30, .nan, .infinity, 2.5] { subject.add(bytes(value) + bytes(Float(0.125))) }
        let found = subject.summary.distribution(0, 0)
        #expect(found.count == 4 && found.minimum == -1500)
        #expect(subject.json().contains("\"min\":-1.5,"))
        #expect(subject.json().contains("\"f\":{\"count\":6,\"min\":0.125,\"mean\":0.125,\"p50\":0.125"))
        #expect(subject.json().contains("{\"above\":-2,\"to\":-1,\"count\":1},{\"from\":0,\"below\":1,\"count\":1}"))
        #expect(subject.text().contains("2 events have no d\n"))
    }

    @Test func `groups are bounded, and the others counted together`() throws {
        var subject = try Subject("struct event { u32 x; u32 v; };", values: ["v"], by: ["x"], limit: 100)
        for index in 0..<10_000 { subject.add(bytes(UInt32(index)) + bytes(UInt32(2))) }
        #expect(subject.summary.counts.count == 100 && subject.summary.ungrouped == 9900)
        #expect(subject.json().contains("{\"by\":null,\"count\":9900,\"values\":{\"v\":{\"count\":9900,"))
        #expect(subject.separated().hasSuffix("(others),9900,,9900,2,2,2,2,2,2,2,19800\n"))
        #expect(subject.text().contains("9900 events are counted as (others): there are more groups than 100"))
        #expect(subject.text(width: 80, drawings: 100).contains("v, (others)\n"))
    }

    @Test func `when the memory of histograms runs out, percentiles are of powers of two`() throws {
        var subject = try Subject("struct event { u32 x; u64 v; };", values: ["v"], by: ["x"], memory: 250_000)
        for index in 0..<1000 {
            subject.add(bytes(UInt32(index % 200)) + [0, 0, 0, 0] + bytes(UInt64(1) << UInt64(index % 64) | 1))
        }
        let coarse = (0..<200).filter { !subject.summary.distribution($0, 0).isPrecise }.count
        #expect(coarse > 100)
        #expect(subject.text().contains("~ the memory ran out"))
        #expect(subject.json().contains("\"precise\":false"))
        for group in 0..<200 {
            let found = subject.summary.distribution(group, 0)
            let median = found.percentile(500, scale: 1)
            #expect(found.count == 5 && median >= found.minimum && median <= found.maximum)
        }
    }

    @Test func `the extremes of values are counted, and nothing overflows`() throws {
        var subject = try Subject("struct event { u128 v; u64 w; };", values: ["v", "w", "_time"])
        for value in [UInt128.max, 0, UInt128(Int128.max), 1 << 64, .max] {
            subject.add(bytes(value) + bytes(UInt64.max), time: .max)
        }
        subject.add(bytes(UInt128(5)) + bytes(UInt64(0)), time: 0)
        #expect(subject.json().contains("\"w\":{\"count\":6,\"min\":0,\"mean\":15372286728091293012.5,"))
        #expect(subject.json().contains("\"max\":18446744073709551615,\"sum\":92233720368547758075"))
        #expect(subject.text().contains("[16E, ...]"))
        for _ in 0..<3 { subject.summary.noteLoss(.max - 1) }
        #expect(subject.summary.lost == .max)
    }

    @Test func `what is not a number is refused`() throws {
        let plan = try plan("struct event { char comm[8]; u32 a[3]; };")
        for (name, isText) in [("comm", true), ("a", false), ("_map", true)] {
            #expect(throws: SummaryError(field: name, isText: isText)) {
                _ = try SummaryBinding(plan, environment: FormatEnvironment(), values: shown([name], plan), by: [])
            }
        }
        #expect(SummaryError(field: "comm", isText: true).description.contains(": by comm"))
    }

    @Test func `groups are found again when the table has grown`() throws {
        var table = GroupTable(limit: 5000)
        var text = LineBuffer()
        for round in 0..<2 {
            for number in 0..<5000 {
                text.removeAll()
                text.append(UInt64(number * 7919))
                let found = table.number(of: text)
                #expect(found == number, "\(round)")
            }
        }
        text.append("x")
        let none = table.number(of: text)
        #expect(none == nil && table.count == 5000)
    }

    @Test func `a histogram fits the terminal`() throws {
        var subject = try Subject("struct event { u64 v; };", values: ["v"])
        for value in UInt64(0)..<3000 { subject.add(bytes(value * value)) }
        for width in [40, 60, 200] {
            let rows = subject.text(width: width).split(separator: "\n").filter { $0.contains("|") }
            #expect(rows.count == 25 && rows.allSatisfy { $0.utf8.count <= max(width, 38) })
        }
    }
}
