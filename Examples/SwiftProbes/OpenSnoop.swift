// SPDX-License-Identifier: Apache-2.0
// Which files are opened, by whom, and what became of it: the C twin is tools/opensnoop.bpf.c.
import BPFKit

struct open_event {
    var pid: Int32
    var uid: Formatted<UInt32, Format.uid>
    var comm: Text<16>
    var ret: Formatted<Int, Format.ret>
    var flags: Formatted<UInt64, Format.openflags>
    var path: Text<256>
}

/// What a call was given: the text is read at its end, when the kernel has looked at it and it is in memory.
struct path_call {
    var path: Address
    var detail: UInt64
}

/// Calls that have begun, by the id of the thread.
let calls = HashMap<UInt64, path_call>(maxEntries: 16384)
let events = RingBuffer<open_event>(bytes: 1 << 20)
/// How many events found no room, for each CPU; the reader of `events` finds it by its name.
let events_lost = PerCPUArray<UInt64>(maxEntries: 1)

/// Only this process (0: all).
let pid = Setting<Int32>(0)
/// Only what failed.
let failed_only = Setting(false)

func enter(_ path: Int, _ flags: UInt64) {
    guard pid.value == 0 || pid.value == currentProcess, let path = Address(bitPattern: path) else { return }
    if calls.insert(path_call(path: path, detail: flags), for: currentID) != 0 { countLost() }
}

func leave(_ result: Int) {
    guard let call = calls.pointer(to: currentID) else { return }
    if !failed_only.value || result < 0 { report(call.pointee, result) }
    calls.remove(currentID)
}

func report(_ call: path_call, _ result: Int) {
    guard let room = events.reserve() else { return countLost() }
    room.event.pid = currentProcess
    room.event.uid.value = currentUser
    room.event.comm.readCommand()
    room.event.ret.value = result
    room.event.flags.value = call.detail
    room.event.path.readUser(call.path)
    room.submit()
}

func countLost() {
    if let count = events_lost.pointer(to: 0) { add(1, to: count) }
}

@section("tp/syscalls/sys_enter_openat") func enter_openat(_ context: SyscallEntryContext) {
    enter(context.argument(1), UInt64(UInt32(truncatingIfNeeded: context.argument(2))))
}

@section("tp/syscalls/sys_exit_openat") func leave_openat(_ context: SyscallExitContext) {
    leave(context.returned)
}

@section("tp/syscalls/sys_enter_openat2") func enter_openat2(_ context: SyscallEntryContext) {
    enter(context.argument(1), UInt64(bitPattern: Int64(context.argument(2))))
}

@section("tp/syscalls/sys_exit_openat2") func leave_openat2(_ context: SyscallExitContext) {
    guard let call = calls.pointer(to: currentID) else { return }
    if let how = Address(bitPattern: UInt(call.pointee.detail)) {
        call.pointee.detail = readUser(UInt64.self, at: how)
    }
    leave(context.returned)
}

// Calls of older machines, which arm64 does not have: --optional NAME.
@section("tp/syscalls/sys_enter_open") func enter_open(_ context: SyscallEntryContext) {
    enter(context.argument(0), UInt64(UInt32(truncatingIfNeeded: context.argument(1))))
}

@section("tp/syscalls/sys_exit_open") func leave_open(_ context: SyscallExitContext) { leave(context.returned) }
