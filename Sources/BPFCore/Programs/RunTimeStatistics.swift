// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Keeps the kernel counting runs and run time of all programs as long as it lives (`BPF_ENABLE_STATS`, 5.8).
///
/// Counting costs each run of each program some 20 to 50 ns, so nothing turns it on unasked.
public struct RunTimeStatistics: ~Copyable {
    private let descriptor: OwnedDescriptor

    /// Turns the counting on.
    public init() throws(BPFError) {
        do {
            descriptor = try BPFCommand.enableRunTimeStatistics()
        } catch {
            throw BPFError(
                .enableStatistics, .statisticsRefused, errno: error, "cannot have the kernel count runs of programs",
                cause: error == .invalidArgument ? "this kernel is older than 5.8" : nil,
                nextStep: error == .invalidArgument
                    ? "\(.setKernelParameter("kernel.bpf_stats_enabled"), "sysctl kernel.bpf_stats_enabled=1") does it there"
                    : nil)
        }
    }

    /// Whether the kernel counts for everybody (`kernel.bpf_stats_enabled`).
    public static var areOn: Bool { KernelFile.number(KernelRoots().proc + "/sys/kernel/bpf_stats_enabled") == 1 }
}
