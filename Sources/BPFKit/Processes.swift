// SPDX-License-Identifier: Apache-2.0

/// The process that runs, as `getpid(2)` has it: the upper half of `bpf_get_current_pid_tgid()` (helper 14, Linux 4.2).
public var currentProcess: Int32 {
    @_transparent get { Int32(truncatingIfNeeded: currentID >> 32) }
}

/// The thread that runs, as `gettid(2)` has it: the lower half of `bpf_get_current_pid_tgid()` (helper 14, Linux 4.2).
public var currentThread: Int32 {
    @_transparent get { Int32(truncatingIfNeeded: currentID) }
}

/// Process and thread in one number: `bpf_get_current_pid_tgid()` (helper 14, Linux 4.2).
public var currentID: UInt64 {
    @_transparent get { kernelHelper(14, as: (@convention(c) () -> UInt64).self)() }
}

/// The user that the running thread works for: the lower half of `bpf_get_current_uid_gid()` (helper 15, Linux 4.2).
public var currentUser: UInt32 {
    @_transparent get {
        UInt32(truncatingIfNeeded: kernelHelper(15, as: (@convention(c) () -> UInt64).self)())
    }
}

/// The group that the running thread works for: the upper half of `bpf_get_current_uid_gid()` (helper 15, Linux 4.2).
public var currentGroup: UInt32 {
    @_transparent get {
        UInt32(truncatingIfNeeded: kernelHelper(15, as: (@convention(c) () -> UInt64).self)() >> 32)
    }
}

/// The cgroup of the running thread: `bpf_get_current_cgroup_id()` (helper 80, Linux 4.18).
public var currentCgroup: UInt64 {
    @_transparent get { kernelHelper(80, as: (@convention(c) () -> UInt64).self)() }
}

/// The processor that the program runs on: `bpf_get_smp_processor_id()` (helper 8, Linux 4.1).
public var currentCPU: UInt32 {
    @_transparent get { kernelHelper(8, as: (@convention(c) () -> UInt32).self)() }
}

/// The NUMA node that the program runs on: `bpf_get_numa_node_id()` (helper 42, Linux 4.10).
public var currentNode: Int32 {
    @_transparent get { kernelHelper(42, as: (@convention(c) () -> Int32).self)() }
}

/// Nanoseconds since the machine started, without the time in which it slept: `bpf_ktime_get_ns()`
/// (helper 5, Linux 4.1), `CLOCK_MONOTONIC`.
@_transparent
public func monotonicTime() -> UInt64 { kernelHelper(5, as: (@convention(c) () -> UInt64).self)() }

/// Nanoseconds since the machine started, with the time in which it slept: `bpf_ktime_get_boot_ns()`
/// (helper 125, Linux 5.8), `CLOCK_BOOTTIME`.
@_transparent
public func bootTime() -> UInt64 { kernelHelper(125, as: (@convention(c) () -> UInt64).self)() }

/// The number of the running tick: `bpf_jiffies64()` (helper 118, Linux 5.6).
@_transparent
public func jiffies() -> UInt64 { kernelHelper(118, as: (@convention(c) () -> UInt64).self)() }

/// A random number, not for secrets: `bpf_get_prandom_u32()` (helper 7, Linux 4.1).
@_transparent
public func randomNumber() -> UInt32 { kernelHelper(7, as: (@convention(c) () -> UInt32).self)() }

/// Sends a signal to the running process: `bpf_send_signal()` (helper 109, Linux 5.3).
///
/// - Returns: 0, or a negative number of an error.
@discardableResult
@_transparent
public func sendSignal(_ number: UInt32) -> Int {
    kernelHelper(109, as: (@convention(c) (UInt32) -> Int).self)(number)
}
