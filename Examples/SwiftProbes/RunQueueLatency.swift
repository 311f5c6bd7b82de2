// SPDX-License-Identifier: Apache-2.0
// How long threads that could run wait for a processor, as a histogram: the C twin is tools/runqlat.bpf.c.
import BPFKit

/// The state has another name and size before Linux 5.14.
struct task_struct {
    var pid: Int32
    var tgid: Int32
    var __state: UInt32
}
struct task_struct___before_5_14 { var state: Int }

struct latencies { var slots: Histogram<32, Unit.us> }

/// When each thread could run, by its id.
let ready = HashMap<UInt64, UInt64>(maxEntries: 16384)
let latency = ArrayMap<latencies>(maxEntries: 1)

/// Only this process (0: all).
let pid = Setting<Int32>(0)
/// Only waits that take this long, in microseconds.
let min_us = Setting<UInt64>(0)

func isRunnable(_ task: Kernel<task_struct>) -> Bool {
    if task.has(\.__state) { return task.__state == 0 }
    return Kernel<task_struct___before_5_14>(task).state == 0
}

func enqueue(_ task: Kernel<task_struct>) {
    let thread = UInt64(UInt32(bitPattern: task.pid))
    // Number 0 are the idle threads, one for each processor.
    guard thread != 0, pid.value == 0 || pid.value == task.tgid else { return }
    ready[thread] = monotonicTime()
}

/// A thread that sleeps does not wait: it may have been woken while it still ran, which is no wait either.
func dequeue(_ task: Kernel<task_struct>) {
    ready[UInt64(UInt32(bitPattern: task.pid))] = nil
}

@section("tp_btf/sched_wakeup") func handle_wakeup(_ context: FentryContext) {
    enqueue(context.argument(0, as: task_struct.self))
}

@section("tp_btf/sched_wakeup_new") func handle_wakeup_new(_ context: FentryContext) {
    enqueue(context.argument(0, as: task_struct.self))
}

@section("tp_btf/sched_switch") func handle_switch(_ context: FentryContext) {
    let preempts = context.argument(0) & 0xff != 0
    let previous = context.argument(1, as: task_struct.self)
    let thread = UInt64(UInt32(bitPattern: context.argument(2, as: task_struct.self).pid))

    // One that has to leave, and could go on, waits as well.
    if preempts || isRunnable(previous) { enqueue(previous) } else { dequeue(previous) }
    guard let start = ready[thread] else { return }
    let took = monotonicTime() - start
    ready[thread] = nil
    guard took >= min_us.value * 1000, let histogram = latency.pointer(to: 0) else { return }
    histogram.pointee.slots.count(took / 1000)
}
