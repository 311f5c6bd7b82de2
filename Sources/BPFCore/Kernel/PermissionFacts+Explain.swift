// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
package import Diagnostics

/// What is behind a refusal of the kernel, as the state of the machine tells it.
package struct Explanation: Sendable, Equatable {
    /// Why it was refused.
    package var cause: String
    /// What the user can do.
    package var hint: Diagnostic.Hint
    /// What it is, as a word for programs.
    package var code: Diagnostic.Code
    /// Whether nothing else can be the cause; otherwise whoever made the call may know a better one.
    package var isCertain: Bool

    init(_ code: Diagnostic.Code, _ cause: String, _ hint: Diagnostic.Hint, isCertain: Bool = true) {
        self.cause = cause
        self.hint = hint
        self.code = code
        self.isCertain = isCertain
    }

    /// What the user can do, in words.
    package var nextStep: String { hint.text() }
}

extension PermissionFacts {
    /// What in the state of the machine made the kernel refuse an operation, and what would work.
    ///
    /// - Parameters:
    ///   - operation: What was tried.
    ///   - errno: What the kernel answered.
    ///   - capabilities: What the call asks for; nil is what the operation does.
    /// - Returns: nil where these facts explain nothing.
    package func explain(
        _ operation: BPFError.Operation, _ errno: Errno, needing capabilities: [Capability]? = nil
    ) -> Explanation? {
        switch errno {
        case .notPermitted, .permissionDenied: explainPermission(operation, errno, capabilities)
        case .noFunction, .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .notSupportedByKernel:
            explainLimit(operation, errno)
        case .resourceBusy, .operationNotSupportedByDevice, .invalidArgument:
            // Hooks of the network are no matter of ftrace and kprobes.
            capabilities?.contains(.netAdmin) == true ? nil : explainTracing(operation, errno)
        default: nil
        }
    }

    /// The refusals that ``explain(_:_:)`` may have something to say of.
    static func mayExplain(_ errno: Errno) -> Bool {
        switch errno {
        case .notPermitted, .permissionDenied, .noFunction, .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory,
            .notSupportedByKernel, .resourceBusy, .operationNotSupportedByDevice, .invalidArgument:
            true
        default: false
        }
    }

    /// What is switched off, so that nothing can be attached.
    private func explainTracing(_ operation: BPFError.Operation, _ errno: Errno) -> Explanation? {
        guard operation == .attachProbe else { return nil }
        // EINVAL has other causes too, which whoever made the call may know.
        let isCertain = errno != .invalidArgument
        if ftraceHasFailed, errno == .operationNotSupportedByDevice {
            return Explanation(
                .ftraceDisabled,
                "the function tracer of this kernel has switched itself off after an error, of which the kernel's log tells",
                "see what it was: dmesg; and start the machine again")
        }
        if ftraceEnabled == 0 {
            return Explanation(
                .ftraceDisabled,
                "kernel.ftrace_enabled is 0, and it is ftrace that calls programs on the entry of functions",
                "\(.setKernelParameter("kernel.ftrace_enabled"), "sysctl kernel.ftrace_enabled=1")",
                isCertain: isCertain)
        }
        guard var off = kprobesOff else { return nil }
        off.isCertain = isCertain
        return off
    }

    /// That all kprobes are switched off; nil if they are not.
    var kprobesOff: Explanation? {
        guard kprobesEnabled == 0 else { return nil }
        return Explanation(
            .kprobesDisabled, "all kprobes of the machine are switched off (kprobes/enabled of debugfs is 0)",
            "echo 1 > /sys/kernel/debug/kprobes/enabled")
    }

