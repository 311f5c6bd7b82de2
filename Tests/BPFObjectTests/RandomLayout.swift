// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// Makes structures of C by chance, always the same for a seed.
struct RandomLayout {
    private var random: SeededNumbers
    private let prefix: String
    private var counter = 0
    /// Definitions before the structure.
    private var before = ""

    private init(seed: UInt64, prefix: String) {
        random = SeededNumbers(seed: seed)
        self.prefix = prefix
    }

    /// The text of `struct PREFIX` and of what it needs.
    static func text(seed: UInt64, prefix: String) -> String {
        var layout = RandomLayout(seed: seed, prefix: prefix)
        let body = layout.composite(depth: 0)
        let (word, attributes) = (layout.chance(8) ? "union" : "struct", layout.attributes())
        return layout.before
            + "\(word) \(prefix)_t { \(body)}\(attributes);\nstruct \(prefix) { char c; \(word) \(prefix)_t e; };"
    }

    private mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }

    private mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: 0..<list.count, using: &random)]
    }

    private mutating func name() -> String {
        counter += 1
        return "\(prefix)_\(counter)"
    }

    private mutating func attributes() -> String {
        guard chance(4) else { return "" }
        return pick([
            " __attribute__((packed))", " __attribute__((aligned(8)))", " __attribute__((packed, aligned(2)))",
            " __attribute__((aligned(32)))",
        ])
    }

    private static let integers: [(String, Int)] = [
        ("char", 8), ("u8", 8), ("short", 16), ("unsigned short", 16), ("int", 32), ("u32", 32), ("long", 64),
        ("unsigned long long", 64), ("s16", 16), ("bool", 1), ("__int128", 128), ("unsigned __int128", 128),
    ]

    private mutating func composite(depth: Int) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 1...8, using: &random) { text += member(depth: depth) + " " }
        return text
    }

    private mutating func member(depth: Int) -> String {
        let (type, bits) = pick(Self.integers)
        switch Int.random(in: 0..<14, using: &random) {
        case 0..<5:
            let width = Int.random(in: 1...bits, using: &random)
            return "\(type) \(name()) : \(width)\(chance(8) ? attributes() : "");"
        case 5: return "\(type) : \(Int.random(in: 0...bits, using: &random));"
        case 6 where depth < 3:
            return
                "\(chance(3) ? "union" : "struct") { \(composite(depth: depth + 1))}\(attributes())\(chance(3) ? "" : " " + name());"
        case 7 where depth < 3:
            let word = chance(3) ? "union" : "struct"
            let tag = name()
            let body = composite(depth: depth + 1)
            before += "\(word) \(tag) { \(body)}\(attributes());\n"
            return "\(word) \(tag) \(name())\(chance(2) ? "[\(Int.random(in: 0...3, using: &random))]" : "");"
        case 8:
            let tag = name()
            before +=
                "enum\(chance(3) ? " __attribute__((packed))" : "") \(tag) { \(name()) = \(pick(["0", "-1", "300", "0x80000000", "1ULL << 40", "-5000000000"])) };\n"
            return chance(3) ? "enum \(tag) \(name()) : 5;" : "enum \(tag) \(name());"
        case 9: return "\(pick(["void", "struct nobody", "const char"])) *\(name());"
        case 10: return "\(type) \(name())[\(Int.random(in: 0...5, using: &random))][2];"
        case 11: return "\(pick(["float", "double"])) \(name())\(attributes());"
        default: return "\(type) \(name())\(attributes());"
        }
    }
}
