// SPDX-License-Identifier: Apache-2.0

import BTF
import EventDecoding
import EventTypes
import MapTables
import Records
import Testing

@testable import EventCollecting

/// The metrics of maps.
struct MapSamplesTests {
    /// The metrics of a map with these keys and values.
    private func text(
        _ layout: String, keySize: Int, valueSize: Int, map: String = "counts", limit: Int = 1000, cpus: Int? = nil,
        isArray: Bool = false, _ elements: [(key: [UInt8], values: [UInt8])]
    ) throws -> [String] {
        let samples = try samples(layout, map: map, limit: limit, cpus: cpus, isArray: isArray)
        take(samples, keySize, valueSize, cpus, elements)
        return lines(samples, map)
    }

    private func samples(
        _ layout: String, map: String, limit: Int = 1000, cpus: Int? = nil, isArray: Bool = false
    ) throws -> MapSamples {
        let plan = try DecodingPlan(EventSchema.layout(layout))
        return MapSamples(plan, map: map, isArray: isArray, limit: limit)
    }

    private func take(
        _ samples: MapSamples, _ keySize: Int, _ valueSize: Int, _ cpus: Int?,
        _ elements: [(key: [UInt8], values: [UInt8])]
    ) {
        samples.begin(
            SnapshotHead(source: 0, number: 1, began: 1, keySize: keySize, valueSize: valueSize, cpus: cpus))
        for element in elements { samples.take(key: element.key.span.bytes, values: element.values.span.bytes) }
        samples.end()
    }

    private func lines(_ samples: MapSamples, _ map: String) -> [String] {
        var account = Account(started: 0, bytes: 0, writes: 0, wakeups: 0, maps: [])
        var own = Account.Map(id: 7, name: map, pin: "/p", type: "hash", rings: [])
        (own.snapshots, own.samples) = (Account.Snapshots(), samples.last)
        account.maps = [own]
        return Metrics(account).text.split(separator: "\n").map(String.init).filter {
            !$0.contains("bpf_eventd_")
        }
    }

