// SPDX-License-Identifier: Apache-2.0

import EventDecoding
import Records
import Testing

@testable import MapTables

/// Elements of maps become rows: values of CPUs folded, changes beside them.
struct SnapshotRowTests {
    private func rows(_ layout: String, _ options: TableOptions, isPerCPU: Bool = false) throws -> SnapshotRows {
        SnapshotRows(
            ElementParts(try plan(layout), SnapshotRows.extras(options, isPerCPU: isPerCPU)), options)
    }

    private func snapshot(
        _ rows: inout SnapshotRows, _ head: SnapshotHead, _ elements: [[UInt8]], extent: SnapshotEnd.Extent = .whole
    ) -> [String] {
        var lines: [String] = []
        var row: [UInt8] = []
        rows.begin(head)
        for element in elements {
            for number in 0..<rows.perElement(element.span.bytes) {
                _ = rows.make(number, of: element.span.bytes, into: &row)
                lines.append(rows.parts.plan.line(row))
            }
        }
        rows.end(SnapshotEnd(elements: UInt64(elements.count), ended: 0, extent: extent))
        while rows.makeGone(into: &row) != nil { lines.append(rows.parts.plan.line(row)) }
        return lines
    }

    private static let statistics =
        "struct { u64 key; struct { u64 n; s32 low; u32 of[2]; char comm[4]; u32 pid; } value; }"

    private static func element(_ key: UInt64, _ values: (UInt64, Int32, UInt32, UInt32, String, UInt32)...) -> [UInt8]
    {
        var bytes = little(key)
        for value in values {
            bytes += little(value.0)
            bytes += little(value.1)
            bytes += little(value.2, value.3)
            bytes += Array((value.4 + "\0\0\0\0").utf8.prefix(4))
            bytes += little(value.5) + [0, 0, 0, 0]
        }
        return bytes
    }

    @Test func `values of CPUs are added up number by number, and the rest is that of the first CPU that was used`()
        throws
    {
        var rows = try rows(Self.statistics, TableOptions())
        let element = Self.element(
            7, (0, 0, 0, 0, "", 0), (5, -2, 1, 2, "a", 11), (UInt64.max, -3, 10, 20, "b", 12))
        let lines = snapshot(&rows, head(1, value: 28, cpus: 3), [element])
        #expect(lines == ["key: 7, value: {n: 4, low: -5, of: [11, 22], comm: \"a\", pid: 11}"])
        let hasOverflowed = rows.hasOverflowed
        #expect(!hasOverflowed)
    }

    @Test func `a sum that its type has no room for is the largest value, and is told`() throws {
        var rows = try rows("struct { u64 key; u32 value; }", TableOptions())
        let element = little(UInt64(1)) + little(UInt32.max, 0, 5, 0)
        #expect(snapshot(&rows, head(1, value: 4, cpus: 2), [element]) == ["key: 1, value: 4294967295"])
        let hasOverflowed = rows.hasOverflowed
        #expect(hasOverflowed)
    }

