// SPDX-License-Identifier: Apache-2.0

import BTF
import EventDecoding
import EventTypes
import Foundation
import MapTables
import Records
import TestSupport
import Testing

@testable import EventCollecting

/// The form of the metrics that the check of Examples/fleet/prometheus makes its hosts from.
struct FleetMetricsTests {
    private static let form = fixtures.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Examples/fleet/prometheus/form.prom")

    @Test func `the hosts of the fleet's example have metrics as the daemon writes them`() throws {
        let account = Account(
            started: 1_700_000_000_007, bytes: 240_000, writes: 200, wakeups: 900,
            maps: [Self.opens, Self.execs, Self.exits, try Self.latencies(), try Self.calls()])
        #expect(try String(contentsOf: Self.form, encoding: .utf8) == Metrics(account).text)
    }

    private static let opens = Account.Map(
        id: 12, name: "opens", pin: "/sys/fs/bpf/opens", type: "perf_event_array",
        rings: [
            Account.Ring(cpu: 0, events: 7000, lost: 3, bytes: 2_097_152, highWater: 96_000),
            Account.Ring(cpu: 1, events: 3000, lost: 0, bytes: 2_097_152, highWater: 48_000),
        ])

    /// A ring buffer whose programs count losses.
    private static let execs = Account.Map(
        id: 13, name: "execs", pin: "/sys/fs/bpf/execs", type: "ringbuf", lostBefore: 0,
        rings: [Account.Ring(cpu: nil, events: 500, lost: 2, bytes: 262_144, highWater: 4800)])

    /// A ring buffer of which nobody knows what was lost.
    private static let exits = Account.Map(
        id: 14, name: "exits", pin: "/sys/fs/bpf/exits", type: "ringbuf",
        rings: [Account.Ring(cpu: nil, events: 400, lost: nil, bytes: 262_144, highWater: 2400)])

    private static func latencies() throws -> Account.Map {
        let slots: [(String, [UInt32])] = [("sda", [0, 0, 2, 4, 8, 4, 2, 0]), ("sdb", [1, 3, 6, 0, 0, 0, 0, 0])]
        return try snapshot(
            id: 15, "latency_us", type: "hash",
            "struct { struct { char disk[16]; } key; struct { u32 slots[8]; } value; }", valueSize: 32,
            slots.map { name, counts in (name, counts.flatMap(Self.bytes)) })
    }

    /// A map of more elements than there are to be in the metrics.
    private static func calls() throws -> Account.Map {
        let counts: [(String, UInt64)] = [("sshd", 12), ("cron", 30), ("bash", 7)]
        return try snapshot(
            id: 16, "calls", type: "percpu_hash", limit: 2,
            "struct { struct { char comm[16]; } key; u64 value; }", valueSize: 8,
            counts.map { name, count in (name, Self.bytes(count)) })
    }

    /// A map of which six snapshots were taken, with the metrics of the last one; keys are texts of 16 bytes.
    private static func snapshot(
        id: UInt32, _ name: String, type: String, limit: Int = 1000, _ layout: String, valueSize: Int,
        _ elements: [(key: String, value: [UInt8])]
    ) throws -> Account.Map {
        let samples = MapSamples(
            try DecodingPlan(EventSchema.layout(layout)), map: name, isArray: false, limit: limit)
        samples.begin(
            SnapshotHead(source: 0, number: 6, began: 1, keySize: 16, valueSize: valueSize, cpus: nil))
        for (key, value) in elements {
            let key = Array(key.utf8) + [UInt8](repeating: 0, count: 16 - key.utf8.count)
            samples.take(key: key.span.bytes, values: value.span.bytes)
        }
        samples.end()
        var map = Account.Map(id: id, name: name, pin: "/sys/fs/bpf/\(name)", type: type, rings: [])
        map.snapshots = Account.Snapshots(taken: 6, elements: UInt64(elements.count))
        map.samples = samples.last
        return map
    }

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
