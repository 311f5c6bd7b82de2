// SPDX-License-Identifier: Apache-2.0

extension EventSchema {
    /// Whether two types are read alike: the same members at the same places, however their BTF is ordered.
    ///
    /// What is only pointed to does not count, nor do typedefs and tags. Types of more than 4096 parts are never alike.
    public func isAlike(_ other: EventSchema) -> Bool {
        guard self != other else { return true }
        guard name == other.name, size == other.size else { return false }
        do throws(BTFError) {
            var comparison = try Comparison(left: BTF(parsing: btf), right: BTF(parsing: other.btf))
            return comparison.areAlike(typeID, other.typeID, depth: 0)
        } catch {
            return false
        }
    }
}

/// Walks two types side by side.
private struct Comparison {
    let left: BTF
    let right: BTF
    private var allowance = 4096

    init(left: BTF, right: BTF) {
        self.left = left
        self.right = right
    }

    mutating func areAlike(_ leftID: Int, _ rightID: Int, depth: Int) -> Bool {
        allowance -= 1
        guard allowance > 0, depth < Limits.nesting, let one = left.resolved(leftID), let two = right.resolved(rightID),
            one.kind == two.kind
        else { return false }
        if one.kind == .pointer { return true }
        guard left.name(of: one) == right.name(of: two) else { return false }
        switch one.kind {
        case .array:
            guard let first = left.array(of: one), let second = right.array(of: two), first.count == second.count else {
                return false
            }
            return areAlike(first.element, second.element, depth: depth + 1)
        case .structure, .union:
            guard one.sizeOrType == two.sizeOrType, one.count == two.count else { return false }
            for (first, second) in zip(left.members(of: one), right.members(of: two)) {
                guard first.bitOffset == second.bitOffset, first.bitSize == second.bitSize,
                    left.string(first.nameOffset) == right.string(second.nameOffset),
                    areAlike(first.type, second.type, depth: depth + 1)
                else { return false }
            }
            return true
        case .enum, .enum64:
            let names = (left.enumerators(of: one), right.enumerators(of: two))
            return one.sizeOrType == two.sizeOrType && names.0.count == names.1.count
                && zip(names.0, names.1).allSatisfy { first, second in
                    first.bits == second.bits
                        && left.string(first.nameOffset) == right.string(second.nameOffset)
                }
        default: return one.sizeOrType == two.sizeOrType && left.integer(of: one) == right.integer(of: two)
        }
    }
}
