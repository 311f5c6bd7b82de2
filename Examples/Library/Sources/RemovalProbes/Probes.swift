// SPDX-License-Identifier: Apache-2.0

import BPFKit

let removals = RingBuffer<Removal>(bytes: 256 * 1024)

@section("tp/syscalls/sys_enter_unlinkat") func unlinkat(_ context: SyscallEntryContext) {
    report(context.argument(1))
}

#if !PROBE_ARM64  // Arm has no unlink(2).
    @section("tp/syscalls/sys_enter_unlink") func unlink(_ context: SyscallEntryContext) {
        report(context.argument(0))
    }
#endif

func report(_ path: Int) {
    guard let path = Address(bitPattern: path), let room = removals.reserve() else { return }
    room.event.pid = currentProcess
    room.event.command.readCommand()
    room.event.path.readUser(path)
    room.submit()
}
