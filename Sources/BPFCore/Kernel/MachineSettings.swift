// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// Settings of the machine that decide what the kernel takes, beside those of ``PermissionFacts``.
enum MachineSettings {
    /// `kernel.perf_event_max_stack`: frames of a stack at most.
    static func deepestStack(roots: KernelRoots = KernelRoots()) -> UInt32 {
        let value = KernelFile.number(roots.proc + "/sys/kernel/perf_event_max_stack")
        return value.flatMap(UInt32.init(exactly:)) ?? MapType.deepestStack
    }
}
