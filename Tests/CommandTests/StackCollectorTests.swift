// SPDX-License-Identifier: Apache-2.0

import BTF
import EventDecoding
import EventTypes
import Pictures
import Testing

@testable import EventPrinting

/// Stacks that wait for their numbers.
struct StackCollectorTests {
    /// How stacks are taken from events that have the numbers of a table.
    private func binding(_ table: StackTable) throws -> PictureBinding {
        let plan = try DecodingPlan(try EventSchema.layout("struct { u32 pid; u32 gap; int stack_id; u32 other; }"))
        var environment = FormatEnvironment()
        environment.stacks = table
        var choice = PictureChoice()
        choice.wantsStacks = true
        return try PictureBinding(plan, choice, environment, isElement: false, isLenient: false)
    }

    @Test(
        arguments: [
            (.map(boot: "b", id: 7), "b", 5), (.map(boot: "b", id: 7), "c", 4), (.source(0), "b", 7),
        ] as [(MapKey, String, UInt64)])
    func `of a map that another capture goes on with the last snapshot counts`(
        map: MapKey, next: String, total: UInt64
    ) throws {
        let table = StackTable()
        let binding = try binding(table)
        let element: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0x40, 0, 0, 0, 0, 0]
        table.take(element.span.bytes, of: 0, isForeign: false)
        let event: [UInt8] = [7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
        var stacks = StackCollector()
        for (capture, count) in [2, 3].enumerated() {
            // What is of another boot is settled, and this map has no snapshot of that.
            if capture > 0 { stacks.settle(before: next) }
            guard capture == 0 || next == "b" else { continue }
            stacks.beginSnapshot(of: map)
            for _ in 0..<count { stacks.add(event.span.bytes, EventContext(), binding, source: map) }
        }
        // Another one is counted beside it.
        stacks.beginSnapshot(of: .map(boot: "c", id: 7))
        for _ in 0..<2 {
            stacks.add(event.span.bytes, EventContext(), binding, source: .map(boot: "c", id: 7))
        }
        stacks.settle()
        #expect(stacks.settled(lost: 0).total == total && stacks.unknown == 0)
    }

    @Test(arguments: [(0, 0 as UInt64), (3, 98), (1, 100)])
    func `a signal that comes while stacks are named leaves the others without names, and none is lost`(
        signal: Int, unnamed: UInt64
    ) throws {
        let table = StackTable()
        let binding = try binding(table)
        var stacks = StackCollector()
        for id in 0..<100 as Range<UInt8> {
            let event: [UInt8] = [7, 0, 0, 0, 0, 0, 0, 0, id, 0, 0, 0, 0, 0, 0, 0]
            stacks.add(event.span.bytes, EventContext(), binding, source: nil)
            let element: [UInt8] = [id, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0x40, 0, 0, 0, 0, 0]
            table.take(element.span.bytes, of: 0, isForeign: false)
        }
        // The first look tells whether a signal had come before; 0 is one that had.
        var looks = 0
        stacks.settle {
            looks += 1
            return signal < 1 || looks > signal
        }
        #expect(stacks.unnamed == unnamed)
        #expect(stacks.settled(lost: 0).total == 100)
    }
}
