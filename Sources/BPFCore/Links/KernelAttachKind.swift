// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// A kind of target that programs are attached to here: the kernel half of a way to attach.
///
/// Each kind has a file in Kinds/ and a line in ``KernelAttachKinds``, and nothing else in this module knows it.
protocol KernelAttachKind: AttachKind {
    /// Finds the target in the running kernel.
    ///
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/resolveProbe`` with what is missing and what is near.
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget

    /// Finds all places that the target means.
    func resolveAll(_ kernel: inout TargetResolver) throws(BPFError) -> [ResolvedTarget]

    /// Why the kernel, or its BTF, does not have the target, with the near names.
    func missing(_ kernel: inout TargetResolver) -> BPFError

    /// Looks for a target that is no part of the kernel (a device, a control group, a file), without bpf(2).
    ///
    /// - Returns: False if the target is of another sort, or cannot be looked for in that way.
    /// - Throws: What ``resolve(_:)`` throws of a target that is not there.
    func isThere(_ kernel: TargetResolver) throws(BPFError) -> Bool

    /// What keeps the kernel from calling programs of this kind on this machine, although they are attached.
    func doubts(_ roots: KernelRoots) -> [Diagnostic]
}

extension KernelAttachKind {
    func resolveAll(_ kernel: inout TargetResolver) throws(BPFError) -> [ResolvedTarget] { [try resolve(&kernel)] }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        BPFError(.resolveProbe, .noSuchTarget, "there is nothing to attach to: \(self)")
    }

    func isThere(_ kernel: TargetResolver) throws(BPFError) -> Bool { false }

    func doubts(_ roots: KernelRoots) -> [Diagnostic] { [] }

    /// The target, if it is one of this kind.
    static func target(_ target: AttachTarget) -> (any KernelAttachKind)? { target.value as? Self }
}

/// A target as one kernel has it: where a program goes.
protocol AttachPlace: Sendable, Equatable {
    /// Attaches a program.
    ///
    /// - Parameters:
    ///   - program: Its descriptor, borrowed for the call.
    ///   - target: What this place is of, for the link and for messages.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/attachProbe``; whatever was made is gone again.
    func attach(_ program: Int32, at target: ResolvedTarget, _ options: AttachOptions) throws(BPFError) -> Link

    /// What a program here is called for, whichever way it is attached; nil if each program has the place alone.
    var hook: String? { get }

    /// The probe, of places that take one.
    var probe: ResolvedProbe? { get }

    /// The functions that it is, if it is many.
    var functions: [String] { get }

    /// Where in a program or library it is, if it is of user space.
    var userPlaces: UserPlaceFacts? { get }

    /// What a program must be loaded for to be attached here, where that is not what its section says; 0 is nothing.
    var attachTypeOfLoad: AttachType? { get }

    /// The function of whose copies it is to be known whether there are any; nil for none.
    var copiedSymbol: String? { get }

    /// Calls that a program here does not see, which takes long to find out.
    ///
    /// - Parameters:
    ///   - roots: Where /proc and /sys are.
    ///   - symbols: Those of ``copiedSymbol`` and its variants; nil if they cannot be read.
    func unseenCalls(_ roots: KernelRoots, _ symbols: KernelSymbols?) -> [Diagnostic]
}

extension AttachPlace {
    var hook: String? { nil }
    var probe: ResolvedProbe? { nil }
    var functions: [String] { [] }
    var userPlaces: UserPlaceFacts? { nil }
    var attachTypeOfLoad: AttachType? { nil }
    var copiedSymbol: String? { nil }
    func unseenCalls(_ roots: KernelRoots, _ symbols: KernelSymbols?) -> [Diagnostic] { [] }

    func isEqual(to other: any AttachPlace) -> Bool { (other as? Self) == self }
}

/// The kinds of targets that programs are attached to here.
enum KernelAttachKinds {
    /// Every kind; those that ``SectionKinds`` has beside them are attached by other means.
    static let all: [any KernelAttachKind.Type] = [
        Kprobe.self, SystemCall.self, TraceEvent.self, RawTracepoint.self, PerfEventSamples.self, TracedFunction.self,
        TypedTracepoint.self, SecurityHook.self, KernelIterator.self, UserProbe.self, UserTracepoint.self,
        XDP.self, TrafficControl.self, Netkit.self, CgroupPrograms.self, SocketLookup.self, FlowDissector.self,
        NetfilterHook.self, SocketMapPrograms.self,
        MultiKprobes.self, MultiTracedFunctions.self, CgroupSecurityHook.self, Replacement.self, StructOps.self,
    ]

    /// The target as the kind that it is of; nil if programs of that kind are not attached here.
    static func find(_ target: AttachTarget) -> (any KernelAttachKind)? {
        for kind in all {
            if let found = kind.target(target) { return found }
        }
        return nil
    }
}
