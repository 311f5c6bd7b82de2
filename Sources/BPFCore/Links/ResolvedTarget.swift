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
    package var functions: [String] { place.functions }

    /// Where in a program or library it is, for targets of user space.
    package var userPlaces: UserPlaceFacts? { place.userPlaces }

    /// What a program here is called for, whichever way it is attached; nil for samples, which each program has alone.
    ///
    /// Two programs with the same hook see each event both.
    package var hook: String? { place.hook }
}

/// Places of a program or library, for reports.
package struct UserPlaceFacts: Sendable, Equatable {
    /// A place.
    package struct Place: Sendable, Equatable {
        /// Where in the file the probe is.
        package let offset: UInt64
        /// The function or the tracepoint, as the file has it; nil of a bare offset.
        package let name: String?
    }

    /// The path of the file that was found.
    package let file: String
    /// The places.
    package let places: [Place]

    init(file: String, spots: [UserSpot]) {
        self.file = file
        places = spots.map { Place(offset: $0.offset, name: $0.name) }
    }
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
