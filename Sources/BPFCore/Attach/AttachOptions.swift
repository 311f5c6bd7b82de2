// SPDX-License-Identifier: Apache-2.0

/// What attaching leaves to its user.
public struct AttachOptions: Sendable, Equatable {
    /// What a program of a `perf_event` section samples.
    public enum SampleSource: String, Sendable, CaseIterable {
        /// A timer of each CPU (`PERF_COUNT_SW_CPU_CLOCK`), which every machine has.
        case clock
        /// CPU cycles (`PERF_COUNT_HW_CPU_CYCLES`): seldom to be had in a virtual machine.
        case cycles
    }

    /// What is sampled.
    public var sampleSource = SampleSource.clock
    /// Samples a second on each CPU.
    ///
    /// 99 by default: 100 would keep step with the timers of what is measured.
    public var sampleFrequency: UInt64 = 99
    /// Where /proc and /sys are.
    public var roots = KernelRoots()
    /// What to do without.
    public var limits: AttachLimits = []

    /// Creates the usual options.
    public init() {}
}
