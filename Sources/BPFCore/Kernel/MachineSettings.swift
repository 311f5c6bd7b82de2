// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// Settings of the machine that decide what the kernel takes, beside those of ``PermissionFacts``.
enum MachineSettings {
    /// `MemTotal` of /proc/meminfo, in bytes; nil if it cannot be read.
    static func memory(roots: KernelRoots = KernelRoots()) -> UInt64? {
        guard let text = try? KernelFile.text(roots.proc + "/meminfo", limit: 1 << 16),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemTotal:") }),
            let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ UInt64($0) })
        else { return nil }
        let (bytes, isTooMuch) = kilobytes.multipliedReportingOverflow(by: 1024)
        return isTooMuch ? nil : bytes
    }

    /// `kernel.perf_event_max_stack`: frames of a stack at most.
    static func deepestStack(roots: KernelRoots = KernelRoots()) -> UInt32 {
        let value = KernelFile.number(roots.proc + "/sys/kernel/perf_event_max_stack")
        return value.flatMap(UInt32.init(exactly:)) ?? MapType.deepestStack
    }
}
