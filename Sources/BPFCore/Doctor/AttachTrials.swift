// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject

/// What the kernel says of each way to attach when it is asked to do it in a place that is nowhere.
///
/// Nothing is attached: a kernel that knows a way, and lets this process go it, says of the place that it is not there.
package struct AttachTrials: Sendable, Equatable {
    /// A way to attach, or to get events out.
    package enum Way: String, Sendable, CaseIterable {
        case kprobe
        case kprobeMulti = "kprobe.multi"
        case kprobeSession = "kprobe.session"
        case fentry
        case fentryMulti = "fentry.multi"
        case tracepoint
        case rawTracepoint = "raw_tp"
        case typedTracepoint = "tp_btf"
        case uprobe
        case uprobeMulti = "uprobe.multi"
        case lsm
        case iterator = "iter"
        case tcx
        case cookies
        case ringBuffer = "ringbuf"

        /// Where kernels have it from, in words.
        package var since: String {
            switch self {
            case .kprobe: "CONFIG_KPROBE_EVENTS"
            case .kprobeMulti: "Linux 5.18, with CONFIG_FPROBE"
            case .kprobeSession: "Linux 6.10, with CONFIG_FPROBE"
            case .fentry: "Linux 5.5, with CONFIG_DEBUG_INFO_BTF"
            case .fentryMulti: "Linux 7.2"
            case .tracepoint: "CONFIG_EVENT_TRACING"
            case .rawTracepoint: "Linux 4.17"
            case .typedTracepoint: "Linux 5.5, with CONFIG_DEBUG_INFO_BTF"
            case .uprobe: "CONFIG_UPROBE_EVENTS"
            case .uprobeMulti: "Linux 6.6"
            case .lsm: "Linux 5.7, with CONFIG_BPF_LSM"
            case .iterator: "Linux 5.8"
            case .tcx: "Linux 6.6"
            case .cookies: "Linux 5.15"
            case .ringBuffer: "Linux 5.8"
            }
        }
    }

    /// What came of it.
    package enum Outcome: Sendable, Equatable {
        /// The kernel does it.
        case works
        /// The kernel does not know it, or lacks what it takes, in words; nil is that it is too old.
        case absent(String?)
        /// The kernel answered this, of which the state of the machine may say the reason.
        case refused(BPFError.Operation, Errno)
        /// It was not tried, in words.
        case unknown(String)
    }

    /// The creation of a map.
    package var map = Outcome.works
    /// The load of a program for probes.
    package var program = Outcome.works
    /// The ways to attach; those that are not in it were not tried.
    package var ways: [Way: Outcome] = [:]

    /// Outcomes that are given.
    package init() {}

    /// Asks the kernel.
    ///
    /// - Parameter kernel: Only the machine's own can be asked.
    package static func run(on kernel: Kernel) -> AttachTrials {
        var trials = AttachTrials()
        do throws(BPFError) {
            _ = try Map.create(.init(type: .array, keySize: 4, valueSize: 4, maxEntries: 1, name: ""))
        } catch {
            trials.map = .refused(.createMap, error.errno ?? .invalidArgument)
        }
        trials.program = Trial.outcome(.loadProgram) { () throws(Errno) in _ = try Trial.load(.kprobe) }
        guard trials.map == .works, trials.program == .works else {
            for way in Way.allCases { trials.ways[way] = trials.map == .works ? trials.program : trials.map }
            return trials
        }
        let trial = Trial(kernel: kernel)
        for way in Way.allCases { trials.ways[way] = trial.outcome(of: way) }
        return trials
    }
}

/// How each way is tried.
private struct Trial {
    let kernel: Kernel

    typealias Outcome = AttachTrials.Outcome

    /// A name that no kernel has.
    private static let nowhere = "swift_bpf_nowhere"

    /// The end of a program: `r0 = 0; exit`.
    private static let code = [Instruction(code: 0xb7), Instruction(code: 0x95)]

    static func load(_ type: ProgramType, _ attachType: AttachType? = nil, id: UInt32 = 0) throws(Errno) -> Program {
        try Program.loadQuietly(
            Program.Attributes(
                type: type.rawValue, name: "", instructions: code, license: "GPL",
                kernelVersion: KernelVersion.running(KernelRoots()), expectedAttachType: attachType?.rawValue ?? 0,
                attachBTFID: id))
    }

    /// What came of a call.
    ///
    /// - Parameter nowhere: What the kernel answers if all but the place is right; nil is that the call succeeds.
    static func outcome(
        _ operation: BPFError.Operation, nowhere: Errno? = nil, _ body: () throws(Errno) -> Void
    ) -> Outcome {
        do throws(Errno) {
            try body()
            return .works
        } catch {
            return error == nowhere ? .works : .refused(operation, error)
        }
    }

