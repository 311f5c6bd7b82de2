// SPDX-License-Identifier: Apache-2.0

/// The perf event source that makes kprobes without a name in tracefs (Linux 4.17).
///
/// Its probes live and die with a descriptor, so that nothing is left behind even by SIGKILL.
struct KprobePMU: Equatable {
    /// The `type` of perf_event_open(2).
    let type: UInt32
    /// The bit of `config` that makes a return probe.
    let returnBit: UInt64

    /// Whether it counts the users of a place in the program's own memory (`ref_ctr_offset`, Linux 4.20), of uprobes.
    let hasCounters: Bool

    /// Looks for it in sysfs; nil where the kernel has none.
    ///
    /// - Parameter source: Its name there: `uprobe` is for functions of user programs.
    init?(roots: KernelRoots, source: String = "kprobe") {
        let folder = roots.sys + "/bus/event_source/devices/" + source
        guard let number = KernelFile.number(folder + "/type"), let type = UInt32(exactly: number) else { return nil }
        self.type = type
        let format = KernelFile.line(folder + "/format/retprobe") ?? ""
        // `config:0`; without the file the bit is where it always was.
        let bit = format.split(separator: ":").last.flatMap { UInt64($0) } ?? 0
        returnBit = bit < 64 ? 1 << bit : 1
        hasCounters = KernelFile.exists(folder + "/format/ref_ctr_offset")
    }
}

/// The CPUs that a perf event can be opened on.
enum OnlineCPU {
    /// The first one: CPU 0 may be offline.
    static func first(roots: KernelRoots) -> Int32 {
        KernelFile.number(roots.sys + "/devices/system/cpu/online").flatMap { Int32(exactly: max(0, $0)) } ?? 0
    }
}
