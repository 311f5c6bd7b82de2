// SPDX-License-Identifier: Apache-2.0

import BTF
import EventDecoding
import EventSummaries
import MapTables
import Testing

/// Histograms of maps: which arrays are one, and what their buckets say.
struct HistogramTests {
    private func found(_ map: String, _ layout: String, _ choices: String..., isArray: Bool = false) throws
        -> HistogramPlan
    {
        HistogramPlan(
            map: map, plan: try plan(layout), isArray: isArray,
            choices: try choices.map { try #require(HistogramChoice(parsing: $0)) })
    }

    @Test func `buckets of log2 hold 0 and 1 first, then from each power of two to the next`() {
        // As log2l() fills them.
        func slot(_ value: UInt64) -> Int { value < 2 ? 0 : 63 - value.leadingZeroBitCount }
        let values: [UInt64] = [0, 1, 2, 3, 4, 7, 8, 1023, 1024, 1 << 25, 1 << 40]
        for value in values {
            var counts = [UInt64](repeating: 0, count: 27)
            counts[min(slot(value), 26)] = 1
            let row = BucketHistogram(.log2, counts).rows[0]
            #expect((row.low ?? 0) <= Int128(value) && row.high.map { Int128(value) < $0 } != false, "\(value)")
        }
        let rows = BucketHistogram(.log2, [0, 3, 0, 1, 0]).rows
        #expect(rows.map(\.label) == ["[2, 4)", "[4, 8)", "[8, 16)"] && rows.map(\.count) == [3, 0, 1])
        #expect(BucketHistogram(.log2, [1, 0, 2]).rows.map(\.label) == ["[0, 2)", "[2, 4)", "[4, ...]"])
        // One further on, as BCC fills them.
        #expect(BucketHistogram(.log2Plus1, [0, 4, 1, 0]).rows.map(\.label) == ["[0, 2)", "[2, 4)"])
        #expect(
            BucketHistogram(.linear(min: -5, step: 10), [1, 1, 1]).rows.map(\.label) == [
                "[-5, 5)", "[5, 15)", "[15, ...]",
            ])
        #expect(BucketHistogram(.log2, [0, 0]).rows.isEmpty)
    }

    @Test func `percentiles are the bounds of a bucket`() throws {
        let histogram = BucketHistogram(.log2, [50, 0, 49, 1, 0])
        let (p50, p90, p99, p100) = (
            try #require(histogram.percentile(500)), try #require(histogram.percentile(900)),
            try #require(histogram.percentile(990)), try #require(histogram.percentile(1000))
        )
        #expect(p50.from == 0 && p50.below == 2 && p90.from == 4 && p90.below == 8)
        #expect(p99.from == 4 && p99.below == 8 && p100.from == 8 && p100.below == 16)
        #expect(BucketHistogram(.log2, [0, 0]).percentile(500) == nil)
        let large = BucketHistogram(.log2, [.max, .max])
        #expect(large.total == .max && large.percentile(1000)?.from == 0)
    }

    @Test func `they are recognised by the name of an array, by a map's name, or named`() throws {
        let value = "struct { u32 key; u32 pad; struct { u32 slots[4]; char comm[8]; } value; }"
        let hists = try found("hists", value)
        #expect(hists.arrays.map(\.counters.path) == ["value.slots"] && hists.arrays[0].isGuess)
        #expect(hists.labels.map(\.name).contains("comm"))
        #expect(try found("hists", value, "hists:linear(0,200)").arrays[0].scale == .linear(min: 0, step: 200))
        let other = "struct { u64 key; struct { u64 lens[8]; u64 n; } value; }"
        #expect(try found("stats", other).isEmpty)
        #expect(try found("stats", other, "stats.lens:log2").arrays.first?.isGuess == false)
        #expect(try found("stats", other, "others.lens:log2").isEmpty)
        // Keys that are buckets.
        let keys = "struct { u32 key; u32 pad; u64 value; }"
        #expect(try found("read_hist", keys, isArray: true).keys != nil)
        #expect(try found("read_hist", keys).keys == nil && found("counts", keys, isArray: true).isEmpty)
        #expect(try found("counts", keys, "counts:log2").keys?.scale == .log2)
        #expect(
            try found("dist", "struct { struct { char disk[4]; u32 slot; } key; u64 value; }").labels.map(\.name) == [
                "disk"
            ])
        #expect(
            try found("dist", "struct { struct { u8 addr[4]; u32 slot; } key; u64 value; }").labels.map(\.name) == [
                "addr"
            ])
        // In variables, in arrays of structures too.
        let globals = try found(".bss", "struct { struct { u64 n; struct { u32 slots[4]; } hists[3]; } value; }")
        #expect(globals.arrays.map(\.counters.path) == (0..<3).map { "value.hists[\($0)].slots" })
        #expect(try found("wait_us", "struct { u64 key; struct { u32 slots[4]; } value; }").arrays[0].unit == "us")
    }

    @Test func `a map whose name the kernel has cut is known by that of its pin`() throws {
        let plan = try plan("struct { u32 key; u32 pad; u64 value; }")
        let cut = HistogramPlan(map: "read_latency_hi", plan: plan, isArray: true, choices: [])
        #expect(cut.isEmpty)
        let pinned = HistogramPlan(
            map: "read_latency_hi", pin: "read_latency_hist", plan: plan, isArray: true, choices: [])
        #expect(pinned.keys != nil && pinned.isGuess)
        let choice = try #require(HistogramChoice(parsing: "counts_by_size:log2"))
        #expect(choice.reading(ofMap: ["counts_by_siz", "counts_by_size"]) != nil)
        #expect(choice.reading(ofMap: ["counts_by_siz", ""]) == nil)
    }

    @Test func `what --hist says is read, and what it does not is refused`() throws {
        #expect(HistogramChoice(parsing: "hists")?.field == nil)
        let choice = HistogramChoice(parsing: "stats.value.sizes:linear(-10, 2K)")
        #expect(
            choice?.map == "stats" && choice?.field == "value.sizes" && choice?.scale == .linear(min: -10, step: 2048))
        #expect(HistogramChoice(parsing: ".bss.hists.slots:linear")?.map == ".bss")
        // A map's name may have dots itself.
        let bss = try #require(HistogramChoice(parsing: "prog_.bss.hists.slots:log2"))
        #expect(bss.reading(ofMap: "prog_.bss")?.field == "hists.slots" && bss.reading(ofMap: "prog_") != nil)
        #expect(choice?.reading(ofMap: "stats")?.field == "value.sizes" && choice?.reading(ofMap: "stat") == nil)
        #expect(HistogramChoice(parsing: ".bss.hists")?.reading(ofMap: "prog_.bss")?.field == "hists")
        #expect(HistogramChoice(parsing: "prog_.bss")?.reading(ofMap: "prog_.bss")?.scale == nil)
        for text in [
            "", ":log2", "a:", "a:log3", "a:linear(1)", "a:linear(1,0)", "a:linear(1,-1)", ".", "a.",
            "a:linear(9999999999G,1)",
        ] {
            #expect(HistogramChoice(parsing: text) == nil, "\(text)")
        }
    }

    @Test func `Prometheus gets cumulative buckets with the largest value of each, and no sum`() {
        var lines = LineBuffer(capacity: 256)
        BucketHistogram(.log2, [1, 2, 0, 4]).appendPrometheus(
            "wait_us", labels: [("comm", "a\"b\\c\nd")], to: &lines)
        let label = #"comm="a\"b\\c\nd""#
        #expect(
            lines.text == """
                wait_us_bucket{\(label),le="1"} 1
                wait_us_bucket{\(label),le="3"} 3
                wait_us_bucket{\(label),le="7"} 3
                wait_us_bucket{\(label),le="+Inf"} 7
                wait_us_count{\(label)} 7

                """)
    }

    @Test func `histograms whose buckets are elements are put together, and hostile numbers are left out`() {
        var keyed = KeyedHistograms()
        keyed.add([1], slot: 3, count: 5)
        keyed.add([1], slot: 0, count: 2)
        // Two elements may differ in what no label has.
        keyed.add([1], slot: 3, count: 1)
        keyed.add([3], slot: 0, count: Int128(UInt64.max))
        keyed.add([3], slot: 0, count: 1)
        keyed.add([2], slot: -1, count: 2)
        keyed.add([2], slot: 1 << 40, count: 2)
        for label in UInt32(0)..<2000 { keyed.add(little(label), slot: 4095, count: 1) }
        #expect(keyed.dropped > 1000)
        let all = keyed.take(.log2)
        #expect(all.count < 300 && all.first { $0.label == [1] }?.histogram.counts == [2, 0, 0, 6])
        #expect(all.first { $0.label == [3] }?.histogram.counts == [.max])
        #expect(keyed.take(.log2).isEmpty)
    }

    @Test func `labels of histograms that are put together have bounded memory`() {
        var keyed = KeyedHistograms()
        let long = [UInt8](repeating: 7, count: 4096)
        for label in UInt32(0)..<8000 { keyed.add(long + little(label), slot: 0, count: 1) }
        let dropped = keyed.dropped
        #expect(dropped > 3000 && dropped < 5000)
        let all = keyed.take(.log2)
        #expect(UInt64(all.count) + 8000 - dropped == 2 * UInt64(all.count) && all.count < 5000)
    }

    @Test func `an array of counters that goes on behind the value is none`() throws {
        var builder = BTFBuilder()
        let number = builder.int("u64", size: 8)
        let index = builder.int("u32", size: 4)
        let large = builder.array(of: number, count: 4096, index: index)
        let value = builder.structure("v", size: 8, [BTFBuilder.Member("slots", large)])
        let root = builder.structure(
            "m", size: 16, [BTFBuilder.Member("key", number), BTFBuilder.Member("value", value, bitOffset: 64)])
        let plan = try DecodingPlan(EventSchema(name: "struct m", btf: builder.build(), typeID: root, size: 16))
        #expect(HistogramPlan(map: "hists", plan: plan, isArray: false, choices: []).isEmpty)
        let parts = ElementParts(plan, [])
        #expect(parts.counters.count <= 16 && !parts.hasAllCounters)
    }
}
