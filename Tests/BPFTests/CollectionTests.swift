// SPDX-License-Identifier: Apache-2.0

import BPF
import Foundation
import TestSupport
import Testing

/// What a stranger does with the library, on the machine's own kernel: programs are run for a test and attached nowhere.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"))
struct CollectionTests {
    private static let source = """
        #define SEC(NAME) __attribute__((section(NAME), used))
        #define __uint(name, val) int (*name)[val]
        #define __type(name, val) typeof(val) *name
        typedef unsigned int u32;
        typedef unsigned long long u64;
        static void *(*lookup)(void *map, const void *key) = (void *)1;
        static long (*update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;

        struct flow { u32 port; u32 queue; };
        struct total { u64 bytes; u64 packets; };
        struct { __uint(type, 1); __uint(max_entries, 20000); __type(key, struct flow); __type(value, struct total); } flows SEC(".maps");
        struct { __uint(type, 6); __uint(max_entries, 4); __type(key, u32); __type(value, u64); } runs SEC(".maps");
        struct hist { u32 slots[4]; char name[8]; };
        struct { __uint(type, 2); __uint(max_entries, 1); __type(key, u32); __type(value, struct hist); } hists SEC(".maps");

        struct point { int x; short y; char name[10]; };
        const volatile u32 verdict = 1;
        u64 count;
        volatile struct point place = { .x = 1, .name = "start" };
        volatile unsigned char enabled = 1;

        SEC("tc") int look(void *ctx)
        {
            struct flow flow = { .port = count, .queue = 7 };
            struct total total = { .bytes = 100, .packets = count };
            u32 key = 2;
            u64 *run = lookup(&runs, &key);
            if (run) *run += 1;
            if (enabled) { update(&flows, &flow, &total, 0); count++; }
            return verdict;
        }
        SEC("?tc") int other(void *ctx) { return 0; }
        char _license[] SEC("license") = "GPL";
        """

    private static func object() throws -> Object {
        try Object(parsing: compileBPF(source: source, arguments: ["-g"]), name: "look.o")
    }

    private let packet = [UInt8](repeating: 0, count: 64)

    @Test func `a program is run for a test, and variables are read and written by type while it is loaded`() throws {
        var object = try Self.object()
        try object.set("verdict", to: 5)
        let programs = try BPFCollection(object)
        #expect(programs.programs.names == ["look"])
        let look = try programs.program("look")
        let output = try look.testRun(.init(data: packet, repeatCount: 3))
        #expect(output.returnValue == 5 && output.data.count == 64)
        try #expect(programs.value(of: "count", as: UInt64.self) == 3)
        try #expect(programs.text(of: "place") == "{.x = 1, .y = 0, .name = \"start\"}")
        try programs.set("place.y", to: -2)
        try programs.set("place.name", to: "end")
        try programs.set("enabled", to: 0)
        try #expect(programs.value(of: "place.y", as: Int16.self) == -2)
        try #expect(programs.text(of: "place") == "{.x = 1, .y = -2, .name = \"end\"}")
        _ = try look.testRun(.init(data: packet))
        try #expect(programs.value(of: "count", as: UInt64.self) == 3, "it is switched off")
    }

    @Test func `what cannot be asked of a variable is said with its name and type`() throws {
        let programs = try BPFCollection(Self.object())
        let wrongSize = #expect(throws: BPFError.self) { try programs.value(of: "count", as: UInt32.self) }
        #expect(wrongSize?.description.contains("u64") == true, "\(String(describing: wrongSize))")
        let constant = #expect(throws: BPFError.self) { try programs.set("verdict", to: 2) }
        #expect(constant?.description.contains("before the load") == true, "\(String(describing: constant))")
        let unknown = #expect(throws: BPFError.self) { try programs.text(of: "cuont") }
        #expect(unknown?.description.contains("count") == true, "\(String(describing: unknown))")
        let range = #expect(throws: BPFError.self) { try programs.set("enabled", to: 256) }
        #expect(range?.description.contains("255") == true, "\(String(describing: range))")
    }

    private struct Flow: Hashable {
        var port: UInt32
        var queue: UInt32
    }

    private struct Total: Equatable {
        var bytes: UInt64
        var packets: UInt64
    }

