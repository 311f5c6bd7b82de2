// SPDX-License-Identifier: Apache-2.0

import BPFObject
import EventDecoding
import EventTypes
import Pictures
import TestSupport
import Testing

@testable import EventPrinting

/// What the stacks of events are to pictures.
struct StackLabelTests {
    private static let source = """
        struct stacked { unsigned long long kstack[3]; };
        struct stacked global;
        __attribute__((section("kprobe/f"), used)) int program(void *ctx) { return global.kstack[0] != 0; }
        """

    @Test(arguments: [("bpfel", [0x10, 0, 0x40, 0, 0, 0, 0, 0]), ("bpfeb", [0, 0, 0, 0, 0, 0x40, 0, 0x10])])
    func `addresses are read in the order of the machine that they are of`(target: String, address: [UInt8]) throws {
        let object = try Object(
            parsing: compileBPF(source: Self.source, target: target, arguments: ["-g"]), name: "stacked.o")
        let plan = try DecodingPlan(object.eventSchema(named: "struct stacked"))
        let binding = try PictureBinding(
            plan, PictureChoice(), FormatEnvironment(), isElement: false, isLenient: false)
        let stack = try #require(binding.stacks.first)
        var labels = StackLabels()
        let event = address + [UInt8](repeating: 0, count: 16)
        let reading = labels.read(stack, of: event.span.bytes, EventContext(), binding)
        guard case .frames(let frames) = reading else {
            Issue.record("\(reading)")
            return
        }
        #expect(frames.map(\.name) == ["0x400010"])
    }
}
