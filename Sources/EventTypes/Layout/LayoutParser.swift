// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Reads declarations of C and makes BTF of their types.
///
/// A recursive descent over words that the preprocessor left; how deep it goes is bounded, and it looks at each word a
/// bounded number of times.
struct LayoutParser {
    private let words: [LayoutToken]
    /// The index of the next word.
    var position = 0
    /// How deep it is in what lies within each other.
    var depth = 0
    /// The types as far as they are made.
    var builder = BTFBuilder()
    /// Structures, unions and enumerations by their names, with `struct` and the like.
    var tags: [String: LayoutType] = [:]
    /// Typedefs of the text, and of ``LayoutScalar/typedefs`` those that were used.
    var typedefs: [String: LayoutType] = [:]
    /// Numbers that enumerations name.
    var enumerators: [String: LayoutConstant] = [:]
    /// Scalars that were used.
    var scalars: [LayoutScalar: LayoutType] = [:]
    /// Pointers and qualified types that were made, by what they are of.
    var derived: [Derivation: LayoutType] = [:]
    /// Names of the members of structures without a name, by the structure's id: they are the names of what they lie in.
    var inlineNames: [Int: [String]] = [:]
    /// The type that subscripts have in BTF.
    var subscriptID: Int?
    /// The last structure or union that was defined outside of others, or the last typedef of one.
    private var event: LayoutType?

    /// A type that is made of another one.
    struct Derivation: Hashable {
        let kind: BTFKind
        let type: Int
    }

    private init(_ words: [LayoutToken]) {
        self.words = words
    }

    /// The type that a text defines as its last one, and the BTF that it is in.
    static func event(of text: [UInt8]) throws(LayoutFault) -> (type: LayoutType, btf: [UInt8]) {
        var parser = LayoutParser(try LayoutPreprocessor.words(of: text))
        while parser.token.kind != .end { try parser.declaration() }
        guard let event = parser.event else { throw LayoutFault(.noEvent, parser.token.place) }
        return (event, parser.builder.build())
    }

    // MARK: - Words

    /// The next word; `end` behind the last.
    var token: LayoutToken { words[min(position, words.count - 1)] }

    /// Where the word that was taken last is.
    var lastPlace: Range<Int> { words[max(0, min(position, words.count) - 1)].place }

    /// Goes on; returns the word that was next.
    @discardableResult
    mutating func advance() -> LayoutToken {
        defer { position += 1 }
        return token
    }

    /// Takes a word if it is next.
    @discardableResult
    mutating func take(_ text: String) -> Bool {
        guard token.text == text, token.kind == .punctuator || token.kind == .identifier else { return false }
        position += 1
        return true
    }

    mutating func expect(_ text: String) throws(LayoutFault) {
        guard take(text) else { throw unexpected(text) }
    }

    func unexpected(_ wanted: String) -> LayoutFault {
        LayoutFault(.unexpected(found: token.text, wanted: wanted), token.place)
    }

    /// Skips what stands in parentheses, which begin here.
    mutating func skipParentheses() throws(LayoutFault) {
        var open = 0
        repeat {
            guard token.kind != .end else { throw unexpected(")") }
            if token.kind == .punctuator { open += token.text == "(" ? 1 : token.text == ")" ? -1 : 0 }
            advance()
        } while open > 0
    }

    /// Goes one deeper; the caller comes back.
    mutating func enter() throws(LayoutFault) {
        depth += 1
        guard depth <= Limits.layoutDepth else { throw LayoutFault(.tooDeep(limit: Limits.layoutDepth), token.place) }
    }

    /// Names like one that is not there.
    func near(_ name: String, _ names: [String]) -> [String] { EditDistance.names(near: name, among: names) }

    // MARK: - Declarations

    /// Reads one declaration outside of all others; the last one needs no semicolon.
    private mutating func declaration() throws(LayoutFault) {
        if take(";") { return }
        if token.text == "_Static_assert" || token.text == "static_assert" {
            advance()
            try skipParentheses()
            return try expect(";")
        }
        let specifiers = try self.specifiers(isMember: false)
        if specifiers.definesComposite { event = specifiers.type }
        while token.text != ";", token.kind != .end {
            try declarator(specifiers)
            guard take(",") else { break }
        }
        guard token.kind == .end || take(";") else {
            if token.text == "{" || token.text == "=" {
                throw LayoutFault(
                    .notSupported(
                        token.text == "{" ? "functions" : "values of variables",
                        instead: "leave out all but the types that the event is made of"), token.place)
            }
            throw unexpected(";")
        }
    }

    /// A name that is declared: a typedef is kept, a variable or function is of no use here.
    private mutating func declarator(_ specifiers: LayoutSpecifiers) throws(LayoutFault) {
        let place = token.place
        var declared = try declarator(of: specifiers.type)
        let attributes = try self.attributes()
        guard let name = declared.name else {
            throw LayoutFault(.unexpected(found: token.text, wanted: "a name"), place)
        }
        guard specifiers.isTypedef else { return }
        guard typedefs[name] == nil || LayoutScalar.typedefs[name] != nil || isSame(typedefs[name], declared.type)
        else {
            throw LayoutFault(.duplicate(name), declared.place)
        }
        try check(depthOf: declared.type, declared.place)
        let alignment = max(attributes.wishes.alignment, specifiers.attributes.wishes.alignment)
        declared.type.id = builder.typedef(name, to: declared.type.id)
        declared.type.depth += 1
        declared.type.words = name
        declared.type.alignment = max(declared.type.alignment, alignment)
        for tag in specifiers.attributes.tags + attributes.tags {
            _ = builder.declarationTag(tag, on: declared.type.id)
        }
        typedefs[name] = declared.type
        if declared.type.shape == .composite { event = declared.type }
    }

    /// Whether a typedef says again what it said before.
    private func isSame(_ old: LayoutType?, _ new: LayoutType) -> Bool {
        old?.size == new.size && old?.shape == new.shape && old?.alignment == new.alignment
    }

    func check(depthOf type: LayoutType, _ place: Range<Int>) throws(LayoutFault) {
        guard type.depth < Limits.layoutDepth - 8 else {
            throw LayoutFault(.tooDeep(limit: Limits.layoutDepth - 8), place)
        }
    }
}
