// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// The comparison of types of the object (local) with types of the kernel (target).
///
/// Every step is counted, since types can be made to branch without end.
struct COREComparison {
    let local: BTF
    let target: BTF
    /// Steps that are left for all comparisons of one object.
    var stepsLeft: Int

    /// Bytes of names whose comparison is no further step.
    static let freeName = 256

    /// The steps ran out; nothing can be said any more.
    struct Exhausted: Error {}

    mutating func step(_ count: Int = 1) throws(Exhausted) {
        guard stepsLeft >= count else { throw Exhausted() }
        stepsLeft -= count
    }

    // MARK: - Names

    /// Whether two names are the same without their flavours.
    ///
    /// A name may have megabytes: those are steps too.
    mutating func haveSameName(_ localName: Int, _ targetName: Int) throws(Exhausted) -> Bool {
        let (mine, other) = (local.bytes(ofString: localName), target.bytes(ofString: targetName))
        if mine.count + other.count > Self.freeName { try step((mine.count + other.count) / 64) }
        return BTFNameIndex.essential(mine) == BTFNameIndex.essential(other)
    }

    private mutating func agreeOnName(_ left: BTFType, _ right: BTFType) throws(Exhausted) -> Bool {
        if local.isEmptyString(left.nameOffset) || target.isEmptyString(right.nameOffset) { return true }
        return try haveSameName(left.nameOffset, right.nameOffset)
    }

    // MARK: - Kinds

    /// Whether a kind can stand for another one: enumerations of either size are one kind.
    static func sameKind(_ left: BTFKind, _ right: BTFKind) -> Bool {
        left == right || left.isEnumeration && right.isEnumeration
    }

    /// What a chain of qualifiers and typedefs ends at.
    private enum Resolved {
        case void
        case type(BTFType)
        case nothing
    }

    private func resolved(_ id: Int, in types: BTF) -> Resolved {
        var id = id
        for _ in 0..<Limits.typeDepth {
            guard id != 0 else { return .void }
            guard let type = types[id] else { return .nothing }
            guard type.kind.isModifier else { return .type(type) }
            id = type.sizeOrType
        }
        return .nothing
    }

    /// Both ends; nil if they are not of kinds that could match, true if both are `void`.
    private func ends(_ left: Int, _ right: Int) -> (isVoid: Bool, types: (BTFType, BTFType)?) {
        switch (resolved(left, in: local), resolved(right, in: target)) {
        case (.void, .void): (true, nil)
        case (.type(let left), .type(let right)): (false, (left, right))
        default: (false, nil)
        }
    }

    // MARK: - Fields

    /// Whether a field of one type can be read as one of the other, as far as the way to it goes.
    mutating func fieldsCompatible(_ left: Int, _ right: Int) throws(Exhausted) -> Bool {
        var (left, right) = (left, right)
        for _ in 0..<Limits.typeDepth {
            try step()
            guard let (mine, other) = ends(left, right).types else { return false }
            if mine.kind.isComposite, other.kind.isComposite { return true }
            guard Self.sameKind(mine.kind, other.kind) else { return false }
            switch mine.kind {
            case .pointer, .float: return true
            case .forward, .enum, .enum64: return try agreeOnName(mine, other)
            case .int: return isWholeInteger(mine, in: local) && isWholeInteger(other, in: target)
            case .array:
                left = local.array(of: mine)?.element ?? 0
                right = target.array(of: other)?.element ?? 0
            default: return false
            }
        }
        return false
    }

    /// Old compilers wrote bit-fields as integers that begin within a byte.
    private func isWholeInteger(_ type: BTFType, in types: BTF) -> Bool { types.integer(of: type)?.bitOffset == 0 }

    // MARK: - Whole types

    /// Whether two types of one name are the same kind of thing (`BPF_CORE_TYPE_EXISTS` and those like it).
    mutating func typesCompatible(_ left: Int, _ right: Int, depth: Int = Limits.typeDepth) throws(Exhausted) -> Bool {
        var (left, right) = (left, right)
        var depth = depth
        while depth > 0 {
            depth -= 1
            try step()
            let ends = ends(left, right)
            if ends.isVoid { return true }
            guard let (mine, other) = ends.types, Self.sameKind(mine.kind, other.kind) else { return false }
            switch mine.kind {
            case .structure, .union, .enum, .enum64, .forward, .float: return true
            case .int: return isWholeInteger(mine, in: local) && isWholeInteger(other, in: target)
            case .pointer:
                left = mine.sizeOrType
                right = other.sizeOrType
            case .array:
                left = local.array(of: mine)?.element ?? 0
                right = target.array(of: other)?.element ?? 0
            case .prototype:
                guard mine.count == other.count else { return false }
                for (parameter, counterpart) in zip(local.parameters(of: mine), target.parameters(of: other)) {
                    guard try typesCompatible(parameter.type, counterpart.type, depth: depth) else { return false }
                }
                left = mine.sizeOrType
                right = other.sizeOrType
            default: return false
            }
        }
        return false
    }

