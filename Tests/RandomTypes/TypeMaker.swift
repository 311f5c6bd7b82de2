// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// Makes up types of C.
struct TypeMaker {
    var numbers: SeededNumbers
    let isForKernel: Bool
    let hasWideEnumerations: Bool
    /// What was declared so far.
    var source = ""
    private var enumerations: [CType] = []
    /// Structures that were declared under a name, to be used again.
    private var declared: [CComposite] = []
    private var counter = 0

    private static let deepest = 3
    /// The values of a type.
    private static let mostLeaves = 160

    init(numbers: SeededNumbers, isForKernel: Bool, hasWideEnumerations: Bool) {
        self.numbers = numbers
        self.isForKernel = isForKernel
        self.hasWideEnumerations = hasWideEnumerations
    }

    /// Whether bytes of this type are a text: those of `char`, whatever the typedefs and qualifiers around it.
    static func isText(_ spelling: String) -> Bool { spelling == "char" || spelling.hasSuffix("text_t") }

    private mutating func name(_ prefix: String) -> String {
        counter += 1
        return "\(prefix)\(counter)"
    }

    // MARK: Enumerations

    mutating func declareEnumerations() {
        for index in 0..<6 {
            let tag = "e\(index)"
            let isSigned = index == 1 || index == 4
            // Kernels take an enumeration for one of 4 bytes where a bit-field stands beside it, and refuse the BTF if
            // it ends before them (btf_enum_check_kflag_member()).
            let bits = index == 5 && !isForKernel ? 8 : index >= 3 && hasWideEnumerations ? 64 : 32
            var values: [String] = (0..<numbers.number(1...6)).map { _ in
                let low = isSigned ? -100 : 0
                return "\(numbers.number(low...100))"
            }
            if isSigned { values.append("-1") }
            if bits == 64 { values.append(isSigned ? "-0x7000000000000000LL" : "0xfedcba9876543210ULL") }
            if bits == 32 && !isSigned && numbers.chance(50) { values.append("0xfffffffeU") }
            let list = values.enumerated().map { "E\(index)_\($0.offset) = \($0.element)" }.joined(separator: ", ")
            source += "enum \(tag) { \(list) }\(bits == 8 ? " __attribute__((packed))" : "");\n"
            enumerations.append(
                .scalar(
                    spelling: "enum \(tag)", .number(bits: bits, isSigned: isSigned), cast: "(enum \(tag))"))
        }
    }

    // MARK: Scalars

    private static let integers: [(String, Int, Bool)] = [
        ("char", 8, true), ("signed char", 8, true), ("unsigned char", 8, false), ("short", 16, true),
        ("unsigned short", 16, false), ("int", 32, true), ("unsigned int", 32, false), ("long", 64, true),
        ("unsigned long", 64, false), ("long long", 64, true), ("unsigned long long", 64, false),
    ]

    private mutating func integer(mayBeWide: Bool) -> CType {
        if mayBeWide && numbers.chance(4) {
            let isSigned = numbers.chance(50)
            return .scalar(
                spelling: isSigned ? "__int128" : "unsigned __int128", .number(bits: 128, isSigned: isSigned), cast: nil
            )
        }
        let (spelling, bits, isSigned) = Self.integers[numbers.number(0...Self.integers.count - 1)]
        return .scalar(spelling: spelling, .number(bits: bits, isSigned: isSigned), cast: nil)
    }

    private mutating func scalar() -> CType {
        switch numbers.number(0...19) {
        case 0...1: .scalar(spelling: "_Bool", .boolean(isBitField: false), cast: nil)
        case 2...4: enumerations[numbers.number(0...enumerations.count - 1)]
        case 5: .scalar(spelling: "void *", .pointer, cast: "(void *)")
        case 6: .scalar(spelling: "struct elsewhere *", .pointer, cast: "(struct elsewhere *)")
        case 7: .scalar(spelling: "fn_t", .pointer, cast: "(fn_t)")
        case 8 where !isForKernel: .scalar(spelling: "float", .float, cast: nil)
        case 9 where !isForKernel: .scalar(spelling: "double", .double, cast: nil)
        default: integer(mayBeWide: true)
        }
    }

