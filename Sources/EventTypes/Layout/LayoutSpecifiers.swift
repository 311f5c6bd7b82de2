// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// What stands before the names of a declaration.
struct LayoutSpecifiers {
    var type: LayoutType
    var isTypedef = false
    /// Whether a structure or union is defined here.
    var definesComposite = false
    /// Whether an enumeration is defined or declared here.
    var isEnumeration = false
    /// Those of the declaration, not of a structure that it defines.
    var attributes = LayoutAttributes()
}

extension LayoutParser {
    private static let qualifiers: Set<String> = [
        "const", "volatile", "restrict", "__const", "__volatile__", "__restrict", "__restrict__",
    ]
    private static let storage: Set<String> = [
        "extern", "static", "register", "inline", "__inline", "__inline__", "_Thread_local",
    ]
    private static let composites: Set<String> = ["struct", "union", "enum"]
    private static let refused: [String: String] = [
        "typeof": "write the type itself", "__typeof__": "write the type itself",
        "_Atomic": "write the type without it: events are copies", "_Complex": "write two numbers",
        "_BitInt": "write a bit-field, or bytes", "_Float16": "write u16", "__auto_type": "write the type itself",
    ]

    /// Whether a type begins here.
    var startsType: Bool {
        guard token.kind == .identifier else { return false }
        let word = token.text
        return LayoutScalar.words.contains(word) || typedefs[word] != nil || LayoutScalar.typedefs[word] != nil
            || Self.composites.contains(word) || Self.qualifiers.contains(word)
    }

    /// Reads the words before the names.
    mutating func specifiers(isMember: Bool) throws(LayoutFault) -> LayoutSpecifiers {
        var found = LayoutSpecifiers(type: .void)
        var type: LayoutType?
        var scalarWords: [String] = []
        var qualifiers: Set<String> = []
        let start = token.place
        while token.kind == .identifier {
            let word = token.text
            if LayoutAttribute.words.contains(word) {
                found.attributes.add(try attributes())
            } else if Self.qualifiers.contains(word) {
                qualifiers.insert(advance().text)
            } else if !isMember, word == "typedef" {
                found.isTypedef = true
                advance()
            } else if !isMember, Self.storage.contains(word) {
                advance()
            } else if let instead = Self.refused[word] {
                throw LayoutFault(.notSupported(word, instead: instead), token.place)
            } else if LayoutScalar.words.contains(word), type == nil {
                scalarWords.append(advance().text)
            } else if type != nil || !scalarWords.isEmpty {
                break
            } else if Self.composites.contains(word) {
                let (composite, isDefinition) = try taggedType()
                type = composite
                found.definesComposite = isDefinition && word != "enum"
                found.isEnumeration = word == "enum"
            } else {
                type = try named(advance())
            }
        }
        if !scalarWords.isEmpty {
            guard let scalar = LayoutScalar(words: scalarWords) else {
                throw LayoutFault(
                    .mixedWords(scalarWords.joined(separator: " ")), start.lowerBound..<lastPlace.upperBound)
            }
            type = self.type(of: scalar)
        }
        guard var type else { throw unexpected("a type") }
        if qualifiers.contains(where: { $0.contains("volatile") }) { type = qualified(type, .volatile) }
        if qualifiers.contains(where: { $0.contains("const") }) { type = qualified(type, .const) }
        found.type = type
        return found
    }

    /// The type that a name alone means.
    private mutating func named(_ word: LayoutToken) throws(LayoutFault) -> LayoutType {
        if word.text == "void" { return .void }
        if let type = typedefs[word.text] { return type }
        guard let scalar = LayoutScalar.typedefs[word.text] else {
            let tagged = Self.composites.sorted().map { $0 + " " + word.text }.filter { tags[$0] != nil }
            let names = Set(typedefs.keys).union(LayoutScalar.typedefs.keys).union(LayoutScalar.words)
                .union(Self.composites)
            throw LayoutFault(
                .unknownType(word.text, near: tagged.isEmpty ? near(word.text, names.sorted()) : tagged), word.place)
        }
        var type = self.type(of: scalar)
        type.id = builder.typedef(word.text, to: type.id)
        type.depth = 1
        type.words = word.text
        typedefs[word.text] = type
        return type
    }

    private mutating func type(of scalar: LayoutScalar) -> LayoutType {
        if let type = scalars[scalar] { return type }
        let id =
            scalar.shape == .float
            ? builder.float(scalar.rawValue, size: scalar.size)
            : builder.int(
                scalar.rawValue, size: scalar.size, isSigned: scalar.isSigned, isBoolean: scalar == .bool)
        let type = LayoutType(
            id: id, size: scalar.size, alignment: scalar.size, shape: scalar.shape, words: scalar.rawValue)
        scalars[scalar] = type
        return type
    }

    mutating func qualified(_ type: LayoutType, _ kind: BTFKind) -> LayoutType {
        var result = type
        let derivation = Derivation(kind: kind, type: type.id)
        if let known = derived[derivation] {
            result.id = known.id
        } else {
            result.id = kind == .const ? builder.const(type.id) : builder.volatile(type.id)
            derived[derivation] = result
        }
        result.depth += 1
        result.words = (kind == .const ? "const " : "volatile ") + type.words
        return result
    }

    mutating func pointer(to type: LayoutType) -> LayoutType {
        let derivation = Derivation(kind: .pointer, type: type.id)
        if let known = derived[derivation] { return known }
        // No value lies behind a pointer: what a structure is made of does not count.
        let chain = type.shape == .composite ? 0 : type.depth
        let result = LayoutType(
            id: builder.pointer(to: type.id), size: BTF.pointerSize, alignment: BTF.pointerSize, shape: .pointer,
            depth: chain + 1, words: type.words + " *")
        derived[derivation] = result
        return result
    }

    /// A type without a name, as `sizeof` has it.
    mutating func typeName() throws(LayoutFault) -> LayoutType {
        let specifiers = try specifiers(isMember: true)
        let declared = try declarator(of: specifiers.type)
        guard declared.name == nil else {
            throw LayoutFault(.unexpected(found: declared.name ?? "", wanted: ")"), declared.place)
        }
        return declared.type
    }
}
