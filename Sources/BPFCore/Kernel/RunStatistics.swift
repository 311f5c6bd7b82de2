// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import SystemPackage

/// How often a program ran and how long it took, as the kernel counts it while statistics are on.
public struct RunStatistics: Sendable, Equatable {
    /// Runs of the program on all CPUs.
    public let runs: UInt64
    /// Time in it, in nanoseconds.
    public let nanoseconds: UInt64
    /// Runs left out since the program was running on that CPU already (Linux 5.12; 0 before).
    public let recursionMisses: UInt64

    /// Reads what the kernel has counted for a program: `bpf_prog_info`.
    ///
    /// - Parameter program: Its descriptor.
    public static func read(program: Int32) throws(BPFError) -> RunStatistics {
        var info = cbpf_prog_info()
        do throws(Errno) {
            try ObjectInfo.read(program, into: &info)
        } catch {
            throw BPFError(.info, errno: error, "cannot read the statistics of a program")
        }
        return RunStatistics(runs: info.run_cnt, nanoseconds: info.run_time_ns, recursionMisses: info.recursion_misses)
    }

    /// Turns counting on for all programs of the machine, as long as the descriptor is open: `BPF_ENABLE_STATS` (5.8).
    ///
    /// Each run costs two readings of the clock more meanwhile.
    public static func enable() throws(BPFError) -> OwnedDescriptor {
        // BPF_STATS_RUN_TIME
        var attributes = cbpf_enable_stats_attr(type: 0)
        do throws(Errno) {
            return OwnedDescriptor(owning: try BPFCommand.call(CBPF_ENABLE_STATS, &attributes))
        } catch {
            throw BPFError(
                .enableStatistics, errno: error, "cannot turn on the statistics of programs",
                cause: error == .invalidArgument ? "the kernel is older than 5.8" : nil,
                nextStep: error == .invalidArgument ? "sysctl kernel.bpf_stats_enabled=1" : nil)
        }
    }
}