    @Test func `a map has typed keys and values, all of which are listed whatever their number`() throws {
        let programs = try BPFCollection(Self.object())
        _ = try programs.program("look").testRun(.init(data: packet, repeatCount: 10_000))
        let flows = try programs.map("flows")
        try #expect(flows.value(of: Flow(port: 17, queue: 7), as: Total.self) == Total(bytes: 100, packets: 17))
        try #expect(flows.value(of: Flow(port: 17, queue: 8), as: Total.self) == nil)
        let entries = try flows.entries(Flow.self, Total.self)
        #expect(entries.count == 10_000)
        #expect(Set(entries.map(\.key)).count == 10_000)
        #expect(entries.allSatisfy { $0.value.packets == UInt64($0.key.port) })
        try #expect(flows.remove(Flow(port: 17, queue: 7)))
        try #expect(!flows.remove(Flow(port: 17, queue: 7)))
        try flows.set(Total(bytes: 1, packets: 2), of: Flow(port: 17, queue: 9))
        try #expect(flows.entries(Flow.self, Total.self).count == 10_000)
        #expect(throws: BPFError.self) {
            try flows.set(Total(bytes: 1, packets: 2), of: Flow(port: 17, queue: 9), .add)
        }
        let wrong = #expect(throws: BPFError.self) { try flows.entries(UInt32.self, Total.self) }
        #expect(wrong?.description.contains("8 bytes") == true, "\(String(describing: wrong))")
    }

    @Test func `a map of types that were told once is read and written by them, and other types are refused`() throws {
        let programs = try BPFCollection(Self.object())
        _ = try programs.program("look").testRun(.init(data: packet, repeatCount: 3))
        let flows = try programs.map("flows", Flow.self, Total.self)
        try #expect(flows.value(of: Flow(port: 2, queue: 7)) == Total(bytes: 100, packets: 2))
        try flows.set(Total(bytes: 1, packets: 9), of: Flow(port: 9, queue: 9))
        try #expect(flows.entries().count == 4 && flows.remove(Flow(port: 9, queue: 9)))
        try #expect(flows.value(of: Flow(port: 9, queue: 9)) == nil)
        let other = #expect(throws: BPFError.self) { _ = try programs.map("flows", UInt32.self, Total.self) }
        #expect(other?.description.contains("8 bytes") == true, "\(String(describing: other))")
        #expect(throws: BPFError.self) { _ = try programs.map("flows", Flow.self, UInt32.self) }
        #expect(throws: BPFError.self) { _ = try programs.map("runs", UInt32.self, UInt64.self) }
    }

    @Test func `what is pinned is opened by its pin, as what it is`() throws {
        let path = "/sys/fs/bpf/library_test_\(getpid())"
        defer { unlink(path) }
        let programs = try BPFCollection(Self.object())
        try programs.map("flows").pin(at: path)
        _ = try programs.program("look").testRun(.init(data: packet))
        try #expect(TypedMap<Flow, Total>(Map(pinnedAt: path)).entries().count == 1)
        try #expect(MapTable(Map(pinnedAt: path)).entries().map(\.value.json) == [#"{"bytes":100,"packets":0}"#])
        #expect(throws: BPFError.self) { _ = try Link(pinnedAt: path) }
        #expect(throws: BPFError.self) { _ = try Program(pinnedAt: path) }
        #expect(throws: BPFError.self) { _ = try Map(pinnedAt: path + "x") }
    }

    @Test func `a map per CPU gives a value for each, and does not pass for another`() throws {
        let programs = try BPFCollection(Self.object())
        _ = try programs.program("look").testRun(.init(data: packet, repeatCount: 5))
        let runs = try programs.map("runs")
        let values = try #require(try runs.valuesPerCPU(of: UInt32(2), as: UInt64.self))
        #expect(values.reduce(0, +) == 5 && values.count >= 1)
        try #expect(runs.entriesPerCPU(UInt32.self, UInt64.self).map(\.key) == [0, 1, 2, 3])
        #expect(throws: BPFError.self) { try runs.value(of: UInt32(2), as: UInt64.self) }
        #expect(throws: BPFError.self) { try runs.entries(UInt32.self, UInt64.self) }
    }

    @Test func `a table decodes keys and values by the object's types, and by those that the kernel has`() throws {
        let programs = try BPFCollection(Self.object())
        _ = try programs.program("look").testRun(.init(data: packet, repeatCount: 2))
        let entries = try programs.table("flows").entries().sorted {
            ($0.key["port"]?.int ?? 0) < ($1.key["port"]?.int ?? 0)
        }
        #expect(entries.map(\.key.description) == ["port: 0, queue: 7", "port: 1, queue: 7"])
        #expect(entries[1].value.json == #"{"bytes":100,"packets":1}"#)
        let id = try programs.map("flows").info().id
        try #expect(MapTable(Map(id: id)).entries().count == 2)
        let runs = try programs.table("runs").entries()
        #expect(runs.map { $0.key.value?.int } == [0, 1, 2, 3])
        #expect(runs.map(\.key.description) == ["0", "1", "2", "3"])
        #expect(runs[2].values.compactMap { $0.value?.int }.reduce(0, +) == 2)
    }

    @Test func `the counts of an array in a value make a histogram`() throws {
        let programs = try BPFCollection(Self.object())
        let value: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0] + Array("latency".utf8) + [0]
        try programs.map("hists").setBytes(value, ofKey: [0, 0, 0, 0])
        let row = try #require(try programs.table("hists").entries().first).value
        #expect(row.integers("slots") == [1, 0, 3, 0])
        #expect(row.integers("name").isEmpty && row.integers("none").isEmpty && row.integers().isEmpty)
        #expect(Histogram(log2: row.integers("slots")).buckets.last?.from == 4)
    }

    @Test func `names that are not there are answered with those that are`() throws {
        let programs = try BPFCollection(Self.object())
        let map = #expect(throws: BPFError.self) { _ = try programs.map("flow") }
        #expect(map?.description.contains("did you mean flows?") == true, "\(String(describing: map))")
        let program = #expect(throws: BPFError.self) { _ = try programs.program("lok") }
        #expect(program?.description.contains("look") == true, "\(String(describing: program))")
        var options = BPFCollection.Options()
        options.programs = ["other"]
        try #expect(BPFCollection(Self.object(), options: options).programs.names == ["other"])
        options.programs = ["nobody"]
        #expect(throws: BPFError.self) { _ = try BPFCollection(Self.object(), options: options) }
        #expect(throws: BPFError.self) { _ = try Object(contentsOf: "/no/such/file.o") }
    }

    @Test func `handles outlive the collection, and programs are opened by id`() throws {
        let id: UInt32
        let map: Map
        do {
            let programs = try BPFCollection(Self.object())
            let look = try programs.program("look")
            id = try look.info().id
            try #expect(Program(id: id).testRun(.init(data: packet)).returnValue == 1)
            map = try programs.map("flows")
        }
        try #expect(map.entries(Flow.self, Total.self).count == 1)
        #expect(throws: BPFError.self) { _ = try Program(id: id) }
    }
}
