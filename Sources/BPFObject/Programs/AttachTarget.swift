// SPDX-License-Identifier: Apache-2.0

/// What a section's name asks to attach its program to.
public enum AttachTarget: Sendable, Equatable {
    /// Nothing that is attached here: the program loads, and its own tools attach it.
    case none
    /// A function of the kernel: `kprobe/NAME`, `kretprobe/NAME`.
    case kprobe(ProbeTarget)
    /// The handler of a system call, by the name of the call alone: `ksyscall/bpf`, `kretsyscall/bpf`.
    case syscall(String, isReturn: Bool)
    /// A trace event in tracefs: `tracepoint/sched/sched_process_exec`.
    case tracepoint(category: String, name: String)
    /// A tracepoint of the kernel: `raw_tp/sched_process_exec`.
    case rawTracepoint(String)
    /// A type or function of the kernel's BTF: `fentry/vfs_read`, `tp_btf/sched_switch`, `fexit/MODULE:NAME`.
    case tracing(TracingKind, module: String?, target: String)
    /// Samples of a clock or a counter: `perf_event`.
    case perfEvent
    /// The way is known and the place is not, as in `SEC("kprobe")`: it comes from the command line.
    case unnamed
    /// What stands behind the slash is no place.
    case invalid(AttachTargetError)

    /// Whether attaching takes no more than the program and this target.
    ///
    /// Iterators run when their link is read, and replacements belong to another program: both are left to their tools.
    public var isAttachable: Bool {
        switch self {
        case .kprobe, .syscall, .tracepoint, .rawTracepoint, .perfEvent: true
        case .tracing(let kind, _, _): kind.isAttachedAtOnce
        case .none, .unnamed, .invalid: false
        }
    }
}

extension AttachTarget: CustomStringConvertible {
    /// The target in the notation of section names, such as `tracepoint sched/sched_switch`.
    public var description: String {
        switch self {
        case .none: "nothing"
        case .kprobe(let probe): (probe.isReturn ? "kretprobe " : "kprobe ") + probe.description
        case .syscall(let name, let isReturn): (isReturn ? "kretsyscall " : "ksyscall ") + name
        case .tracepoint(let category, let name): "tracepoint \(category)/\(name)"
        case .rawTracepoint(let name): "raw tracepoint \(name)"
        case .tracing(let kind, let module, let target): "\(kind) " + (module.map { $0 + ":" } ?? "") + target
        case .perfEvent: "perf event"
        case .unnamed: "a target that is not named"
        case .invalid(let error): "\"\(error.text)\""
        }
    }
}

/// The ways of `BPF_PROG_TYPE_TRACING`, `BPF_PROG_TYPE_LSM` and `BPF_PROG_TYPE_EXT`, whose targets are found in BTF.
public enum TracingKind: String, Sendable, CaseIterable {
    /// A tracepoint with typed arguments (Linux 5.5).
    case rawTracepoint = "tp_btf"
    /// The entry of a function (Linux 5.5).
    case entry = "fentry"
    /// The return of a function, with its arguments (Linux 5.5).
    case exit = "fexit"
    /// The entry of a function that may be left out, with another return value (Linux 5.7).
    case modifyReturn = "fmod_ret"
    /// Entry and return of a function (Linux 7.0).
    case session = "fsession"
    /// A hook of the security modules (Linux 5.7).
    case lsm = "lsm"
    /// A hook of the security modules, for the processes of a cgroup (Linux 6.0).
    case lsmCgroup = "lsm_cgroup"
    /// An iterator over objects of the kernel (Linux 5.8).
    case iterator = "iter"
    /// A function of another program, which it stands in for (Linux 5.6).
    case replacement = "freplace"

    /// What the name of the type in the kernel's BTF has in front of the target.
    public var prefix: String {
        switch self {
        case .rawTracepoint: "btf_trace_"
        case .lsm, .lsmCgroup: "bpf_lsm_"
        case .iterator: "bpf_iter_"
        case .entry, .exit, .modifyReturn, .session, .replacement: ""
        }
    }

    /// The `expected_attach_type` of its programs; nil is none.
    public var attachType: AttachType? {
        switch self {
        case .rawTracepoint: .traceRawTracepoint
        case .entry: .traceFentry
        case .exit: .traceFexit
        case .modifyReturn: .modifyReturn
        case .session: .traceFsession
        case .lsm: .lsmMAC
        case .lsmCgroup: .lsmCgroup
        case .iterator: .traceIterator
        case .replacement: nil
        }
    }

    /// Whether the type is a typedef (`BTF_KIND_TYPEDEF`); otherwise it is a function (`BTF_KIND_FUNC`).
    public var isTypedef: Bool { self == .rawTracepoint }

    /// Whether the type is one of the kernel or of a module, and not of another program.
    public var isInKernel: Bool { self != .replacement }

    var isAttachedAtOnce: Bool {
        switch self {
        case .rawTracepoint, .entry, .exit, .modifyReturn, .session, .lsm: true
        case .lsmCgroup, .iterator, .replacement: false
        }
    }
}

extension TracingKind: CustomStringConvertible {
    /// The name as in sections, such as `fentry`.
    public var description: String { rawValue }
}
