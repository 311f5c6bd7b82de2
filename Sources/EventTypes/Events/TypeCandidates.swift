// SPDX-License-Identifier: Apache-2.0

/// Types that debug information offers for the events of one place of the code.
struct TypeCandidates {
    /// A type, by its entry.
    struct Candidate {
        let type: Int
        /// What makes it the same as another: a named structure is the same in every unit.
        let identity: String
        /// Whether it is a structure or a union; others only stand in the way.
        let isComposite: Bool
        var place = DWARF.Variable.Place.somewhere
    }

    /// A type of variables at a place.
    private struct PlacedType: Hashable {
        let type: Int
        let place: DWARF.Variable.Place
    }

    private(set) var all: [Candidate] = []
    /// What became of types that were asked about.
    private var known: [Int: Candidate?] = [:]
    private var places: Set<PlacedType> = []

    /// Variables of which one is the event itself.
    static func values(_ variables: [DWARF.Variable], size: Int?, _ dwarf: DWARF) -> TypeCandidates {
        var candidates = TypeCandidates()
        for variable in variables where variable.place != .global {
            candidates.add(variable.type, variable.place, size, dwarf)
        }
        // A scalar that is in registers only is no event; of a structure it may be that nobody tells its place.
        candidates.all.removeAll { !$0.isComposite && $0.place == .register }
        return candidates
    }

    /// Variables of which one points to the event.
    static func targets(_ variables: [DWARF.Variable], size: Int?, _ dwarf: DWARF) -> TypeCandidates {
        var candidates = TypeCandidates()
        for variable in variables {
            guard let target = target(of: variable, dwarf) else { continue }
            candidates.add(target, .somewhere, size, dwarf)
        }
        return candidates
    }

    /// Variables of which one is a structure that is larger than what is sent of it.
    static func largerValues(_ variables: [DWARF.Variable], than size: Int, _ dwarf: DWARF) -> TypeCandidates {
        var candidates = TypeCandidates()
        for variable in variables where variable.place != .global {
            candidates.add(variable.type, variable.place, size, dwarf, isHead: true)
        }
        return candidates
    }

    /// Variables of which one points to a structure that is larger than what is sent of it.
    static func largerTargets(_ variables: [DWARF.Variable], than size: Int, _ dwarf: DWARF) -> TypeCandidates {
        var candidates = TypeCandidates()
        for variable in variables {
            guard let target = target(of: variable, dwarf) else { continue }
            candidates.add(target, .somewhere, size, dwarf, isHead: true)
        }
        return candidates
    }

    /// What a variable points to; nil if it is no pointer.
    private static func target(of variable: DWARF.Variable, _ dwarf: DWARF) -> Int? {
        guard let pointer = dwarf.resolved(variable.type), dwarf.entries[pointer].tag == DW.Tag.pointerType else {
            return nil
        }
        return dwarf.resolved(dwarf.type(of: pointer), keepingTypedefs: true)
    }

    /// What a candidate counts for, as attributes that are looked at.
    private static let stepsOfCandidate = 2_048

    private mutating func add(
        _ type: Int, _ place: DWARF.Variable.Place, _ size: Int?, _ dwarf: DWARF, isHead: Bool = false
    ) {
        // Many variables have few types.
        let seen = known[type]
        let candidate = seen ?? Self.candidate(type, size, dwarf, isHead: isHead)
        if seen == nil { known[type] = .some(candidate) }
        guard var candidate else { return }
        candidate.place = place
        if places.insert(PlacedType(type: type, place: place)).inserted { all.append(candidate) }
    }

    /// A type as a candidate; nil if no event of the size is of it.
    ///
    /// - Parameter isHead: Whether only structures are meant that are larger than the size.
    private static func candidate(_ type: Int, _ size: Int?, _ dwarf: DWARF, isHead: Bool) -> Candidate? {
        guard let end = dwarf.resolved(type), let own = dwarf.size(of: end) else { return nil }
        if isHead {
            guard own > size ?? 0, dwarf.isComposite(end) else { return nil }
        } else if let size {
            guard own == size else { return nil }
        } else {
            // The kernel's own tracepoints end so too, and are no events.
            guard dwarf.endsInVaryingArray(end), !dwarf.name(of: end).hasPrefix("trace_event_raw_") else { return nil }
        }
        // A structure's own name is the better one.
        let root = dwarf.name(of: end).isEmpty ? type : end
        let name = dwarf.name(of: root)
        // What is kept of each takes room.
        guard dwarf.charge(stepsOfCandidate) else { return nil }
        return Candidate(
            type: root, identity: name.isEmpty ? "\(root)" : "\(dwarf.entries[end].tag) \(name) \(own)",
            isComposite: dwarf.isComposite(end))
    }

    var isEmpty: Bool { all.isEmpty }

    /// One candidate of each type.
    var distinct: [Candidate] {
        var seen: Set<String> = []
        return all.filter { seen.insert($0.identity).inserted }
    }

    /// Those that are at a place of the frame; if none is, those whose place is not told.
    ///
    /// Compilers count from the lowest place of the frame or, as the code does, from its top. Where several depths of the
    /// frame are possible, all that are there at one of them are meant: of several types none is known.
    func at(frame offset: Int, depths: Set<Int>) -> TypeCandidates {
        func filtered(_ isWanted: (DWARF.Variable.Place) -> Bool) -> TypeCandidates {
            var some = self
            some.all = all.filter { isWanted($0.place) }
            return some
        }
        let there = filtered { Self.isAt($0, frame: offset, depths: depths) }
        guard there.isEmpty else { return there }
        return filtered { if case .frame = $0 { false } else { true } }
    }
    /// Whether a place is one of the frame that is so many bytes from its top.
    static func isAt(_ place: DWARF.Variable.Place, frame offset: Int, depths: Set<Int>) -> Bool {
        guard case .frame(let place) = place else { return false }
        return place == offset || depths.contains(place - offset)
    }
}
