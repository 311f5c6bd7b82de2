// SPDX-License-Identifier: Apache-2.0
// Calls of a function of a Swift program, with its first argument: a uprobe. The C twin is swift_calls.bpf.c.
//
// The function is named by its symbol, as nm(1) prints it:
//
//     sudo load-kp-bpf SwiftCalls.swift --attach 'called=uprobe:./server:$s6server6handle7requestS2i_tF' --events
import BPFKit

struct call_event {
    var pid: Int32
    /// The first argument, an integer: Swift passes it in the register where C does.
    var argument: Int
    var comm: Text<16>
}

let calls = RingBuffer<call_event>(bytes: 64 * 1024)

@section("uprobe") func called(_ context: UprobeContext) {
    guard let room = calls.reserve() else { return }
    room.event.pid = currentProcess
    room.event.argument = context.argument(0)
    room.event.comm.readCommand()
    room.submit()
}
