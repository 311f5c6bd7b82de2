// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// What a refusal to attach means: the numbers are those of `register_kprobe` and its callers.
enum AttachFailure {
    /// Whether tracefs may take what the PMU refused.
    ///
    /// Old PMUs know no names with a dot (`EINVAL`); a module's function has no name of its own there.
    static func mayWorkThroughTracefs(_ errno: Errno, _ probe: ResolvedProbe) -> Bool {
        switch errno {
        case .invalidArgument, .operationNotSupportedByDevice, .notSupported: true
        case .noSuchFileOrDirectory, .addressNotAvailable: probe.module != nil
        default: false
        }
    }

    /// Whether another place for the same call may do better than one that was refused.
    static func dependsOnPlace(_ errno: Errno) -> Bool {
        switch errno {
        case .invalidArgument, .notSupportedByKernel, .notSupported, .illegalByteSequence, .noSuchFileOrDirectory,
            .addressNotAvailable, .resourceBusy, .outOfRange:
            true
        default: false
        }
    }

    /// The kernel has neither of the ways.
    static func noWay(_ probe: ResolvedProbe, roots: KernelRoots) -> BPFError {
        let knowsTracefs = (try? KernelFile.text(roots.proc + "/filesystems"))?.contains("tracefs") ?? true
        let isMounted = Tracefs.find(roots: roots) != nil
        let lack =
            isMounted
            ? "tracefs has no kprobe_events" : knowsTracefs ? "tracefs is not mounted" : "the kernel has no tracefs"
        return BPFError(
            .attachProbe, .noKprobes, "cannot put a probe on \(probe): the kernel shows no way to make one",
            cause: "there is no kprobe PMU (\(roots.sys)/bus/event_source/devices/kprobe), and \(lack)",
            nextStep: knowsTracefs && !isMounted
                ? "mount tracefs: \(.mount("tracefs"), "mount -t tracefs tracefs \(roots.sys)/kernel/tracing")"
                : "use a kernel with "
                    + "\(.useKernel(["CONFIG_KPROBES", "CONFIG_PERF_EVENTS", "CONFIG_KPROBE_EVENTS"]), "CONFIG_KPROBES, CONFIG_PERF_EVENTS and CONFIG_KPROBE_EVENTS")"
        )
    }

    /// The kernel made no probe.
    static func refused(
        _ errno: Errno, _ probe: ResolvedProbe, by way: String, quote: [String] = [], tracefs: Tracefs?,
        roots: KernelRoots
    ) -> BPFError {
        let meaning = meaning(errno, probe, tracefs: tracefs, roots: roots)
        return BPFError(
            .attachProbe, meaning == nil ? .attachRefused : .probeRefused, errno: errno,
            "cannot put a \(probe.isReturn ? "return probe" : "probe") on \(probe): refused by \(way)",
            cause: meaning?.cause, details: quote.isEmpty ? [] : ["the kernel says:"] + quote,
            nextStep: meaning?.nextStep)
    }

    /// The probe is there, and the program did not get onto it.
    static func untied(_ errno: Errno, _ probe: ResolvedProbe) -> BPFError {
        let cause: String? =
            switch errno {
            case .invalidArgument:
                "the program is of another type than a kprobe's, or uses what this probe does not give"
            case .protocolError: "the program asks for call stacks, and the event does not give them"
            case .fileExists: "the program is attached to this probe already"
            case .argListTooLong: "64 programs are attached to this probe already, and the kernel takes no more"
            default: nil
            }
        return BPFError(
            .attachProbe, .attachRefused, errno: errno, "cannot attach the program to \(probe)", cause: cause)
    }

    private static func meaning(
        _ errno: Errno, _ probe: ResolvedProbe, tracefs: Tracefs?, roots: KernelRoots
    ) -> (cause: String, nextStep: Diagnostic.Hint?)? {
        switch errno {
        case .noSuchFileOrDirectory:
            return ("the function is not there any more, or its module is not loaded", nil)
        case .addressNotAvailable:
            return (
                "several functions have this name, and the kernel does not choose",
                "show it the addresses: run as root, with \(.setKernelParameter("kernel.kptr_restrict"), "sysctl kernel.kptr_restrict=1") or 0"
            )
        case .illegalByteSequence:
            return (
                "the offset is not the start of an instruction",
                "take an offset from a disassembly of the function, or leave it out"
            )
        case .outOfRange: return ("the offset lies beyond the end of the function", "take a smaller offset")
        case .resourceBusy:
            return FunctionUsers.words(of: probe.symbol, module: probe.module, roots: roots)
                ?? ("another user of the function keeps probes off, and the system does not tell which", nil)
        case .invalidArgument, .notSupportedByKernel, .notSupported:
            if probe.offset != 0 {
                return ("the offset is not the start of an instruction that takes a probe", "leave the offset out")
            }
            if isUntraced(probe.symbol, tracefs: tracefs) {
                return (
                    "available_filter_functions does not list it, so it is marked notrace or not there",
                    "probe a function that calls it"
                )
            }
            return ("the kernel takes no probe there", "probe a function that calls it")
        default: return nil
        }
    }

    /// Only a hint: most functions missing from the list take a probe all the same.
    private static func isUntraced(_ symbol: String, tracefs: Tracefs?) -> Bool {
        guard let tracefs,
            let list = try? KernelFile.bytes(tracefs.path + "/available_filter_functions", limit: 64 << 20)
        else { return false }
        let wanted = Array(symbol.utf8)
        return !list.split(separator: UInt8(ascii: "\n")).contains { line in
            line.count >= wanted.count && line.starts(with: wanted)
                && (line.count == wanted.count || line[line.startIndex + wanted.count] == UInt8(ascii: " "))
        }
    }
}

/// What a user is told of the way that was taken.
enum AttachNotes {
    static let ioctl = note("attached with PERF_EVENT_IOC_SET_BPF: this kernel has no bpf_link for perf events")
    static let clsact = note(
        "attached as a filter of the qdisc clsact: this kernel has no tcx; a loader that is killed leaves the filter, "
            + "and the next one removes it")
    static let maxActiveIgnored = Diagnostic(
        .maxactiveIgnored, .warning, stage: .attach, "maxactive is left to the kernel",
        cause: "it takes tracefs, which is not mounted")

    static func instead(of probe: ResolvedProbe, _ errno: Errno) -> Diagnostic {
        note("the kernel takes no probe on \(probe) (\(errno.name))")
    }

    static func tracefs(_ reason: String) -> Diagnostic { note("attached through tracefs: \(reason)") }

    private static func note(_ message: String) -> Diagnostic {
        Diagnostic(.probeOtherwise, .note, stage: .attach, message)
    }
}
