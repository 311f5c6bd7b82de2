// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import Diagnostics

/// An attach target as the running kernel has it; ``TargetResolver`` makes it.
public struct ResolvedTarget: Sendable, Equatable {
    enum Place: Sendable, Equatable {
        /// A function that takes a probe.
        case probe(ResolvedProbe)
        /// A trace event by its number.
        case event(id: UInt64)
        /// A tracepoint by its name.
        case rawTracepoint(String)
        /// What the program was loaded with.
        case tracing(TracingKind)
        /// Every CPU.
        case samples
    }

    /// What was asked for.
    public let target: AttachTarget
    /// What the user should know of the choice.
    public let notes: [Diagnostic]
    let place: Place

    init(_ target: AttachTarget, at place: Place, notes: [Diagnostic] = []) {
        self.target = target
        self.place = place
        self.notes = notes
    }

    /// Where the probe sits, for kprobes and system calls.
    public var probe: ResolvedProbe? { if case .probe(let probe) = place { probe } else { nil } }
}

extension ResolvedTarget: CustomStringConvertible {
    /// The target in the notation of section names; a probe by the function that it sits on.
    public var description: String { probe?.description ?? target.description }
}
