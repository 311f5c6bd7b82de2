// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import Diagnostics

/// An attach target as the running kernel has it.
public struct ResolvedTarget: Sendable {
    /// What was asked for.
    public let target: AttachTarget
    /// What the user should know of the choice.
    public let notes: [Diagnostic]
    let place: any AttachPlace

    init(_ target: some AttachKind, at place: some AttachPlace, notes: [Diagnostic] = []) {
        self.init(target: AttachTarget(target), place: place, notes: notes)
    }

    private init(target: AttachTarget, place: any AttachPlace, notes: [Diagnostic]) {
        self.target = target
        self.place = place
        self.notes = notes
    }

    /// The same with one more note, in front of the others.
    func adding(_ note: Diagnostic) -> ResolvedTarget {
        ResolvedTarget(target: target, place: place, notes: [note] + notes)
    }

    /// Where the probe sits, for kprobes and system calls.
    package var probe: ResolvedProbe? { place.probe }

    /// The functions, for targets of many.
    public var functions: [String] { place.functions }

    /// What a program here is called for, whichever way it is attached; nil for samples, which each program has alone.
    ///
    /// Two programs with the same hook see each event both.
    package var hook: String? { place.hook }
}

extension ResolvedTarget: Equatable {
    /// Whether both are the same place, for the same target.
    public static func == (left: ResolvedTarget, right: ResolvedTarget) -> Bool {
        left.target == right.target && left.notes == right.notes && left.place.isEqual(to: right.place)
    }
}

extension ResolvedTarget: CustomStringConvertible {
    /// The target in the notation of section names; a probe by the function that it sits on.
    public var description: String { probe?.description ?? target.description }
}
