// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
public import SystemPackage

extension PermissionFacts {
    /// Why the kernel did not permit an operation, and the command that would work.
    ///
    /// - Parameters:
    ///   - operation: What was tried.
    ///   - errno: What the kernel answered.
    /// - Returns: nil for any other errno than `EPERM` and `EACCES`, and where these facts explain nothing.
    public func explain(_ operation: BPFError.Operation, _ errno: Errno) -> (cause: String, nextStep: String)? {
        guard errno == .notPermitted || errno == .permissionDenied else { return nil }
        if let locked = lockedDown(operation) { return locked }
        let needed = needed(for: operation)
        let missing = needed.filter { !has($0) && !has(.sysAdmin) }
        if isInUserNamespace, !needed.isEmpty {
            return (
                "this process runs in a user namespace, where even root lacks the machine's \(list(needed))",
                "run it outside of the container, or in a privileged one"
            )
        }
        if !missing.isEmpty {
            return (lack(of: missing, operation), grant(needed, operation))
        }
        if isParanoid(operation), !has(.sysAdmin) {
            return (
                "kernel.perf_event_paranoid is \(perfEventParanoid ?? 0) here, which asks for CAP_SYS_ADMIN "
                    + "even with CAP_PERFMON",
                "sysctl kernel.perf_event_paranoid=2, or sudo \(command) ..."
            )
        }
        if opensFilesOfRoot(operation), errno == .permissionDenied, !has(.dacOverride) {
            return ("the file is root's, and CAP_DAC_OVERRIDE is missing", "sudo \(command) ...")
        }
        return isFile(operation) ? nil : refusedByOthers
    }

    /// Operations on files and mappings can be refused for the sake of the file, which the caller knows more about.
    private func isFile(_ operation: BPFError.Operation) -> Bool {
        switch operation {
        case .openPin, .pin, .unpin, .reuseMap, .mapRing, .readKernelFile, .resolveProbe, .detachProbe: true
        default: false
        }
    }

    private func lockedDown(_ operation: BPFError.Operation) -> (cause: String, nextStep: String)? {
        guard lockdown == .confidentiality else { return nil }
        switch operation {
        case .attachProbe, .detachProbe, .resolveProbe, .loadProgram, .openRing:
            return (
                "the kernel is locked down (confidentiality), which forbids probes to everybody, root too",
                "boot with lockdown=integrity or without lockdown; Secure Boot may set it"
            )
        default: return nil
        }
    }

    /// The capabilities that are asked for, those before Linux 5.8 included.
    private func needed(for operation: BPFError.Operation) -> [Capability] {
        let bpf: Capability = lastCapability >= Capability.bpf.rawValue ? .bpf : .sysAdmin
        let perfmon: Capability = lastCapability >= Capability.perfmon.rawValue ? .perfmon : .sysAdmin
        switch operation {
        case .createMap, .loadTypes: return [bpf]
        case .loadProgram: return bpf == perfmon ? [bpf] : [bpf, perfmon]
        case .attachProbe, .openRing: return [perfmon]
        // Without the setting these are open to everybody who may open the file.
        case .openPin, .pin, .reuseMap, .mapElement, .info: return (unprivilegedBPFDisabled ?? 0) == 0 ? [] : [bpf]
        case .enableStatistics: return [.sysAdmin]
        case .dropPrivilege: return [.setUID, .setGID]
        case .unpin, .resolveProbe, .detachProbe, .mapRing, .drainRing, .readKernelFile: return []
        }
    }

    private func isParanoid(_ operation: BPFError.Operation) -> Bool {
        // Level 3 and above is a patch of Debian, Ubuntu and Android; mainline ends at 2.
        (operation == .attachProbe || operation == .openRing) && (perfEventParanoid ?? 0) >= 3
    }

    /// Operations that go through files of tracefs, debugfs or bpffs, which are closed to all but root.
    private func opensFilesOfRoot(_ operation: BPFError.Operation) -> Bool {
        switch operation {
        case .attachProbe, .detachProbe, .readKernelFile, .unpin: true
        default: false
        }
    }

    private func lack(of missing: [Capability], _ operation: BPFError.Operation) -> String {
        var text = "\(list(missing)) \(missing.count == 1 ? "is" : "are") missing"
        if lastCapability < Capability.bpf.rawValue, missing.contains(.sysAdmin) {
            text += " (this kernel is older than CAP_BPF and CAP_PERFMON)"
        }
        if missing.contains(.bpf), let setting = unprivilegedBPFDisabled, setting != 0 {
            text += ", and kernel.unprivileged_bpf_disabled=\(setting) forbids bpf(2) without it"
        }
        if isParanoid(operation) {
            text += ", and kernel.perf_event_paranoid=\(perfEventParanoid ?? 0) asks for CAP_SYS_ADMIN even with it"
        }
        return text
    }

    private func grant(_ needed: [Capability], _ operation: BPFError.Operation) -> String {
        if effectiveUser == 0 {
            return "root lacks it here, as in a container: add it there, such as "
                + "docker run \(needed.map { "--cap-add=" + $0.name.dropFirst(4) }.joined(separator: " ")) ..."
        }
        var text = "sudo \(command) ..."
        if lastCapability >= Capability.bpf.rawValue, let executable, operation != .dropPrivilege,
            !needed.contains(.sysAdmin)
        {
            text += ", or once: sudo setcap cap_bpf,cap_perfmon+ep \(executable)"
            if (perfEventParanoid ?? 0) >= 3 { text += " && sudo sysctl kernel.perf_event_paranoid=2" }
        }
        return text
    }

    private var refusedByOthers: (cause: String, nextStep: String)? {
        if hasSeccompFilter {
            return (
                "the capabilities are there, so it is the seccomp filter of this process, as containers have it",
                "let it through, such as docker run --security-opt seccomp=unconfined ..."
            )
        }
        let modules = securityModules.filter { ["selinux", "apparmor", "smack", "tomoyo", "bpf"].contains($0) }
        guard !modules.isEmpty else { return nil }
        return (
            "the capabilities are there, so a security module may have refused it: \(modules.joined(separator: ", "))",
            "look for the refusal: dmesg, or ausearch -m avc"
        )
    }

    private func list(_ capabilities: [Capability]) -> String {
        capabilities.map(\.name).joined(separator: " and ")
    }
}

extension BPFError {
    /// The error with the missing capability or the setting that forbids it as its cause, if that explains it.
    ///
    /// What the error said before as its cause stays in the details.
    ///
    /// - Parameter facts: Read only if there is a refusal to explain.
    public func explained(by facts: @autoclosure () -> PermissionFacts = .read()) -> BPFError {
        guard let errno, errno == .notPermitted || errno == .permissionDenied,
            let (cause, nextStep) = facts().explain(operation, errno)
        else { return self }
        var error = self
        let named = "\(errno.name): \(cause)"
        guard diagnostic.cause != named else { return self }
        if let before = diagnostic.cause, before != errno.described { error.diagnostic.details.insert(before, at: 0) }
        error.diagnostic.cause = named
        error.diagnostic.nextStep = nextStep
        error.diagnostic.exitStatus = .notPermitted
        return error
    }
}