    private func explainPermission(
        _ operation: BPFError.Operation, _ errno: Errno, _ capabilities: [Capability]?
    ) -> Explanation? {
        let isOfNetwork = capabilities?.contains(.netAdmin) == true
        if !isOfNetwork, let locked = lockedDown(operation) { return locked }
        let needed = capabilities.map(asThisKernelHasThem) ?? needed(for: operation)
        // CAP_SYS_ADMIN stands for what was split off from it, and for CAP_NET_ADMIN where programs are loaded.
        let missing = needed.filter { !has($0) && !(has(.sysAdmin) && ($0 != .netAdmin || operation == .loadProgram)) }
        if isInUserNamespace, !needed.isEmpty {
            return Explanation(
                .userNamespace,
                "this process runs in a user namespace, where even root lacks the machine's \(list(needed))",
                "run it outside of the container, or in a privileged one")
        }
        if !missing.isEmpty {
            return Explanation(.capabilityMissing, lack(of: missing, operation), grant(needed, operation))
        }
        if isOfNetwork {
            // bpf(2) was let through until here; whoever made the call may know more.
            guard errno == .notPermitted, var others = refusedByOthers else { return nil }
            others.isCertain = false
            return others
        }
        if isParanoid(operation), !has(.sysAdmin) {
            return Explanation(
                .perfEventParanoid,
                "kernel.perf_event_paranoid is \(perfEventParanoid ?? 0) here, which asks for CAP_SYS_ADMIN "
                    + "even with CAP_PERFMON",
                "\(.setKernelParameter("kernel.perf_event_paranoid"), "sysctl kernel.perf_event_paranoid=2"), or sudo \(command) ..."
            )
        }
        if let closed = closedTracing(operation), errno == .permissionDenied, !has(.dacOverride) {
            return Explanation(
                .tracingFilesClosed,
                "the tracing files in \(closed) are closed to this user",
                "sudo \(command) ..., or open them to a group: sudo mount -o remount,gid=GROUP,mode=750 \(closed)")
        }
        if opensFilesOfRoot(operation), errno == .permissionDenied, !has(.dacOverride) {
            return Explanation(
                .capabilityMissing, "the file is root's, and CAP_DAC_OVERRIDE is missing", "sudo \(command) ...")
        }
        if errno == .notPermitted, let locked = lockedMemoryReached(operation) { return locked }
        return isFile(operation) ? nil : refusedByOthers
    }

    /// Where tracefs is, if the operation reads its files and this user may not.
    private func closedTracing(_ operation: BPFError.Operation) -> String? {
        guard operation == .resolveProbe || operation == .attachProbe, case .closed(let path) = tracing else {
            return nil
        }
        return path
    }

    /// Operations on files and mappings can be refused for the sake of the file, which the caller knows more about.
    private func isFile(_ operation: BPFError.Operation) -> Bool {
        switch operation {
        case .openPin, .pin, .unpin, .reuseMap, .mapRing, .readKernelFile, .resolveProbe, .detachProbe, .drainRing: true
        default: false
        }
    }

    private func lockedDown(_ operation: BPFError.Operation) -> Explanation? {
        guard lockdown == .confidentiality else { return nil }
        switch operation {
        case .attachProbe, .detachProbe, .resolveProbe, .loadProgram, .openRing:
            return Explanation(
                .lockdown,
                "the kernel is locked down (confidentiality), which forbids probes to everybody, root too",
                "boot with lockdown=integrity or without lockdown; Secure Boot may set it")
        default: return nil
        }
    }

    /// The capabilities that are asked for, those before Linux 5.8 included.
    private func needed(for operation: BPFError.Operation) -> [Capability] {
        let bpf: Capability = lastCapability >= Capability.bpf.rawValue ? .bpf : .sysAdmin
        let perfmon: Capability = lastCapability >= Capability.perfmon.rawValue ? .perfmon : .sysAdmin
        switch operation {
        case .createMap, .loadTypes: return [bpf]
        // A place is looked for by who then loads a program for it.
        case .loadProgram, .testRun, .resolveProbe: return bpf == perfmon ? [bpf] : [bpf, perfmon]
        case .attachProbe, .openRing, .updateLink: return [perfmon]
        // Without the setting these are open to everybody who may open the file.
        case .openPin, .pin, .reuseMap, .mapElement, .info: return (unprivilegedBPFDisabled ?? 0) == 0 ? [] : [bpf]
        case .enableStatistics: return [.sysAdmin]
        case .dropPrivilege: return [.setUID, .setGID]
        case .unpin, .detachProbe, .mapRing, .drainRing, .readKernelFile, .readObject, .readLink: return []
        }
    }

    /// What loading a program of a type asks for; nil is what tracing does.
    static func capabilities(toLoad type: ProgramType) -> [Capability]? {
        switch type {
        case .schedClassifier, .schedAction, .xdp, .lightweightTunnelIn, .lightweightTunnelOut,
            .lightweightTunnelTransmit, .lightweightTunnelSegment6, .socketStream, .socketMessage, .infraredMode2,
            .flowDissector, .cgroupDevice, .cgroupSocket, .cgroupSocketAddress, .cgroupSocketOption, .cgroupSysctl,
            .socketOperations, .netfilter:
            [.bpf, .netAdmin]
        // Attaching them asks for CAP_NET_ADMIN, or their user has the socket.
        case .socketFilter, .cgroupSocketBuffer, .socketReuseport, .socketLookup, .syscall: [.bpf]
        // They may stand in for a function of any program.
        case .programExtension: [.bpf, .perfmon, .netAdmin]
        default: nil
        }
    }

    /// What creating a map of a type asks for; nil is what most do.
    static func capabilities(toCreate type: MapType) -> [Capability]? {
        type.isOfNetwork ? [.bpf, .netAdmin] : nil
    }

