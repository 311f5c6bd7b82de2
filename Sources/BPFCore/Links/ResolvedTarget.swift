// SPDX-License-Identifier: Apache-2.0

package import BPFObject
package import Diagnostics

/// An attach target as the running kernel has it.
package struct ResolvedTarget: Sendable {
    /// What was asked for.
    package let target: AttachTarget
    /// What the user should know of the choice.
    package let notes: [Diagnostic]
    let place: any AttachPlace

    init(_ target: some AttachKind, at place: some AttachPlace, notes: [Diagnostic] = []) {
        self.target = AttachTarget(target)
        self.place = place
        self.notes = notes
    }

    /// Where the probe sits, for kprobes and system calls.
    package var probe: ResolvedProbe? { place.probe }

    /// The functions, for targets of many.
    package var functions: [String] { place.functions }

    /// What a program here is called for, whichever way it is attached; nil for samples, which each program has alone.
    ///
    /// Two programs with the same hook see each event both.
    package var hook: String? { place.hook }
}

extension ResolvedTarget: Equatable {
    /// Whether both are the same place, for the same target.
    package static func == (left: ResolvedTarget, right: ResolvedTarget) -> Bool {
        left.target == right.target && left.notes == right.notes && left.place.isEqual(to: right.place)
    }
}

extension ResolvedTarget: CustomStringConvertible {
    /// The target in the notation of section names; a probe by the function that it sits on.
    package var description: String { probe?.description ?? target.description }
}