    /// Whether the target has all that the local type has (`BPF_CORE_TYPE_MATCHES`).
    ///
    /// - Parameter behindPointer: Only kinds and names of structures count then.
    mutating func typesMatch(
        _ left: Int, _ right: Int, behindPointer: Bool = false, depth: Int = Limits.typeDepth
    ) throws(Exhausted) -> Bool {
        var (left, right) = (left, right)
        var behindPointer = behindPointer
        var depth = depth
        while depth > 0 {
            depth -= 1
            try step()
            let ends = ends(left, right)
            if ends.isVoid { return true }
            guard let (mine, other) = ends.types, try haveSameName(mine.nameOffset, other.nameOffset) else {
                return false
            }
            switch mine.kind {
            case .forward: return forwardMatches(mine, other, behindPointer: behindPointer)
            case .enum, .enum64:
                guard other.kind.isEnumeration else { return false }
                return try enumeratorsMatch(mine, other)
            case .structure, .union:
                if behindPointer { return pointedMatches(mine, other) }
                guard mine.kind == other.kind else { return false }
                return try membersMatch(mine, other, depth: depth)
            case .int:
                return other.kind == .int && mine.sizeOrType == other.sizeOrType
                    && local.integer(of: mine)?.isSigned == target.integer(of: other)?.isSigned
            case .float: return other.kind == .float && mine.sizeOrType == other.sizeOrType
            case .pointer:
                guard other.kind == .pointer else { return false }
                behindPointer = true
                left = mine.sizeOrType
                right = other.sizeOrType
            case .array:
                guard let array = local.array(of: mine), let counterpart = target.array(of: other),
                    array.count == counterpart.count
                else { return false }
                left = array.element
                right = counterpart.element
            case .prototype:
                guard other.kind == .prototype, mine.count == other.count else { return false }
                for (parameter, counterpart) in zip(local.parameters(of: mine), target.parameters(of: other)) {
                    guard
                        try typesMatch(
                            parameter.type, counterpart.type, behindPointer: behindPointer, depth: depth)
                    else { return false }
                }
                left = mine.sizeOrType
                right = other.sizeOrType
            default: return false
            }
        }
        return false
    }

    private func forwardMatches(_ mine: BTFType, _ other: BTFType, behindPointer: Bool) -> Bool {
        switch other.kind {
        case .forward: mine.flag == other.flag
        case .structure: behindPointer && !mine.flag
        case .union: behindPointer && mine.flag
        default: false
        }
    }

    private func pointedMatches(_ mine: BTFType, _ other: BTFType) -> Bool {
        mine.kind == other.kind || other.kind == .forward && other.flag == (mine.kind == .union)
    }

    private mutating func enumeratorsMatch(_ mine: BTFType, _ other: BTFType) throws(Exhausted) -> Bool {
        guard mine.count <= other.count else { return false }
        for index in 0..<mine.count {
            guard let name = local.enumerator(of: mine, at: index)?.nameOffset else { return false }
            var isThere = false
            for candidate in 0..<other.count where !isThere {
                try step()
                guard let counterpart = target.enumerator(of: other, at: candidate) else { continue }
                isThere = try haveSameName(name, counterpart.nameOffset)
            }
            guard isThere else { return false }
        }
        return true
    }

    private mutating func membersMatch(_ mine: BTFType, _ other: BTFType, depth: Int) throws(Exhausted) -> Bool {
        guard mine.count <= other.count else { return false }
        for index in 0..<mine.count {
            guard let member = local.member(of: mine, at: index) else { return false }
            var isThere = false
            for candidate in 0..<other.count where !isThere {
                try step()
                guard let counterpart = target.member(of: other, at: candidate),
                    try haveSameName(member.nameOffset, counterpart.nameOffset)
                else { continue }
                isThere = try typesMatch(member.type, counterpart.type, depth: depth)
            }
            guard isThere else { return false }
        }
        return true
    }
}