    /// Capabilities, with `CAP_SYS_ADMIN` in place of those that this kernel does not know.
    private func asThisKernelHasThem(_ capabilities: [Capability]) -> [Capability] {
        capabilities.reduce(into: []) { list, wanted in
            let capability = lastCapability >= wanted.rawValue ? wanted : .sysAdmin
            if !list.contains(capability) { list.append(capability) }
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
        guard !missing.contains(.netAdmin) else { return text }
        if isParanoid(operation) {
            text += ", and kernel.perf_event_paranoid=\(perfEventParanoid ?? 0) asks for CAP_SYS_ADMIN even with it"
        }
        if let closed = closedTracing(operation), !has(.dacOverride) {
            text += ", and the tracing files in \(closed) are closed to this user"
        }
        return text
    }

    private func grant(_ needed: [Capability], _ operation: BPFError.Operation) -> Diagnostic.Hint {
        let gain = Diagnostic.Hint.Action.gainCapabilities(needed.map(\.name))
        if effectiveUser == 0 {
            let options = needed.map { "--cap-add=" + $0.name.dropFirst(4) }.joined(separator: " ")
            return "root lacks it here, as in a container: \(gain, "add it there"), such as docker run \(options) ..."
        }
        var text = ""
        if lastCapability >= Capability.bpf.rawValue, let executable, operation != .dropPrivilege,
            !needed.contains(.sysAdmin)
        {
            let names = needed.contains(.netAdmin) ? "cap_bpf,cap_perfmon,cap_net_admin" : "cap_bpf,cap_perfmon"
            text += ", or once: sudo setcap \(names)+ep \(executable)"
            guard !needed.contains(.netAdmin) else { return "\(gain, "sudo \(command) ...")\(text)" }
            if (perfEventParanoid ?? 0) >= 3 { text += " && sudo sysctl kernel.perf_event_paranoid=2" }
            if let closed = closedTracing(operation) {
                text += " && sudo mount -o remount,gid=GROUP,mode=750 \(closed)"
            }
        }
        return "\(gain, "sudo \(command) ...")\(text)"
    }

    private var refusedByOthers: Explanation? {
        if hasSeccompFilter { return filtered("the capabilities are there, so it is") }
        let modules = securityModules.filter { ["selinux", "apparmor", "smack", "tomoyo", "bpf"].contains($0) }
        guard !modules.isEmpty else { return nil }
        return Explanation(
            .securityModule,
            "the capabilities are there, so a security module may have refused it: \(modules.joined(separator: ", "))",
            "look for the refusal: dmesg, or ausearch -m avc", isCertain: false)
    }

    func filtered(_ reason: String) -> Explanation {
        Explanation(
            .seccompFilter,
            "\(reason) the seccomp filter of this process, as containers and services have it",
            "let bpf and perf_event_open through: docker run --security-opt seccomp=unconfined ..., or SystemCallFilter= "
                + "of the service")
    }

    private func list(_ capabilities: [Capability]) -> String {
        capabilities.map(\.name).joined(separator: " and ")
    }
}

/// An error that the state of the machine may explain better than the errno does.
package protocol MachineError: DiagnosticError {
    /// The error with what the state of the machine says of it.
    func explained() -> Self
}

extension BPFError: MachineError {
    /// The error with the missing capability, the setting or the limit behind it as its cause.
    package func explained() -> BPFError { explained(by: .read()) }

    /// The error with the missing capability, the setting or the limit behind it as its cause, if that explains it.
    ///
    /// What the error said before as its cause stays in the details.
    ///
    /// - Parameter facts: Read only if there is a refusal to explain.
    package func explained(by facts: @autoclosure () -> PermissionFacts) -> BPFError {
        guard verifierLog == nil, let errno, PermissionFacts.mayExplain(errno), !isKnownOtherwise(errno),
            let explanation = facts().explain(operation, errno, needing: capabilities)
        else { return self }
        let before = diagnostic.cause.flatMap { $0 == errno.described ? nil : $0 }
        guard explanation.isCertain || before == nil else { return self }
        var error = self
        let named = "\(errno.name): \(explanation.cause)"
        guard diagnostic.cause != named else { return self }
        if let before { error.diagnostic.details.insert(before, at: 0) }
        error.diagnostic.cause = named
        error.diagnostic.hint = explanation.hint
        error.diagnostic.code = explanation.code
        return error
    }

    /// Whether it is no matter of permission, although the errno says so: who made the call gave it another code.
    private func isKnownOtherwise(_ errno: Errno) -> Bool {
        (errno == .notPermitted || errno == .permissionDenied) && code != .notPermitted
    }
}
