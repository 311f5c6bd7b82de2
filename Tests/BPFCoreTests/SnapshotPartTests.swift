// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Records
import TestSupport
import Testing

@testable import BPFCore

/// Maps that are read a part at a time.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"))
struct SnapshotPartTests {
    private struct Counted: SnapshotSink {
        var (begins, elements, ends) = (0, 0, 0)

        mutating func begin(_ head: SnapshotHead) -> Bool {
            begins += 1
            return true
        }

        mutating func take(key: RawSpan, values: RawSpan) -> Bool {
            elements += 1
            return true
        }

        mutating func end(_ end: SnapshotEnd) -> Bool {
            ends += 1
            return true
        }
    }

    @Test func `a map of empty slots gives its reader's other work a turn, and ends as a whole one`() throws {
        // Programs of which there are none; no kernel looks up so many in 5 ms.
        let map = try Map.create(
            Map.Attributes(
                type: MapType(rawValue: 3), keySize: 4, valueSize: 4, maxEntries: 1 << 17, name: "empty_slots"))
        var snapshots = try MapSnapshots(map, source: 0)
        var sink = Counted()
        var parts = 0
        var end: SnapshotEnd?
        while end == nil {
            switch try snapshots.readPart(into: &sink) {
            case .done(let last): end = last
            case .more: parts += 1
            case .sinkFull: Issue.record("the sink is never full")
            }
        }
        #expect(parts > 0 && end?.extent == .whole && end?.elements == 0)
        #expect(sink.begins == 1 && sink.elements == 0 && sink.ends == 1)
        // The next one in one call.
        let progress = try snapshots.read(into: &sink)
        let isDone = if case .done = progress { true } else { false }
        #expect(isDone && sink.ends == 2)
    }

    /// Takes so many elements, and then has no room.
    private struct Full: SnapshotSink {
        var left: Int
        var end: SnapshotEnd?

        mutating func begin(_ head: SnapshotHead) -> Bool { true }

        mutating func take(key: RawSpan, values: RawSpan) -> Bool {
            left -= 1
            return left >= 0
        }

        mutating func end(_ end: SnapshotEnd) -> Bool {
            self.end = end
            return true
        }
    }

    @Test func `a snapshot that is stopped ends with what it has, and the next one is whole`() throws {
        let map = try Map.create(
            Map.Attributes(type: MapType(rawValue: 2), keySize: 4, valueSize: 8, maxEntries: 100, name: "stopped"))
        var snapshots = try MapSnapshots(map, source: 0)
        // Before one has begun there is nothing to stop.
        snapshots.stop()
        var sink = Full(left: 7)
        let first = try snapshots.readPart(into: &sink)
        #expect(first == .sinkFull)
        snapshots.stop()
        let second = try snapshots.readPart(into: &sink)
        guard case .done(let end) = second else {
            Issue.record("\(second)")
            return
        }
        let wasCut = snapshots.wasStopped
        #expect(end.extent == .limited && end.elements == 7 && sink.end == end && wasCut)
        sink.left = 1000
        let whole = try snapshots.read(into: &sink)
        guard case .done(let last) = whole else {
            Issue.record("\(whole)")
            return
        }
        let wasStopped = snapshots.wasStopped
        #expect(last.extent == .whole && last.elements == 100 && !wasStopped)
    }
}
