// SPDX-License-Identifier: Apache-2.0

/// What stands beside a declaration: `__attribute__((...))` and the macros of kernel headers for it.
struct LayoutAttributes {
    var wishes = RecordLayout.Wishes()
    /// Tags of a declaration, such as `fmt:ip4`, in their order.
    var tags: [String] = []

    mutating func add(_ other: LayoutAttributes) {
        wishes.isPacked = wishes.isPacked || other.wishes.isPacked
        wishes.alignment = max(wishes.alignment, other.wishes.alignment)
        tags += other.tags
    }
}

/// The names of attributes.
enum LayoutAttribute {
    /// Words that begin one; a text may define them as kernel headers do, and they keep their meaning.
    static let words: Set<String> = [
        "__attribute__", "__attribute", "_Alignas", "alignas", "__packed", "__aligned", "__user", "__kernel", "__rcu",
        "__percpu", "__iomem", "__force", "__bitwise", "__extension__", "__maybe_unused", "__unused",
    ]

    /// Those that change no place of a member.
    static let harmless: Set<String> = [
        "unused", "used", "deprecated", "may_alias", "preserve_access_index", "preserve_static_offset",
        "btf_type_tag", "annotate", "designated_init", "counted_by", "nonstring", "warn_if_not_aligned", "section",
        "visibility", "weak", "noderef", "address_space", "randomize_layout", "no_randomize_layout",
        "enum_extensibility", "flag_enum", "packed", "aligned", "btf_decl_tag",
    ]
}

extension LayoutParser {
    /// Reads the attributes that come next.
    mutating func attributes() throws(LayoutFault) -> LayoutAttributes {
        var found = LayoutAttributes()
        while token.kind == .identifier, LayoutAttribute.words.contains(token.text) {
            let word = advance().text
            switch word {
            case "__attribute__", "__attribute":
                try expect("(")
                try expect("(")
                while token.text != ")" {
                    if token.text != "," { try attribute(to: &found) }
                    guard token.text == ")" || token.text == "," else { throw unexpected(", or )") }
                    take(",")
                }
                try expect(")")
                try expect(")")
            case "_Alignas", "alignas", "__aligned":
                try expect("(")
                found.wishes.alignment = max(found.wishes.alignment, try alignment())
                try expect(")")
            case "__packed": found.wishes.isPacked = true
            default: break
            }
        }
        return found
    }

    private mutating func attribute(to found: inout LayoutAttributes) throws(LayoutFault) {
        guard token.kind == .identifier else { throw unexpected("the name of an attribute") }
        let place = token.place
        let name = Self.plain(advance().text)
        switch name {
        case "packed": found.wishes.isPacked = true
        case "aligned":
            guard take("(") else {
                // What clang takes as the largest useful one for BPF.
                found.wishes.alignment = max(found.wishes.alignment, 16)
                return
            }
            found.wishes.alignment = max(found.wishes.alignment, try alignment())
            try expect(")")
        case "btf_decl_tag":
            try expect("(")
            found.tags.append(try string())
            try expect(")")
        default:
            guard LayoutAttribute.harmless.contains(name) else {
                throw LayoutFault(
                    .unknownAttribute(name, near: near(name, LayoutAttribute.harmless.sorted())), place)
            }
            if token.text == "(" { try skipParentheses() }
        }
    }

    /// A name without the underscores that may stand around it.
    private static func plain(_ name: String) -> String {
        name.hasPrefix("__") && name.hasSuffix("__") && name.utf8.count > 4
            ? String(name.dropFirst(2).dropLast(2)) : name
    }

    private mutating func alignment() throws(LayoutFault) -> Int {
        let place = token.place
        // `_Alignas` may name a type.
        let value = startsType ? LayoutConstant(Int128(try typeName().alignment)) : try constant()
        guard value.value > 0, value.value <= 1 << 28, value.value & (value.value - 1) == 0 else {
            throw LayoutFault(.alignment("an alignment is a power of two up to \(1 << 28) bytes"), place)
        }
        return Int(value.value)
    }

    /// Strings side by side are one.
    private mutating func string() throws(LayoutFault) -> String {
        guard token.kind == .string else { throw unexpected("a string") }
        var text = ""
        while token.kind == .string { text += advance().text }
        return text
    }
}
