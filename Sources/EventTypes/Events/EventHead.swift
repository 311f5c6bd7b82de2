// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// What the beginning of a type is: programs send the head of a structure where the rest is of no use.
enum EventHead {
    /// The structure of a size that a structure begins with.
    static func first(of type: BTFType, size: Int, _ types: BTF) -> Int? {
        var type = type
        for _ in 0..<Limits.typeDepth {
            guard type.kind == .structure, let member = types.member(of: type, at: 0), member.bitOffset == 0,
                let inner = types.resolved(member.type), inner.kind.isComposite
            else { return nil }
            if inner.sizeOrType == size { return inner.id }
            type = inner
        }
        return nil
    }

    /// Whether so many bytes of a type end where a member does or another begins.
    ///
    /// A number of bytes that cuts a member in two is that of something else.
    static func ends(at size: Int, of type: BTFType, _ types: BTF) -> Bool {
        var type = type
        var size = size
        for _ in 0..<Limits.typeDepth {
            guard type.kind == .structure, size > 0 else { return false }
            var inner: (type: BTFType, size: Int)?
            for member in types.members(of: type) where member.bitSize == 0 && member.bitOffset & 7 == 0 {
                let start = member.bitOffset >> 3
                guard start != size else { return true }
                guard start < size, let whole = types.size(of: member.type) else { continue }
                let rest = size - start
                if rest == whole { return true }
                if rest < whole, let within = types.resolved(member.type) { inner = (within, rest) }
            }
            guard let inner else { return false }
            (type, size) = inner
        }
        return false
    }

    /// The bytes of a type that are there in all events of a varying size, if those have some number at least.
    ///
    /// What varies is the array at the end, or all behind a member. Nil if that is not how the size varies.
    static func fixed(of type: BTFType, least: Int, _ types: BTF) -> Int? {
        guard least > 0, let whole = types.size(of: type.id), least < whole else { return nil }
        if ends(at: least, of: type, types) { return least }
        guard type.kind == .structure, type.count > 0, let last = types.member(of: type, at: type.count - 1),
            last.bitOffset & 7 == 0, last.bitOffset > 0, last.bitOffset >> 3 < least,
            let array = types.resolved(last.type).flatMap({ types.array(of: $0) }), array.count > 0
        else { return nil }
        return last.bitOffset >> 3
    }
}
