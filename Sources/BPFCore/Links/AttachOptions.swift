// SPDX-License-Identifier: Apache-2.0

/// What attaching leaves to its user.
package struct AttachOptions: Sendable, Equatable {
    /// Where /proc and /sys are.
    package var roots = KernelRoots()
    /// What to do without.
    package var limits: AttachLimits = []
    /// The only process that is traced; nil is all, for targets that have processes.
    package var process: Int32?
    /// The maps of the object by their names, borrowed, for targets that are parts of a map.
    var maps: [String: Int32] = [:]
    /// Where the object's programs look for the arguments of static tracepoints of programs; nil if they do not.
    var tracepointSpecs: TracepointSpecs?

    /// Creates the usual options.
    package init() {}
}

/// Parts of the kernel that attaching must do without, to reach the ways behind them; for tests and for comparison.
package struct AttachLimits: OptionSet, Sendable {
    /// The parts as bits.
    package let rawValue: Int
    /// Creates a set from bits.
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// As if there were no kprobe PMU.
    package static let withoutPMU = AttachLimits(rawValue: 1)
    /// As if there were no bpf_link for perf events, and no tcx.
    package static let withoutLink = AttachLimits(rawValue: 2)
}
