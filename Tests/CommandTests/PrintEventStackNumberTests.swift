// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
import Foundation
import TestSupport
import Testing

/// print-event as a process: events whose numbers of stacks come in front of the map of stacks.
struct PrintEventStackNumberTests {
    private static let kallsyms = """
        ffffffff81000000 T _stext
        ffffffff81000100 T do_first
        ffffffff81000200 T do_second

        """

    /// Events, and behind them the map of stacks as it was read.
    ///
    /// - Parameters:
    ///   - numbers: The numbers of stacks that the events have.
    ///   - snapshots: The stacks of each snapshot, by their numbers.
    private func capture(_ numbers: [Int32], _ snapshots: [[UInt32: UInt64]], machine: String = "x86_64") throws
        -> [UInt8]
    {
        var sources = [CaptureSource(number: 0), CaptureSource(number: 1)]
        sources[0].mapName = "events"
        (sources[1].mapName, sources[1].mapType, sources[1].content) = ("stacks", 7, .elements)
        (sources[1].keySize, sources[1].valueSize) = (4, 16)
        var maker = try CaptureMaker(
            sources: sources,
            schemas: [
                CaptureMaker.schema("struct { u32 pid; int kern_stack_id; }"),
                CaptureMaker.schema("struct { u32 key; u64 value[2]; }", source: 1),
            ])
        maker.add(
            numbers.enumerated().map {
                .init(time: UInt64($0 + 1) * 1000, bytes: bytes(UInt32($0)) + bytes($1))
            })
        for (index, stacks) in snapshots.enumerated() {
            maker.add(
                snapshot: stacks.sorted { $0.key < $1.key }.map {
                    bytes($0.key) + [0, 0, 0, 0] + bytes($0.value) + bytes(UInt64(0))
                }, source: 1, number: UInt64(index + 1), began: UInt64(index + 1) * 1_000_000, keySize: 4, valueSize: 16
            )
        }
        maker.end()
        return maker.bytes
    }

    private func print(_ capture: [UInt8], _ arguments: String...) throws -> ProcessOutcome {
        try withTemporaryFolder { folder in
            let (file, symbols) = (folder.appending(path: "trace.bev"), folder.appending(path: "kallsyms"))
            try Data(capture).write(to: file)
            try Data(Self.kallsyms.utf8).write(to: symbols)
            return try Tools.run(
                "print-event", ["--map", "events", "--kallsyms", symbols.path] + arguments + [file.path])
        }
    }

    @Test func `an event has its stack, although the map of stacks was read behind it`() throws {
        let outcome = try print(
            try capture([5, 6, -14], [[5: 0xffff_ffff_8100_0104, 6: 0xffff_ffff_8100_0210]]), "--format",
            "{pid} {kern_stack_id}")
        #expect(outcome.output == "0 do_first+0x4\n1 do_second+0x10\n2 -EFAULT\n", "\(outcome)")
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }

    @Test func `a number that stands for another stack later has the one that it had first`() throws {
        let outcome = try print(
            try capture([5], [[5: 0xffff_ffff_8100_0104], [5: 0xffff_ffff_8100_0210]]), "--format",
            "{kern_stack_id}")
        #expect(outcome.output == "do_first+0x4\n", "\(outcome)")
    }

    @Test func `a number that is in no snapshot stays one, and that is told`() throws {
        let outcome = try print(try capture([9], [[5: 0xffff_ffff_8100_0104]]), "--format", "{kern_stack_id}")
        #expect(outcome.output == "9\n" && outcome.errors.contains("1 are not in the map"), "\(outcome)")
    }

    @Test func `captures one after the other have their own stacks`() throws {
        let first = try capture([5], [[5: 0xffff_ffff_8100_0104]])
        var second = try capture([5], [[5: 0xffff_ffff_8100_0210]])
        // Another header is another capture: here of a host with a name.
        var header = CaptureHeader(bootOffset: CaptureMaker.bootOffset, began: 1_000_000_000)
        (header.machine, header.host) = ("x86_64", "other")
        let old = try #require(CaptureBlock.length(of: second))
        second.replaceSubrange(
            ..<old,
            with: CaptureBlock.bytes(kind: CaptureBlock.Kind.header, flags: 2, sequence: 0, payload: header.payload))
        let outcome = try print(first + second, "--format", "{kern_stack_id}")
        #expect(outcome.output == "do_first+0x4\ndo_second+0x10\n", "\(outcome)")
    }
}

extension CaptureBlock {
    /// Bytes of the first block.
    fileprivate static func length(of capture: [UInt8]) -> Int? {
        guard capture.count >= 16 else { return nil }
        return 32 + (0..<4).reduce(0) { $0 | Int(capture[12 + $1]) << (8 * $1) }
    }
}
