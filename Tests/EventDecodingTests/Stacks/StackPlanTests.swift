// SPDX-License-Identifier: Apache-2.0

import BTF
import EventTypes
import Testing

@testable import EventDecoding

/// Where events have stacks, and of which process they are.
struct StackPlanTests {
    /// The functions of one process, and who asked for them.
    private struct Functions: StackFrames {
        func frames(of addresses: [UInt64], process: UInt32?) -> [StackFrame] {
            addresses.map { address in
                StackFrame.isKernel(address)
                    ? StackFrame(address: address, name: "kernel", isKernel: true)
                    : process.map { StackFrame(address: address, name: "of\($0)", offset: address & 0xf) }
                        ?? StackFrame(address: address)
            }
        }

        func frames(ofBuildID id: [UInt8], offset: UInt64) -> [StackFrame] {
            switch id.first {
            case 0xaa: [StackFrame(address: offset, name: "built", offset: 1)]
            // One function up to 0x40, and the next one from there on.
            case 0xcc: [StackFrame(address: offset, name: offset < 0x40 ? "caller" : "next", offset: offset & 0x3f)]
            default: []
            }
        }
    }

    private struct Numbers: StackNames {
        func stack(_ id: UInt32) -> NumberedStack? {
            switch id {
            case 3: .addresses([0x1001, 0xffff_8000_0000_0000])
            case 4: .buildIDs(Self.place(0xaa, 0x10) + Self.place(0xbb, 0x20))
            default: nil
            }
        }

        private static func place(_ id: UInt8, _ offset: UInt8) -> [UInt8] {
            [1, 0, 0, 0] + [UInt8](repeating: id, count: 20) + [offset, 0, 0, 0, 0, 0, 0, 0]
        }
    }

    private func plan(_ layout: String) throws -> DecodingPlan { try DecodingPlan(try EventSchema.layout(layout)) }