    @Test func `a maximum or minimum of CPUs is one, by its name or its mark, and CPUs without a value say nothing`()
        throws
    {
        let tag = { (what: String) in "__attribute__((btf_decl_tag(\"cpus:\(what)\")))" }
        let layout = """
            struct { u64 key; struct { u64 n; u64 max_ns; s32 lat_min; u32 of_max[2]; u64 longest \(tag("max"));
            u64 max_retries \(tag("sum")); struct { u64 a; } min; u64 min_flt; } value; }
            """
        func value(_ n: UInt64, _ most: UInt64, _ least: Int32, _ of: [UInt32], _ rest: UInt64...) -> [UInt8] {
            little(n, most) + little(least) + little(of[0], of[1]) + [0, 0, 0, 0] + rest.flatMap { little($0) }
        }
        let element =
            little(UInt64(7)) + value(1, 500, -3, [1, 9], 4, 1, 8, 2) + value(0, 0, 0, [0, 0], 0, 0, 0, 0)
            + value(2, 700, 5, [3, 2], 3, 2, 6, 5)
        var rows = try rows(layout, TableOptions())
        #expect(
            snapshot(&rows, head(1, value: 64, cpus: 3), [element]) == [
                "key: 7, value: {n: 3, max_ns: 700, lat_min: -3, of_max: [3, 9], longest: 4, max_retries: 3, "
                    + "min: {a: 6}, min_flt: 7}"
            ])
        // A value that is a number has its map's name.
        var plain = try self.rows("struct max_wait { u64 key; u64 value; }", TableOptions())
        #expect(
            snapshot(&plain, head(1, value: 8, cpus: 2), [little(UInt64(1), 5, 9)]) == ["key: 1, value: 9"])
        var named = try self.rows("struct max_wait { u64 key; struct { u64 n; } value; }", TableOptions())
        #expect(
            snapshot(&named, head(1, value: 8, cpus: 2), [little(UInt64(1), 5, 9)]) == ["key: 1, value: {n: 14}"])
        // All CPUs without a value.
        #expect(
            snapshot(&plain, head(2, value: 8, cpus: 2), [little(UInt64(1), 0, 0)]) == ["key: 1, value: 0"])
    }

    @Test func `each CPU is a row, or least and largest stand beside the sum`() throws {
        var options = TableOptions()
        options.fold = .each
        var each = try rows("struct { u64 key; s64 value; }", options, isPerCPU: true)
        let element = little(UInt64(1)) + little(Int64(-4), 9, 2)
        #expect(
            snapshot(&each, head(1, value: 8, cpus: 3), [element])
                == ["key: 1, value: -4", "key: 1, value: 9", "key: 1, value: 2"])
        options.fold = .minmax
        var extremes = try rows("struct { u64 key; s64 value; }", options, isPerCPU: true)
        #expect(
            snapshot(&extremes, head(1, value: 8, cpus: 3), [element]) == ["key: 1, value: 7, min: -4, max: 9"])
    }

    @Test func `changes and rates are those since the snapshot before, new and gone keys are told`() throws {
        var options = TableOptions()
        options.hasChanges = true
        var rows = try rows("struct { u64 key; struct { u32 n; char c[4]; } value; }", options)
        func element(_ key: UInt64, _ n: UInt32) -> [UInt8] { little(key) + little(n) + Array("x\0\0\0".utf8) }
        let value = "c: \"x\"}"
        // Nothing is known of what was before.
        #expect(
            snapshot(&rows, head(1, value: 8, at: 10), [element(1, .max), element(2, 5)]) == [
                "key: 1, value: {n: 4294967295, \(value)", "key: 2, value: {n: 5, \(value)",
            ])
        // A counter that wraps counts on, one that falls has a negative change.
        #expect(
            snapshot(&rows, head(2, value: 8, at: 12), [element(3, 8), element(1, 4)]) == [
                "key: 3, value: {n: 8, \(value), change: new, delta: {n: 8}, rate: {n: 4.0}",
                "key: 1, value: {n: 4, \(value), change: same, delta: {n: 5}, rate: {n: 2.5}",
                "key: 2, value: {n: 5, \(value), change: gone, delta: {n: 0}, rate: {n: 0.0}",
            ])
        #expect(
            snapshot(&rows, head(3, value: 8, at: 13), [element(1, 1)]).first
                == "key: 1, value: {n: 1, \(value), change: same, delta: {n: -3}, rate: {n: -3.0}")
    }

    @Test func `a large number without a sign has no negative change, be it new or the same`() throws {
        var options = TableOptions()
        options.hasChanges = true
        var rows = try rows("struct { u64 key; u32 value; }", options)
        func element(_ key: UInt64, _ value: UInt32) -> [UInt8] { little(key) + little(value, 0) }
        _ = snapshot(&rows, head(1, value: 4, at: 1), [element(1, 1)])
        #expect(
            snapshot(&rows, head(2, value: 4, at: 2), [element(1, 3_000_000_001), element(2, 3_000_000_000)]) == [
                "key: 1, value: 3000000001, change: same, delta: 3000000000, rate: 3000000000.0",
                "key: 2, value: 3000000000, change: new, delta: 3000000000, rate: 3000000000.0",
            ])
        #expect(
            snapshot(&rows, head(3, value: 4, at: 3), [element(1, 3_000_000_000)]).first
                == "key: 1, value: 3000000000, change: same, delta: -1, rate: -1.0")
    }

    @Test func `a snapshot that is not whole makes no key new or gone`() throws {
        var options = TableOptions()
        options.hasChanges = true
        var rows = try rows("struct { u64 key; u64 value; }", options)
        func element(_ key: UInt64) -> [UInt8] { little(key, 1) }
        _ = snapshot(&rows, head(1, value: 8, at: 1), [element(1)], extent: .limited)
        #expect(snapshot(&rows, head(2, value: 8, at: 2), [element(2)], extent: .limited) == ["key: 2, value: 1"])
        #expect(
            snapshot(&rows, head(3, value: 8, at: 3), [element(2), element(3)]) == [
                "key: 2, value: 1, change: same, delta: 0, rate: 0.0", "key: 3, value: 1",
            ])
        #expect(
            snapshot(&rows, head(4, value: 8, at: 4), [element(3)]) == [
                "key: 3, value: 1, change: same, delta: 0, rate: 0.0",
                "key: 2, value: 1, change: gone, delta: 0, rate: 0.0",
            ])
    }

    @Test func `elements that lie about their sizes and CPUs are rows nevertheless`() throws {
        for cpus in [nil, 0, 1, 3, 1_000_000] as [Int?] {
            for fold in CPUFold.allCases {
                for hasChanges in [false, true] {
                    var options = TableOptions()
                    (options.fold, options.hasChanges) = (fold, hasChanges)
                    var rows = try rows(Self.statistics, options, isPerCPU: true)
                    #expect(!rows.fits(head(1, value: 27)) && !rows.fits(head(1, key: 9, value: 28)))
                    let whole = Self.element(7, (1, 2, 3, 4, "x", 5), (1, 2, 3, 4, "x", 5))
                    for size in 0...whole.count {
                        _ = snapshot(&rows, head(1, value: 28, cpus: cpus), [Array(whole.prefix(size))])
                    }
                }
            }
        }
    }

    @Test func `the elements that are kept of all maps share one limit, and what has no room is told`() throws {
        var options = TableOptions()
        options.hasChanges = true
        let room = ElementRoom(limit: 1 << 20)
        let parts = ElementParts(
            try plan("struct { u64 key; u64 value; }"), SnapshotRows.extras(options, isPerCPU: false))
        func snapshots(_ rows: inout SnapshotRows) -> (told: Int, forgotten: Bool) {
            var row: [UInt8] = []
            var told = 0
            for number in UInt64(1)...2 {
                rows.begin(head(number, value: 8, at: number))
                for key in UInt64(0)..<12_000 {
                    let element = little(key, key)
                    _ = rows.make(0, of: element.span.bytes, into: &row)
                    if row.count > 16 { told += 1 }
                }
                rows.end(whole(12_000))
                while rows.makeGone(into: &row) != nil {}
            }
            return (told, rows.hasForgotten)
        }
        func both() -> (told: Int, forgotten: Bool) {
            // 12,000 elements of 33 bytes, twice: most of a mebibyte.
            var first = SnapshotRows(parts, options, room: room)
            let alone = snapshots(&first)
            #expect(alone.told == 12_000 && !alone.forgotten)
            var second = SnapshotRows(parts, options, room: room)
            return snapshots(&second)
        }
        let second = both()
        #expect(second.forgotten && second.told < 12_000 && second.told > 0)
        // What is gone gives its memory back.
        #expect(room.left == 1 << 20)
    }
}
