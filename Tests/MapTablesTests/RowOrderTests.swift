// SPDX-License-Identifier: Apache-2.0

import EventDecoding
import MapTables
import TestSupport
import Testing

/// Rows in the order of their fields.
struct RowOrderTests {
    private func sorted(
        _ layout: String, _ rows: [[UInt8]], by text: String, top: Int? = nil
    ) throws -> (rows: [[UInt8]], beyond: UInt64) {
        let plan = try plan(layout)
        let fields = try #require(SortOrder(parsing: text)).fields.map {
            (place: try #require(plan.field($0.name)), isDescending: $0.isDescending)
        }
        var order = RowOrder(by: fields, top: top, rowSize: (plan.size + 7) & ~7)
        for row in rows { order.add(row.span.bytes, cpu: nil) }
        order.sort()
        var found: [[UInt8]] = []
        var row: [UInt8] = []
        for index in 0..<order.count {
            _ = order.row(index, into: &row)
            found.append(row)
        }
        return (found, order.beyond)
    }

    @Test func `numbers with a sign, without one and texts have their own order, ascending and descending`() throws {
        let numbers = "struct { u64 key; s64 value; }"
        let rows = [(1, -5), (2, 7), (3, -9), (4, 7), (5, 0)].map { little(UInt64($0.0)) + little(Int64($0.1)) }
        func keys(_ found: [[UInt8]]) -> [UInt8] { found.map { $0[0] } }
        #expect(keys(try sorted(numbers, rows, by: "value").rows) == [3, 1, 5, 2, 4])
        // Equal ones keep their order, also where the largest come first.
        #expect(keys(try sorted(numbers, rows, by: "-value").rows) == [2, 4, 5, 1, 3])
        #expect(keys(try sorted(numbers, rows, by: "-value, -key").rows) == [4, 2, 5, 1, 3])
        let large = [1, UInt64.max, 1 << 63, 5].map { little(UInt64(0), $0) }
        #expect(
            try sorted("struct { u64 key; u64 value; }", large, by: "-value").rows
                == [large[1], large[2], large[3], large[0]])
        let texts = ["b", "", "abc", "ab"].map { Array(($0 + "\0\0\0\0").utf8.prefix(4)) + little(UInt32(0)) }
        #expect(
            try sorted("struct { char key[4]; u32 value; }", texts, by: "key").rows
                == [texts[1], texts[3], texts[2], texts[0]])
    }

    @Test func `the top is the head of the whole order, for every number of rows`() throws {
        let layout = "struct { u64 key; u64 value; }"
        var seeded = SeededNumbers(seed: 13)
        let rows = (0..<300).map { little(UInt64($0), UInt64.random(in: 0..<50, using: &seeded)) }
        let all = try sorted(layout, rows, by: "-value").rows
        for top in [1, 2, 10, 299, 300, 1000] {
            let found = try sorted(layout, rows, by: "-value", top: top)
            #expect(found.rows == Array(all.prefix(top)) && found.beyond == UInt64(max(0, 300 - top)))
        }
    }

    @Test func `an order is a list of names, each with a minus or without`() {
        #expect(SortOrder(parsing: "-value.bytes, key.pid")?.fields.map(\.isDescending) == [true, false])
        for text in ["", "-", "a,,b", "a b", Array(repeating: "a", count: 17).joined(separator: ",")] {
            #expect(SortOrder(parsing: text) == nil, "\(text)")
        }
    }

    @Test func `a signal stops the sorting of many rows, and none of few`() throws {
        let plan = try plan("struct { u64 key; u64 value; }")
        let field = try #require(plan.field("value"))
        func order(_ rows: Int) -> RowOrder {
            var order = RowOrder(by: [(place: field, isDescending: true)], top: nil, rowSize: 16)
            var seeded = SeededNumbers(seed: 5)
            for key in 0..<rows {
                let row = little(UInt64(key), UInt64.random(in: 0...UInt64.max, using: &seeded))
                order.add(row.span.bytes, cpu: nil)
            }
            return order
        }
        var looks = 0
        var many = order(50_000)
        let isDone = many.sort {
            looks += 1
            return looks == 3
        }
        #expect(!isDone && looks == 3)
        var few = order(100)
        let isFewDone = few.sort { true }
        #expect(isFewDone)
    }
}