    private func line(_ layout: String, _ bytes: [UInt8], pid: UInt32? = nil) throws -> String {
        var environment = FormatEnvironment()
        environment.frames = Functions()
        environment.stacks = Numbers()
        let renderer = EventRenderer(try plan(layout), style: .line, environment: environment)
        var context = EventContext()
        context.pid = pid
        var text = LineBuffer(capacity: 256)
        renderer.append(bytes.span.bytes, context, isPadded: false, to: &text)
        return text.bytes.extracting(0..<text.count - 1).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func bytes(_ numbers: UInt64...) -> [UInt8] {
        numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) } }
    }

    @Test func `arrays of addresses are stacks by their names, and of the process that the event is of`() throws {
        let layout = "struct { u64 pid; u64 ustack[3]; u64 values[2]; }"
        let event = bytes(7, 0x1001, 0x1002, 0, 5, 6)
        #expect(try line(layout, event) == "pid: 7, ustack: of7+0x1;of7+0x2, values: [5, 6]")
        // What the kernel says of the sender comes first.
        #expect(try line(layout, event, pid: 9) == "pid: 7, ustack: of9+0x1;of9+0x2, values: [5, 6]")
        // Numbers of 32 bits are no addresses.
        #expect(try line("struct { u32 stack[2]; }", bytes(1)) == "stack: [1, 0]")
    }

    @Test(
        arguments: [
            ("struct { u32 tgid; u32 pid; u64 stack[1]; }", [0x2_0000_0001, 0x1003]),
            ("struct { u32 pid; u32 tgid; u64 stack[1]; }", [0x1_0000_0002, 0x1003]),
            ("struct { u64 pid_tgid; u64 stack[1]; }", [0x1_0000_0002, 0x1003]),
            ("struct { struct { u32 a; u32 pid; } key; u64 stack[1]; }", [0x1_0000_0000, 0x1003]),
        ])
    func `the process is the thread group, wherever it is`(layout: String, numbers: [UInt64]) throws {
        let event = numbers.flatMap { bytes($0) }
        #expect(try line(layout, event).hasSuffix("stack: of1+0x3"))
    }

    @Test func `a number beside a stack says how much of it is valid, and an error takes its place`() throws {
        let layout = "struct { s64 kern_stack_sz; u64 kern_stack[3]; }"
        let stack: [UInt64] = [0xffff_8000_0000_0001, 0xffff_8000_0000_0002, 0xffff_8000_0000_0003]
        #expect(
            try line(layout, bytes(16) + stack.flatMap { bytes($0) }) == "kern_stack_sz: 16, kern_stack: kernel;kernel")
        #expect(try line(layout, bytes(0) + stack.flatMap { bytes($0) }) == "kern_stack_sz: 0, kern_stack: []")
        #expect(
            try line(layout, bytes(UInt64(bitPattern: -14)) + stack.flatMap { bytes($0) })
                == "kern_stack_sz: -14, kern_stack: -EFAULT")
        #expect(
            try line(layout, bytes(.max >> 1) + stack.flatMap { bytes($0) })
                .hasSuffix("kern_stack: kernel;kernel;kernel"))
        let counted = "struct { u64 kstack_depth; u64 kstack[3]; }"
        #expect(try line(counted, bytes(1) + stack.flatMap { bytes($0) }) == "kstack_depth: 1, kstack: kernel")
        #expect(try line(counted, bytes(.max / 2) + stack.flatMap { bytes($0) }).hasSuffix("kernel;kernel;kernel"))
    }

    @Test func `numbers of stacks are shown as the stacks, in events too`() throws {
        let layout = "struct { u32 pid; int user_stack_id; }"
        #expect(try line(layout, bytes(0x3_0000_0005)) == "pid: 5, user_stack_id: of5+0x1;kernel")
        #expect(try line(layout, bytes(0x7_0000_0005)) == "pid: 5, user_stack_id: 7")
        #expect(try line(layout, bytes(0xffff_fff2_0000_0005)) == "pid: 5, user_stack_id: -EFAULT")
    }

    @Test func `stacks by build ids have the function, or the file's build id and the place in it`() throws {
        let layout =
            "struct { struct bpf_stack_build_id { int status; unsigned char build_id[20]; u64 offset; } files[4]; }"
        let first: [UInt8] = [1, 0, 0, 0] + [UInt8](repeating: 0xaa, count: 20) + bytes(0x10)
        let second: [UInt8] = [1, 0, 0, 0] + [UInt8](repeating: 0xbb, count: 20) + bytes(0x20)
        let third: [UInt8] = [2, 0, 0, 0] + [UInt8](repeating: 0, count: 20) + bytes(0x1003)
        let empty = [UInt8](repeating: 0, count: 32)
        #expect(try line(layout, first + second + third + empty) == "files: built+0x1;bbbbbbbbbbbb+0x20;0x1003")
    }

    @Test func `a caller by its build id is the function of its call, not the one behind it`() throws {
        let layout =
            "struct { struct bpf_stack_build_id { int status; unsigned char build_id[20]; u64 offset; } files[2]; }"
        let frame: [UInt8] = [1, 0, 0, 0] + [UInt8](repeating: 0xcc, count: 20) + bytes(0x40)
        #expect(try line(layout, frame + frame) == "files: next;caller+0x40")
    }

    @Test func `the number of a stack by build ids is shown as its functions`() throws {
        let line = try line("struct { int user_stack_id; }", [4, 0, 0, 0])
        #expect(line == "user_stack_id: built+0x1;bbbbbbbbbbbb+0x20")
    }

    @Test func `lines of source stand in place of offsets, and inlined functions say so`() {
        var frame = StackFrame(address: 0x10, name: "work", offset: 4)
        #expect(frame.description == "work+0x4")
        frame.place = "work.c:12"
        #expect(frame.description == "work (work.c:12)")
        frame.isInlined = true
        #expect(frame.description == "work (inlined, work.c:12)")
        var text = LineBuffer(capacity: 64)
        text.appendFrame(frame)
        let shown = text.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        #expect(shown == frame.description)
    }

    @Test func `what shows stacks otherwise gets their addresses and their process`() throws {
        let plan = try plan("struct { u32 tgid; int user_stack_id; u64 kstack_cnt; u64 kstack[2]; }")
        let stacks = StackPlan(plan)
        #expect(stacks.members.map(\.path) == ["user_stack_id", "kstack"])
        var environment = FormatEnvironment()
        environment.stacks = Numbers()
        let event = bytes(0x3_0000_0008, 1, 0x11, 0x12)
        #expect(stacks.process(of: event.span.bytes, EventContext()) == 8)
        #expect(stacks.addresses(stacks.members[0], of: event.span.bytes, environment)?.count == 2)
        #expect(stacks.addresses(stacks.members[1], of: event.span.bytes, environment) == [0x11])
        #expect(stacks.addresses(stacks.members[1], of: event.span.bytes.extracting(0..<4), environment) == nil)
    }
}
