// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// What a value within a type is, as C has it.
package enum LeafKind: Sendable, Equatable {
    /// An integer, enumeration or pointer of so many bits.
    case number(bits: Int, isSigned: Bool)
    case boolean(isBitField: Bool)
    case pointer
    case float, double
    /// Bytes in a row: `char[]`, `unsigned char[]`.
    case bytes(count: Int, isText: Bool)
}

/// A value within a type, and the C expression that reads it from a variable of the type.
package struct Leaf: Sendable {
    /// `a.b[2].c`: the expression behind the variable, and the path that the decoder knows.
    package let path: String
    /// What it is.
    package let kind: LeafKind
    /// Whether it can be given a value together with all others of which that is true: one member of each union.
    package let isChosen: Bool
    /// The C type of an enumeration or of a pointer, for casts.
    package let cast: String?
}

/// A type that was made up.
package struct RandomType: Sendable {
    /// `struct t7`.
    package let name: String
    /// All values in it.
    package let leaves: [Leaf]
}

/// C types that were made up: declarations that compile alone, and what is in each type.
package struct RandomTypes: Sendable {
    /// The declarations.
    package private(set) var source = "typedef int (*fn_t)(int);\nstruct elsewhere;\n"
    /// The types, in the order of their declaration.
    package private(set) var types: [RandomType] = []

    /// Makes up types.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - isForKernel: Whether there is nothing that a kernel or bpftool refuses: floating-point numbers, and bit-fields of
    ///     enumerations that are wider than an int (`btf_enum_check_kflag_member`).
    ///   - hasWideEnumerations: Whether there are enumerations of 64 bits, which kernels know from 6.0 on.
    package init(
        _ count: Int, seed: UInt64, isForKernel: Bool, hasWideEnumerations: Bool = true
    ) {
        var maker = TypeMaker(
            numbers: SeededNumbers(seed: seed), isForKernel: isForKernel, hasWideEnumerations: hasWideEnumerations)
        maker.declareEnumerations()
        for index in 0..<count {
            let tag = "t\(index)"
            let body = maker.composite(tag: tag, depth: 0)
            maker.source += body.declaration + ";\n"
            var leaves: [Leaf] = []
            body.addLeaves("", true, &leaves)
            types.append(RandomType(name: "\(body.keyword) \(tag)", leaves: leaves))
        }
        source += maker.source
    }
}

/// A type of C.
indirect enum CType {
    case scalar(spelling: String, LeafKind, cast: String?)
    case array(CType, [Int])
    case composite(CComposite)

    /// The values that it consists of.
    var leafCount: Int {
        switch self {
        case .scalar: 1
        case .array(let element, let counts): element.leafCount * counts.reduce(1, *)
        case .composite(let composite): composite.leafCount
        }
    }
}

/// A structure or union of C.
final class CComposite {
    struct Member {
        /// Empty: an anonymous structure or union.
        var name: String
        /// Nil: a bit-field that only takes room.
        var type: CType?
        var bits: Int?
        var padding = ""
    }

    let keyword: String
    let tag: String
    var attributes = ""
    var members: [Member] = []
    /// The member of a union that is given a value.
    var chosen = 0
    /// How it is referred to, where it was declared before.
    var reference: String?

    init(keyword: String, tag: String) {
        self.keyword = keyword
        self.tag = tag
    }

    var leafCount: Int { members.reduce(0) { $0 + ($1.type?.leafCount ?? 0) } }

    var declaration: String {
        let body = members.map { "    " + Self.text($0) + ";\n" }.joined()
        return "\(keyword) \(tag) {\n\(body)}\(attributes)"
    }

    private static func text(_ member: Member) -> String {
        guard var type = member.type else { return member.padding }
        var suffix = ""
        if case .array(let element, let counts) = type {
            suffix = counts.map { "[\($0)]" }.joined()
            type = element
        }
        if let bits = member.bits { suffix = ":\(bits)" }
        switch type {
        case .scalar(let spelling, _, _): return "\(spelling) \(member.name)\(suffix)"
        case .composite(let composite):
            return "\(composite.reference ?? composite.declaration) \(member.name)\(suffix)"
        case .array: return ""
        }
    }

    func addLeaves(_ prefix: String, _ isChosen: Bool, _ leaves: inout [Leaf]) {
        for (index, member) in members.enumerated() {
            guard let type = member.type else { continue }
            let isChosen = isChosen && (keyword == "struct" || index == chosen)
            let path = member.name.isEmpty ? prefix : prefix.isEmpty ? member.name : "\(prefix).\(member.name)"
            Self.addLeaves(of: type, path, member.bits, isChosen, &leaves)
        }
    }

    private static func addLeaves(
        of type: CType, _ path: String, _ bits: Int?, _ isChosen: Bool, _ leaves: inout [Leaf]
    ) {
        switch type {
        case .scalar(_, var kind, let cast):
            if let bits {
                switch kind {
                case .number(_, let isSigned): kind = .number(bits: bits, isSigned: isSigned)
                case .boolean: kind = .boolean(isBitField: true)
                default: break
                }
            }
            leaves.append(Leaf(path: path, kind: kind, isChosen: isChosen, cast: cast))
        case .composite(let composite): composite.addLeaves(path, isChosen, &leaves)
        case .array(let element, let counts):
            if counts.count == 1, case .scalar(let spelling, .number(8, let isSigned), nil) = element,
                !isSigned || TypeMaker.isText(spelling)
            {
                let kind = LeafKind.bytes(count: counts[0], isText: TypeMaker.isText(spelling))
                leaves.append(Leaf(path: path, kind: kind, isChosen: isChosen, cast: nil))
                return
            }
            let rest = counts.count == 1 ? element : .array(element, Array(counts.dropFirst()))
            for index in 0..<counts[0] { addLeaves(of: rest, "\(path)[\(index)]", nil, isChosen, &leaves) }
        }
    }
}
