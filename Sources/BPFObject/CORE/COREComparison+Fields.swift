// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension COREComparison {
    /// What came out of one candidate.
    typealias Match = Result<CORESpecification, COREMismatch>
}

extension COREMismatch: Error {}

extension COREComparison {
    /// Whether a type of the kernel has what a relocation is about, and where.
    mutating func match(
        _ specification: CORESpecification, kind: CORERelocation.Kind, candidate: Int
    ) throws(Exhausted) -> Match {
        if kind.isType {
            let isSame =
                kind == .typeMatches
                ? try typesMatch(specification.root, candidate)
                : try typesCompatible(specification.root, candidate)
            return isSame
                ? .success(CORESpecification(types: target, root: candidate))
                : .failure(.otherType(target.describe(candidate)))
        }
        if kind.isEnumerator { return try matchEnumerator(specification, candidate) }
        return try matchField(specification, candidate)
    }

    private mutating func matchEnumerator(
        _ specification: CORESpecification, _ candidate: Int
    ) throws(Exhausted) -> Match {
        guard let name = specification.accessors.last?.name, let type = target.resolved(candidate),
            type.kind.isEnumeration
        else { return .failure(.otherType(target.describe(candidate))) }
        let essential = BTFNameIndex.essential(name[...])
        var found = CORESpecification(types: target, root: candidate)
        for index in 0..<type.count {
            try step()
            guard let offset = target.enumerator(of: type, at: index)?.nameOffset else { continue }
            let other = target.bytes(ofString: offset)
            if other.count > Self.freeName { try step(other.count / 64) }
            guard BTFNameIndex.essential(other) == essential else { continue }
            found.append(COREAccessor(type: type.id, index: index, name: Array(other)))
            return .success(found)
        }
        try step(Self.searchCost * type.count)
        return .failure(
            .noEnumerator(
                String(decoding: name, as: UTF8.self), in: target.describe(candidate),
                near: target.enumeratorNames(near: name, of: type)))
    }

    private mutating func matchField(
        _ specification: CORESpecification, _ candidate: Int
    ) throws(Exhausted) -> Match {
        var found = CORESpecification(types: target, root: candidate)
        var id = candidate
        for (step, accessor) in specification.accessors.enumerated() {
            guard let type = target.resolved(id) else { return .failure(.otherType(target.describe(id))) }
            if let name = accessor.name {
                let localMember = local[accessor.type].flatMap { local.member(of: $0, at: accessor.index) }
                switch try member(name, of: type, like: localMember?.type ?? 0, depth: Limits.typeDepth) {
                case .found(let place):
                    guard found.advance(bits: place.bitOffset) else { return .failure(.noSize(target.describe(id))) }
                    found.append(COREAccessor(type: place.type.id, index: place.index, name: name))
                    id = place.member.type
                case .wrong(let mismatch): return .failure(mismatch)
                case .absent:
                    try self.step(Self.searchCost * type.count)
                    return .failure(
                        .noMember(
                            String(decoding: name, as: UTF8.self), in: target.describe(type.id),
                            near: target.memberNames(near: name, of: type)))
                }
                continue
            }
            var element = type
            if step > 0 {
                guard let array = target.array(of: type) else { return .failure(.noArray(target.describe(id))) }
                guard accessor.index < array.count || found.isFlexible(array) else {
                    return .failure(.shortArray(index: accessor.index, count: array.count))
                }
                guard let resolved = target.resolved(array.element) else {
                    return .failure(.otherType(target.describe(array.element)))
                }
                element = resolved
            }
            guard found.advance(toElement: accessor.index, of: element.id) else {
                return .failure(.noSize(target.describe(element.id)))
            }
            id = element.id
        }
        return .success(found)
    }

    /// Steps that a name costs that is compared with a missing one.
    private static let searchCost = 4

    /// Where a member was found.
    private struct Place {
        let type: BTFType
        let index: Int
        let member: BTFMember
        /// Bits from the start of the structure in which the search began.
        let bitOffset: Int
    }

    private enum Search {
        case found(Place)
        case wrong(COREMismatch)
        case absent
    }

    /// Looks for a member of a name, in anonymous members too.
    private mutating func member(
        _ name: [UInt8], of type: BTFType, like localType: Int, depth: Int
    ) throws(Exhausted) -> Search {
        guard type.kind.isComposite else { return .wrong(.otherType(target.describe(type.id))) }
        guard depth > 0 else { return .wrong(.tooDeep) }
        var nearest = Search.absent
        for index in 0..<type.count {
            try step(1 + name.count / 64)
            guard let member = target.member(of: type, at: index) else { return nearest }
            if target.string(member.nameOffset, is: name) {
                guard try fieldsCompatible(localType, member.type) else {
                    return .wrong(
                        .memberType(
                            String(decoding: name, as: UTF8.self), local: local.describe(localType),
                            target: target.describe(member.type)))
                }
                return .found(Place(type: type, index: index, member: member, bitOffset: member.bitOffset))
            }
            guard target.isEmptyString(member.nameOffset), let inner = target.resolved(member.type),
                inner.kind.isComposite
            else { continue }
            switch try self.member(name, of: inner, like: localType, depth: depth - 1) {
            case .found(let place):
                // 32 levels of 32-bit offsets: no overflow.
                return .found(
                    Place(
                        type: place.type, index: place.index, member: place.member,
                        bitOffset: place.bitOffset + member.bitOffset))
            case .wrong(let mismatch):
                // An anonymous member that does not fit does not hide one that does.
                if case .absent = nearest { nearest = .wrong(mismatch) }
            case .absent: break
            }
        }
        return nearest
    }
}
