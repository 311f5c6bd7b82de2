// SPDX-License-Identifier: Apache-2.0
// An event for each exec and for each exit of a process, with its duration.
import BPFKit

enum bootstrap_kind: UInt32 { case exec, exit }

struct bootstrap_event {
    /// Exit: since the exec; 0 if that was not seen.
    var duration_ns: UInt64
    /// A `bootstrap_kind`.
    var kind: UInt32
    var pid: Int32
    var ppid: Int32
    /// Exit: as wait(2) has it, signal in the low 7 bits, status above the low byte.
    var exit_code: UInt32
    var comm: Text<16>
    /// Exec: what was executed.
    var filename: Text<128>
}

struct task_struct {
    var tgid: Int32
    var exit_code: Int32
    var real_parent: Kernel<task_struct>
}

struct trace_event_raw_sched_process_exec { var __data_loc_filename: UInt32 }

/// When each process began its program: pid to CLOCK_MONOTONIC in nanoseconds.
let exec_start = HashMap<Int32, UInt64>(maxEntries: 8192)
let rb = RingBuffer<bootstrap_event>(bytes: 256 * 1024)

/// Processes of shorter duration are left out, and so are all exec events; 0 shows everything.
let min_duration_ns = Setting<UInt64>(0)

func newEvent(_ kind: bootstrap_kind, _ pid: Int32) -> Reservation<bootstrap_event>? {
    guard let room = rb.reserve() else { return nil }
    room.event.kind = kind.rawValue
    room.event.pid = pid
    room.event.ppid = currentTask(as: task_struct.self).real_parent.tgid
    room.event.comm.readCommand()
    return room
}

typealias ExecContext = TracepointContext<trace_event_raw_sched_process_exec>

@section("tp/sched/sched_process_exec") func handle_exec(_ context: ExecContext) {
    let pid = currentProcess
    exec_start[pid] = monotonicTime()
    guard min_duration_ns.value == 0, let room = newEvent(.exec, pid) else { return }
    room.event.filename.read(context.text(context.record.__data_loc_filename))
    room.submit()
}

@section("tp/sched/sched_process_exit") func handle_exit() {
    let pid = currentProcess
    // The tracepoint is passed by every thread; the process is that of its leader.
    guard pid == currentThread else { return }
    var duration: UInt64 = 0
    if let start = exec_start[pid] { duration = monotonicTime() - start }
    exec_start[pid] = nil
    guard duration >= min_duration_ns.value else { return }
    guard let room = newEvent(.exit, pid) else { return }
    room.event.duration_ns = duration
    room.event.exit_code = UInt32(bitPattern: currentTask(as: task_struct.self).exit_code)
    room.submit()
}
