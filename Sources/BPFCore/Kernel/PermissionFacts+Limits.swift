// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Limits and missing parts behind refusals that are no matter of permission.
extension PermissionFacts {
    func explainLimit(_ operation: BPFError.Operation, _ errno: Errno) -> Explanation? {
        switch errno {
        case .tooManyOpenFiles: return openFilesReached
        case .tooManyOpenFilesInSystem:
            let limit = openFilesOfMachine.map { " (fs.file-max is \($0))" } ?? ""
            return Explanation(
                .openFilesOfMachine,
                "all processes together have as many files open as the machine allows\(limit)",
                "raise the limit: \(.raiseLimit("fs.file-max"), "sysctl fs.file-max=\(Int64(openFilesOfMachine ?? 1 << 19) &* 2)")"
            )
        case .noMemory: return memoryReached(operation)
        case .noFunction: return noSuchCall(operation)
        case .notSupportedByKernel where jitEnabled == 0 && (operation == .attachProbe || operation == .loadProgram):
            return Explanation(
                .jitDisabled,
                "the compiler of BPF is off (net.core.bpf_jit_enable is 0), and this takes compiled programs",
                "\(.setKernelParameter("net.core.bpf_jit_enable"), "sysctl net.core.bpf_jit_enable=1")")
        default: return nil
        }
    }

    private var openFilesReached: Explanation {
        let limit = openFiles?.soft.map { "the limit of \($0) open files of this process is reached (RLIMIT_NOFILE)" }
        return Explanation(
            .openFilesLimit,
            limit ?? "the limit of open files of this process is reached (RLIMIT_NOFILE)", DescriptorLimit.nextStep)
    }

    private func memoryReached(_ operation: BPFError.Operation) -> Explanation? {
        switch operation {
        case .createMap, .loadProgram, .loadTypes, .openRing, .mapRing, .mapElement, .attachProbe: break
        default: return nil
        }
        guard chargesMemoryCgroup || operation == .mapRing || operation == .openRing, let group = memoryCgroup else {
            return nil
        }
        let used = group.used.map { ", of which \(Self.size($0)) are in use" } ?? ""
        return Explanation(
            .memoryCgroupLimit,
            "the memory cgroup \(group.path) of this process may have \(Self.size(group.limit))\(used)",
            "\(.raiseLimit("memory.max"), "give it more"): MemoryMax= of the service, docker run --memory; or ask for less",
            isCertain: false)
    }

    private func noSuchCall(_ operation: BPFError.Operation) -> Explanation? {
        let (call, option): (String, String)
        switch operation {
        case .createMap, .openPin, .pin, .reuseMap, .mapElement, .info, .loadTypes, .loadProgram, .enableStatistics:
            (call, option) = ("bpf(2)", "CONFIG_BPF_SYSCALL")
        case .attachProbe, .openRing: (call, option) = ("perf_event_open(2)", "CONFIG_PERF_EVENTS")
        default: return nil
        }
        if hasSeccompFilter { return filtered("the call is kept from the kernel by") }
        return Explanation(
            .systemCallMissing,
            "this kernel is built without \(call)", "use a kernel with \(.useKernel([option]), option)",
            isCertain: false)
    }

    /// Before Linux 5.11 maps and programs count as locked memory, and rings do on every kernel.
    func lockedMemoryReached(_ operation: BPFError.Operation) -> Explanation? {
        guard let limit = lockedMemory?.soft else { return nil }
        switch operation {
        case .createMap, .loadProgram, .loadTypes:
            guard !chargesMemoryCgroup, !has(.sysResource) else { return nil }
            return Explanation(
                .memlockLimit,
                "this kernel counts maps and programs as locked memory, of which the process may have "
                    + "\(Self.size(limit)) (RLIMIT_MEMLOCK), and CAP_SYS_RESOURCE to raise that is missing",
                "\(.raiseLimit("RLIMIT_MEMLOCK"), "raise the limit"): ulimit -l unlimited as root, or LimitMEMLOCK=infinity of the service"
            )
        case .openRing:
            guard !has(.ipcLock) else { return nil }
            return Explanation(
                .memlockLimit,
                "a ring takes more locked memory than kernel.perf_event_mlock_kb and RLIMIT_MEMLOCK "
                    + "(\(Self.size(limit))) allow",
                "raise one: \(.raiseLimit("kernel.perf_event_mlock_kb"), "sysctl kernel.perf_event_mlock_kb=4096"), \(.raiseLimit("RLIMIT_MEMLOCK"), "ulimit -l"), or LimitMEMLOCK= of the service"
            )
        default: return nil
        }
    }

    private static func size(_ bytes: UInt64) -> String {
        let units: [(UInt64, String)] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        for (unit, name) in units where bytes >= unit { return "\(bytes / unit) \(name)" }
        return "\(bytes) bytes"
    }
}