    private func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number) { Array($0) }
    }

    private let simple = "struct { u64 key; u64 value; }"

    @Test func `a maximum of all CPUs is the largest, and a gauge`() throws {
        let values = bytes(UInt64(2)) + bytes(UInt64(700)) + bytes(UInt64(3)) + bytes(UInt64(900))
        let found = try text(
            "struct { u64 key; struct { u64 n; u64 max_ns; } value; }", keySize: 8, valueSize: 16, cpus: 2,
            [(bytes(UInt64(3)), values)])
        #expect(found.contains("counts_n{key=\"3\"} 5") && found.contains("counts_max_ns{key=\"3\"} 900"))
        #expect(found.contains("# TYPE counts_n counter") && found.contains("# TYPE counts_max_ns gauge"))
    }

    @Test func `a number for each key has the key as its label`() throws {
        let found = try text(
            simple, keySize: 8, valueSize: 8,
            [(bytes(UInt64(3)), bytes(UInt64(10))), (bytes(UInt64(4)), bytes(UInt64.max))])
        #expect(
            found == [
                "# HELP counts Values of map counts.", "# TYPE counts counter", #"counts{key="3"} 10"#,
                #"counts{key="4"} 18446744073709551615"#,
            ])
    }

    @Test func `members of key and value are labels and families, and what has a sign or is of the moment is a gauge`()
        throws
    {
        let found = try text(
            "struct { struct { u32 pid; char comm[12]; } key; struct { u64 bytes; s32 now; u32 max_ns; } value; }",
            keySize: 16, valueSize: 16,
            [
                (
                    bytes(UInt32(7)) + Array("a\"b\\c\n".utf8) + [UInt8](repeating: 0, count: 6),
                    bytes(UInt64(5)) + bytes(Int32(-2)) + bytes(UInt32(9))
                )
            ])
        let samples = found.filter { !$0.hasPrefix("#") }
        #expect(samples.count == 3 && samples.allSatisfy { $0.contains(#"{pid="7",comm="a\"b\\"#) })
        #expect(samples.map { String($0.split(separator: " ").last ?? "") } == ["5", "-2", "9"])
        #expect(
            found.filter { $0.hasPrefix("# TYPE") } == [
                "# TYPE counts_bytes counter", "# TYPE counts_now gauge", "# TYPE counts_max_ns gauge",
            ])
    }

    @Test func `values of all CPUs are added up`() throws {
        let found = try text(
            simple, keySize: 8, valueSize: 8, cpus: 3,
            [(bytes(UInt64(1)), bytes(UInt64(2)) + bytes(UInt64(3)) + bytes(UInt64(5)))])
        #expect(found.last == #"counts{key="1"} 10"#)
    }

    @Test func `a histogram has cumulative buckets with bounds, and no other number for them`() throws {
        let found = try text(
            "struct { u64 key; struct { u32 slots[4]; } value; }", keySize: 8, valueSize: 16, map: "lat-us",
            [(bytes(UInt64(1)), bytes(UInt32(1)) + bytes(UInt32(2)) + bytes(UInt32(0)) + bytes(UInt32(4)))])
        let samples = found.filter { !$0.hasPrefix("#") }
        #expect(
            samples == [
                #"lat_us_slots_bucket{key="1",le="1"} 1"#, #"lat_us_slots_bucket{key="1",le="3"} 3"#,
                #"lat_us_slots_bucket{key="1",le="7"} 3"#, #"lat_us_slots_bucket{key="1",le="+Inf"} 7"#,
                #"lat_us_slots_count{key="1"} 7"#,
            ])
        #expect(found.contains("# TYPE lat_us_slots histogram"))
    }

    @Test func `an array whose elements are buckets is one histogram`() throws {
        let found = try text(
            simple, keySize: 8, valueSize: 8, map: "read_hist", isArray: true,
            (0..<3).map { (bytes(UInt64($0)), bytes(UInt64(1))) })
        #expect(
            found.filter { !$0.hasPrefix("#") } == [
                #"read_hist_bucket{le="1"} 1"#, #"read_hist_bucket{le="3"} 2"#, #"read_hist_bucket{le="+Inf"} 3"#,
                "read_hist_count 3",
            ])
    }

    @Test func `other arrays of numbers have their places as a label`() throws {
        let found = try text(
            "struct { u64 key; u32 value[2]; }", keySize: 8, valueSize: 8,
            [(bytes(UInt64(1)), bytes(UInt32(8)) + bytes(UInt32(9)))])
        #expect(found.suffix(2) == [#"counts{key="1",index="0"} 8"#, #"counts{key="1",index="1"} 9"#])
    }

    @Test func `of more elements than are wanted the same ones stay, and the others are told`() throws {
        let samples = try samples(simple, map: "counts", limit: 2)
        func element(_ key: UInt64) -> (key: [UInt8], values: [UInt8]) { (bytes(key), bytes(UInt64(1))) }
        take(samples, 8, 8, nil, [1, 2, 3].map(element))
        take(samples, 8, 8, nil, [3, 4, 2, 1].map(element))
        #expect(samples.last?.leftOut == 2)
        let found = lines(samples, "counts")
        #expect(found.suffix(2) == [#"counts{key="2"} 1"#, #"counts{key="1"} 1"#])
        #expect(found.contains { $0.hasPrefix("# 2 elements of map counts are left out") })
        take(samples, 8, 8, nil, [5, 2].map(element))
        // The room of one that has gone is free from the next snapshot on.
        #expect(samples.last?.leftOut == 1)
        take(samples, 8, 8, nil, [5, 2].map(element))
        #expect(samples.last?.leftOut == 0 && lines(samples, "counts").count == 4)
    }

    @Test
    func `names are legal, labels with a meaning of their own are renamed, and two maps of a name are two families`()
        throws
    {
        #expect(SampleName.metric("9 a.b-ü") == "_9_a_b__" && SampleName.metric("") == "_")
        #expect(SampleName.label("le") == "key_le" && SampleName.label("__x") == "key___x")
        let samples = try samples(simple, map: "bpf_eventd_x")
        take(samples, 8, 8, nil, [(bytes(UInt64(1)), bytes(UInt64(1)))])
        var map = Account.Map(id: 7, name: "m", pin: "/p", type: "hash", rings: [])
        map.samples = samples.last
        let text = Metrics(Account(started: 0, bytes: 0, writes: 0, wakeups: 0, maps: [map, map])).text
        #expect(text.contains(#"map_bpf_eventd_x{key="1"} 1"#) && text.contains(#"map_bpf_eventd_x_2{key="1"} 1"#))
    }

    @Test func `an element with more numbers than are taken says so`() throws {
        #expect(try samples("struct { u64 key; u32 value[300]; }", map: "many").hasAllNumbers == false)
        #expect(try samples("struct { u64 key; u32 value[256]; }", map: "many").hasAllNumbers)
    }

    @Test func `buckets are read as the user says`() throws {
        let plan = try DecodingPlan(EventSchema.layout("struct { u64 key; struct { u32 slots[2]; } value; }"))
        #expect(MapSamples(plan, map: "hists", isArray: false, limit: 10).isGuess)
        let choice = try #require(HistogramChoice(parsing: "hists.slots:linear(0,10)"))
        let samples = MapSamples(plan, map: "hists", isArray: false, choices: [choice], limit: 10)
        #expect(!samples.isGuess)
        take(samples, 8, 8, nil, [(bytes(UInt64(1)), bytes(UInt32(1)) + bytes(UInt32(2)))])
        #expect(lines(samples, "hists").contains(#"hists_slots_bucket{key="1",le="9"} 1"#))
    }

    @Test func `a map that is one number is what its own name says`() throws {
        let found = try text(
            simple, keySize: 8, valueSize: 8, map: "max_latency", [(bytes(UInt64(1)), bytes(UInt64(2)))])
        #expect(found.contains("# TYPE max_latency gauge"))
    }

    @Test func `a map without numbers has no families`() throws {
        let samples = try samples("struct { u64 key; char value[16]; }", map: "names")
        #expect(!samples.hasNumbers)
    }

    @Test func `elements whose labels are the same are one series, and the others are told`() throws {
        let samples = try samples("struct { char key[8]; u64 value; }", map: "names")
        // What is behind the end of a text is not in a label.
        let keys = ["a\0xxxxxx", "a\0yyyyyy", "b\0xxxxxx"]
        take(samples, 8, 8, nil, keys.map { (Array($0.utf8), bytes(UInt64(4))) })
        #expect(samples.last?.leftOut == 1)
        #expect(lines(samples, "names").suffix(2) == [#"names{key="a"} 4"#, #"names{key="b"} 4"#])
    }

    @Test func `elements of other sizes than the type are left out`() throws {
        let found = try text(simple, keySize: 8, valueSize: 4, [(bytes(UInt64(1)), bytes(UInt32(1)))])
        #expect(found.count == 1 && found[0].hasPrefix("# 1 elements"))
    }
}
