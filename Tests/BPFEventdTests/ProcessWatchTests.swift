// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import EventStream
import EventTypes
import Foundation
import Testing
import ToolSupport

@testable import BPFCore
@testable import EventCollecting

/// A capture tells the code of the processes whose stacks it has, this one's here.
struct ProcessWatchTests {
    private final class Clock { var now: UInt64 = 1 }

    private func schema(_ layout: String) throws -> CaptureSchema {
        CaptureSchema(EventType(schema: try EventSchema.layout(layout), origin: .named), source: 0)
    }

    private func event(_ pid: Int32) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: Int64(pid) >> (8 * $0)) } + [UInt8](repeating: 0, count: 16)
    }

    private func processes(_ writer: borrowing StreamWriter) throws -> [CaptureProcess] {
        var found: [CaptureProcess] = []
        var reader = CaptureReader()
        let bytes = writer.pending.withUnsafeBytes { Array($0) }
        try reader.read(bytes.span.bytes) { item, _ in if case .process(let process) = item { found.append(process) } }
        return found
    }

    private func writer() throws -> StreamWriter {
        var writer = StreamWriter(format: .capture)
        writer.setPreamble(try CapturePreamble(header: CaptureHeader(bootOffset: 0, began: 0)).bytes())
        return writer
    }

    private func watch(_ clock: Clock) -> ProcessWatch {
        ProcessWatch(reader: ProcessCodeReader(hasSameNumbers: true), clock: { clock.now })
    }

    @Test func `a process is told once, in front of its first event, if its events have stacks`() throws {
        let clock = Clock()
        let watch = watch(clock)
        var writer = try writer()
        #expect(!watch.isNeeded)
        watch.want([try schema("struct { u64 pid; u64 values[2]; }")], of: 1, areElements: false)
        #expect(!watch.isNeeded)
        watch.want([try schema("struct { u64 pid; u64 ustack[2]; }")], of: 0, areElements: false)
        #expect(watch.isNeeded)
        let own = event(getpid())
        let foreign = watch.take(own.span.bytes, of: 1, pid: nil, into: &writer)
        let first = watch.take(own.span.bytes, of: 0, pid: nil, into: &writer)
        let second = watch.take(own.span.bytes, of: 0, pid: UInt32(getpid()), into: &writer)
        clock.now += ProcessWatch.interval
        let later = watch.take(own.span.bytes, of: 0, pid: nil, into: &writer)
        #expect(foreign && first && second && later)
        let told = try processes(writer)
        #expect(told.map(\.pid) == [UInt32(getpid())])
        #expect(told[0].start > 0 && told[0].mappings.contains { $0.path.contains("libc") && !$0.buildID.isEmpty })
        #expect(watch.takeTold()?.count == 1 && watch.takeTold() == nil && watch.note == nil)
    }

    @Test func `the process of an element is that of its key`() throws {
        let watch = watch(Clock())
        var writer = try writer()
        watch.want(
            [try schema("struct { struct { u32 tgid; int user_stack_id; } key; u64 value; }")], of: 0, areElements: true
        )
        let key = Array(event(getpid()).prefix(8))
        let value = [UInt8](repeating: 0, count: 8)
        let isTaken = watch.take(key: key.span.bytes, values: value.span.bytes, of: 0, into: &writer)
        #expect(isTaken)
        #expect(try processes(writer).map(\.pid) == [UInt32(getpid())])
    }

    @Test func `a process that has ended is not told, which a note says`() throws {
        let watch = watch(Clock())
        var writer = try writer()
        watch.want([try schema("struct { u64 pid; u64 ustack[2]; }")], of: 0, areElements: false)
        // More than the kernel gives to any process (PID_MAX_LIMIT).
        let gone = event(1 << 23)
        for _ in 0..<2 {
            let isTaken = watch.take(gone.span.bytes, of: 0, pid: nil, into: &writer)
            #expect(isTaken)
        }
        #expect(try processes(writer).isEmpty)
        #expect(watch.note?.message.contains("1 process with stacks") == true)
    }

    @Test func `a process without room in the capture is not told, of which there is a warning at once`() throws {
        let clock = Clock()
        let watch = ProcessWatch(
            reader: ProcessCodeReader(hasSameNumbers: true), bytesLimit: 100, clock: { clock.now })
        var writer = try writer()
        watch.want([try schema("struct { u64 pid; u64 ustack[2]; }")], of: 0, areElements: false)
        let own = event(getpid())
        #expect(watch.takeWarning() == nil)
        for _ in 0..<2 {
            let isTaken = watch.take(own.span.bytes, of: 0, pid: nil, into: &writer)
            #expect(isTaken)
        }
        #expect(watch.readings == 1)
        #expect(try processes(writer).isEmpty)
        #expect(watch.takeTold() == nil)
        #expect(watch.takeWarning()?.severity == .warning && watch.takeWarning() == nil)
        #expect(watch.note?.message.contains("1 process with stacks") == true)
    }

    @Test func `a process that has ended makes room for another, and is known no more`() throws {
        let clock = Clock()
        let watch = ProcessWatch(
            reader: ProcessCodeReader(hasSameNumbers: true), limit: 1, clock: { clock.now })
        var writer = try writer()
        watch.want([try schema("struct { u64 pid; u64 ustack[2]; }")], of: 0, areElements: false)
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/bin/sleep")
        child.arguments = ["100"]
        try child.run()
        let other = UInt32(child.processIdentifier)
        let (own, theirs) = (event(getpid()), event(child.processIdentifier))
        let first = watch.take(theirs.span.bytes, of: 0, pid: nil, into: &writer)
        let refused = watch.take(own.span.bytes, of: 0, pid: nil, into: &writer)
        // It may have SIGTERM blocked: other tests have.
        kill(child.processIdentifier, SIGKILL)
        child.waitUntilExit()
        clock.now += ProcessWatch.interval
        let second = watch.take(own.span.bytes, of: 0, pid: nil, into: &writer)
        #expect(first && refused && second)
        let told = try processes(writer)
        #expect(told.map(\.pid) == [other, other, UInt32(getpid())])
        #expect(told.map(\.mappings.isEmpty) == [false, true, false] && watch.note == nil)
    }
}