    /// Hides a type behind typedefs and qualifiers.
    private mutating func wrapped(_ type: CType) -> CType {
        guard case .scalar(var spelling, let kind, let cast) = type, numbers.chance(30) else { return type }
        let isText = Self.isText(spelling)
        for _ in 0..<numbers.number(1...3) {
            let qualifier = ["", "const ", "volatile "][numbers.number(0...2)]
            let typedef = name("n") + (isText ? "text_t" : "_t")
            // The qualifier belongs to a pointer, not to what it points to.
            source += "typedef \(spelling) \(qualifier)\(typedef);\n"
            spelling = typedef
        }
        return .scalar(spelling: spelling, kind, cast: cast)
    }

    // MARK: Composites

    /// Makes up a structure or union with members.
    mutating func composite(tag: String, depth: Int) -> CComposite {
        let isUnion = numbers.chance(depth == 0 ? 10 : 30)
        let composite = CComposite(keyword: isUnion ? "union" : "struct", tag: tag)
        if numbers.chance(20) { composite.attributes += " __attribute__((packed))" }
        if numbers.chance(12) {
            composite.attributes += " __attribute__((aligned(\([1, 2, 4, 8, 16][numbers.number(0...4)]))))"
        }
        var room = Self.mostLeaves >> (depth * 2)
        for _ in 0..<numbers.number(1...(depth == 0 ? 9 : 5)) {
            let member = member(depth)
            let count = member.type?.leafCount ?? 0
            guard count <= room else { continue }
            room -= count
            composite.members.append(member)
        }
        if !composite.members.contains(where: { $0.type != nil }) {
            composite.members.append(CComposite.Member(name: name("f"), type: integer(mayBeWide: false)))
        }
        let real = composite.members.indices.filter { composite.members[$0].type != nil }
        composite.chosen = real[numbers.number(0...real.count - 1)]
        return composite
    }

    private mutating func member(_ depth: Int) -> CComposite.Member {
        switch numbers.number(0...99) {
        case 0..<30: return bitField()
        case 30..<45 where depth < Self.deepest:
            let isAnonymous = numbers.chance(50)
            let inner = composite(tag: "", depth: depth + 1)
            return CComposite.Member(name: isAnonymous ? "" : name("f"), type: .composite(inner))
        case 45..<52 where depth < Self.deepest:
            let tag = name("s")
            let inner = composite(tag: tag, depth: depth + 1)
            source += inner.declaration + ";\n"
            inner.reference = "\(inner.keyword) \(tag)"
            declared.append(inner)
            return array(of: .composite(inner))
        case 52..<56 where !declared.isEmpty:
            return array(of: .composite(declared[numbers.number(0...declared.count - 1)]))
        default: return array(of: wrapped(scalar()))
        }
    }

    private mutating func array(of type: CType) -> CComposite.Member {
        guard numbers.chance(35) else { return CComposite.Member(name: name("f"), type: type) }
        let counts = (0..<numbers.number(1...3)).map { _ in numbers.number(1...4) }
        return CComposite.Member(name: name("f"), type: .array(type, counts))
    }

    private mutating func bitField() -> CComposite.Member {
        if numbers.chance(12) {
            let padding = ["unsigned int :0", "int :5", "unsigned char :0", "long long :11"][numbers.number(0...3)]
            return CComposite.Member(name: "", type: nil, padding: padding)
        }
        let type: CType
        switch numbers.number(0...9) {
        case 0: type = .scalar(spelling: "_Bool", .boolean(isBitField: true), cast: nil)
        case 1...2: type = enumerations[numbers.number(0...enumerations.count - 1)]
        default: type = integer(mayBeWide: false)
        }
        guard case .scalar(_, let kind, let cast) = type, case .number(let bits, _) = kind else {
            return CComposite.Member(name: name("f"), type: wrapped(type), bits: 1)
        }
        let most = isForKernel && cast != nil ? min(bits, 32) : bits
        return CComposite.Member(name: name("f"), type: wrapped(type), bits: numbers.number(1...most))
    }
}
