// SPDX-License-Identifier: Apache-2.0
import BPFKit

/// The event of test_prog1 and test_prog2, which print-event prints.
struct event {
    /// Which program sent it.
    var idx: Int16
    /// The first argument of the probed function: for sys_bpf the command of bpf(2).
    var cmd: Int16
    /// Events of all CPUs go to one stream, so each carries its own.
    var cpu = currentCPU
    /// CLOCK_MONOTONIC, nanoseconds.
    var time = monotonicTime()
}

/// bpf-eventd makes this map, at /sys/fs/bpf/map_event.
let map_event = PerfEventArray<event>(pinning: .legacyObject)

/// Sends one event, marked with 2, for each call of the probed function to the map of bpf-eventd.
@section("prog") func test_prog(_ context: KprobeContext) {
    map_event.emit(event(idx: 2, cmd: Int16(truncatingIfNeeded: context.argument(0))), to: context)
}