    func outcome(of way: AttachTrials.Way) -> Outcome {
        switch way {
        case .kprobe: kprobe()
        case .uprobe: uprobe()
        case .tracepoint: tracepoint()
        case .rawTracepoint:
            Self.outcome(.attachProbe, nowhere: .noSuchFileOrDirectory) { () throws(Errno) in
                let program = try Self.load(.rawTracepoint)
                _ = try Links.openRawTracepoint(program: program.descriptor.rawValue, name: Self.nowhere)
            }
        case .fentry: typed(["bpf_fentry_test1", "vfs_read"], .tracing, .traceFentry)
        case .typedTracepoint: typed(["sched_switch"], .tracing, .traceRawTracepoint)
        case .lsm: typed(["bpf_lsm_file_open"], .lsm, .lsmMAC)
        case .iterator: typed(["bpf_iter_task", "bpf_iter_bpf_map"], .tracing, .traceIterator)
        case .kprobeMulti: feature(.multiProbes)
        case .kprobeSession: feature(.sessionProbes)
        case .fentryMulti: feature(.multiTracing)
        case .uprobeMulti: feature(.multiUserProbes)
        case .cookies: feature(.perfLinks)
        case .tcx: tcx()
        case .ringBuffer: ringBuffer()
        }
    }

    private func feature(_ feature: KernelFeatures.Feature) -> Outcome { kernel.has(feature) ? .works : .absent(nil) }

    private func kprobe() -> Outcome {
        guard let pmu = KprobePMU(roots: kernel.roots) else {
            guard let tracefs = Tracefs.find(roots: kernel.roots) else {
                return .absent("there is no kprobe PMU, and tracefs is not mounted")
            }
            return KernelFile.exists(tracefs.kprobeEvents)
                ? .unknown("there is no kprobe PMU, and probes are made through tracefs")
                : .absent("there is no kprobe PMU, and tracefs has no kprobe_events")
        }
        return Self.outcome(.attachProbe, nowhere: .noSuchFileOrDirectory) { () throws(Errno) in
            _ = try PerfEvents.openKprobe(
                type: pmu.type, config: 0, place: .symbol(Self.nowhere, offset: 0),
                cpu: OnlineCPU.first(roots: kernel.roots))
        }
    }

    private func uprobe() -> Outcome {
        guard let pmu = KprobePMU(roots: kernel.roots, source: "uprobe") else {
            return .absent("there is no uprobe PMU (CONFIG_UPROBE_EVENTS)")
        }
        return Self.outcome(.attachProbe, nowhere: .noSuchFileOrDirectory) { () throws(Errno) in
            _ = try PerfEvents.openUprobe(
                type: pmu.type, config: 0, path: "/" + Self.nowhere, offset: 0, process: nil,
                cpu: OnlineCPU.first(roots: kernel.roots))
        }
    }

    /// The kernel looks for the event before it looks at the rest.
    private func tracepoint() -> Outcome {
        switch TracingFiles(roots: kernel.roots) {
        case .unmounted: return .absent("tracefs is not mounted, which has the numbers of the events")
        case .closed: return .refused(.resolveProbe, .permissionDenied)
        case .open: break
        }
        let loaded = Self.outcome(.loadProgram) { () throws(Errno) in _ = try Self.load(.tracepoint) }
        guard loaded == .works else { return loaded }
        return Self.outcome(.attachProbe, nowhere: .invalidArgument) { () throws(Errno) in
            _ = try PerfEvents.openTracepoint(id: UInt64.max, cpu: OnlineCPU.first(roots: kernel.roots))
        }
    }

    /// Loads a program for the first of some names in the kernel's types.
    private func typed(_ names: [String], _ type: ProgramType, _ attachType: AttachType) -> Outcome {
        do throws(EnvironmentError) {
            for name in names {
                let found =
                    attachType == .traceRawTracepoint
                    ? try kernel.typedef(named: "btf_trace_" + name)
                    : try kernel.function(named: name, inModule: "vmlinux")
                guard let found else { continue }
                return Self.outcome(.loadProgram) { () throws(Errno) in
                    _ = try Self.load(type, attachType, id: found.id)
                }
            }
            return .absent("its types do not have \(names[0])")
        } catch {
            return .absent("this kernel shows no types (BTF)")
        }
    }

    /// No machine has a device of the highest number.
    private func tcx() -> Outcome {
        do throws(Errno) {
            let program = try Self.load(.schedClassifier, .tcxIngress)
            _ = try Links.create(
                program: program.descriptor.rawValue, target: UInt32(Int32.max), attachType: .tcxIngress)
            return .works
        } catch {
            if error == .operationNotSupportedByDevice { return .works }
            return error == .invalidArgument ? .absent(nil) : .refused(.attachProbe, error)
        }
    }

    private func ringBuffer() -> Outcome {
        do throws(BPFError) {
            _ = try Map.create(.init(type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: 1 << 16, name: ""))
            return .works
        } catch {
            return error.errno == .invalidArgument
                ? .absent(nil) : .refused(.createMap, error.errno ?? .invalidArgument)
        }
    }
}
