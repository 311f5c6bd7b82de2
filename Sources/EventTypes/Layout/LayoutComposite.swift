// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// A member as it is written, before it has a place.
private struct LayoutMember {
    var name: String
    var type: LayoutType
    /// Bits of a bit-field; nil if it is none.
    var width: Int?
    var attributes: LayoutAttributes
    var place: Range<Int>
}

extension LayoutParser {
    /// Reads `struct`, `union` or `enum`, its name and what it is; tells whether it is defined here.
    mutating func taggedType() throws(LayoutFault) -> (type: LayoutType, isDefinition: Bool) {
        let word = advance().text
        var attributes = try attributes()
        let place = token.place
        let name = token.kind == .identifier ? advance().text : nil
        let words = word + " " + (name ?? "{...}")
        let isEnumeration = word == "enum"
        guard token.text == "{" || isEnumeration && token.text == ":" else {
            guard name != nil else { throw unexpected("a name or {") }
            if let type = tags[words] { return (type, false) }
            try checkTag(name, word, place)
            let id =
                isEnumeration ? builder.enumeration(name ?? "") : builder.forward(name ?? "", isUnion: word == "union")
            let type = LayoutType(id: id, shape: .incomplete, words: words)
            tags[words] = type
            return (type, false)
        }
        try checkTag(name, word, place)
        if let known = tags[words], known.shape != .incomplete { throw LayoutFault(.duplicate(words), place) }
        var type: LayoutType
        if isEnumeration {
            type = try enumeration(name, attributes)
        } else {
            try enter()
            defer { depth -= 1 }
            let members = try self.members(isUnion: word == "union")
            attributes.add(try self.attributes())
            type = try composite(name, isUnion: word == "union", members, attributes, place)
        }
        type.words = words
        if name != nil { tags[words] = type }
        return (type, true)
    }

    /// C has one space of names for all three.
    private func checkTag(_ name: String?, _ word: String, _ place: Range<Int>) throws(LayoutFault) {
        guard let name else { return }
        for other in ["struct", "union", "enum"] where other != word && tags[other + " " + name] != nil {
            throw LayoutFault(.duplicate(other + " " + name), place)
        }
    }

    // MARK: - Members

    private mutating func members(isUnion: Bool) throws(LayoutFault) -> [LayoutMember] {
        try expect("{")
        var members: [LayoutMember] = []
        var names: [String: Range<Int>] = [:]
        while !take("}") {
            guard token.kind != .end else { throw unexpected("a member or }") }
            if take(";") { continue }
            if token.text == "_Static_assert" || token.text == "static_assert" {
                advance()
                try skipParentheses()
                try expect(";")
                continue
            }
            let start = members.count
            try declareMembers(&members)
            for index in start..<members.count {
                let member = members[index]
                for name in member.name.isEmpty ? inlineNames[member.type.id] ?? [] : [member.name] {
                    if let first = names.updateValue(member.place, forKey: name) {
                        throw LayoutFault(.duplicate(name), member.place, from: first)
                    }
                }
                // A flexible array ends what it is in.
                if index > 0, !isUnion, members[index - 1].type.shape == .array(isFlexible: true) {
                    throw LayoutFault(
                        .array("nothing comes behind an array without a number of elements"), member.place)
                }
            }
        }
        return members
    }

    /// One declaration: a type and the members that are of it.
    private mutating func declareMembers(_ members: inout [LayoutMember]) throws(LayoutFault) {
        let place = token.place
        let specifiers = try self.specifiers(isMember: true)
        if take(";") {
            if specifiers.isEnumeration { return }
            guard specifiers.definesComposite, inlineNames[specifiers.type.id] != nil else {
                throw LayoutFault(.unexpected(found: ";", wanted: "the name of a member"), lastPlace)
            }
            members.append(
                LayoutMember(name: "", type: specifiers.type, attributes: specifiers.attributes, place: place))
            return
        }
        repeat {
            let start = token.place
            var declared = LayoutDeclarator(name: nil, place: start, type: specifiers.type)
            if token.text != ":" { declared = try declarator(of: specifiers.type) }
            let width = take(":") ? try width(of: declared) : nil
            var attributes = specifiers.attributes
            attributes.add(try self.attributes())
            guard declared.name != nil || width != nil else { throw unexpected("the name of a member") }
            guard declared.type.isComplete else {
                if declared.type.shape == .function {
                    throw LayoutFault(
                        .notSupported("functions", instead: "point to it: (*\(declared.name ?? ""))()"), declared.place)
                }
                throw LayoutFault(.noSize(declared.type.words), declared.place)
            }
            members.append(
                LayoutMember(
                    name: declared.name ?? "", type: declared.type, width: width, attributes: attributes,
                    place: declared.place))
        } while take(",")
        try expect(";")
    }

    private mutating func width(of declared: LayoutDeclarator) throws(LayoutFault) -> Int {
        let place = token.place
        let value = try constant().value
        guard let bits = declared.type.bitFieldBits else {
            throw LayoutFault(
                .bitField("a bit-field is of an integer, and \(declared.type.words) is none"), declared.place)
        }
        guard value >= 0, value <= Int128(bits) else {
            throw LayoutFault(.bitField("\(declared.type.words) has \(bits) bits, and not \(value)"), place)
        }
        guard value > 0 || declared.name == nil else {
            throw LayoutFault(.bitField("a bit-field of no bits has no name"), place)
        }
        return Int(value)
    }

    // MARK: - Places

    private mutating func composite(
        _ name: String?, isUnion: Bool, _ members: [LayoutMember], _ attributes: LayoutAttributes, _ place: Range<Int>
    ) throws(LayoutFault) -> LayoutType {
        var layout = RecordLayout(isUnion: isUnion, isPacked: attributes.wishes.isPacked)
        var placed: [BTFBuilder.Member] = []
        var depth = 0
        var tags: [(tag: String, member: Int)] = []
        // BTF has 24 bits for the places of members of which one is a bit-field, and 32 for those of all others.
        let hasBitFields = members.contains { !$0.name.isEmpty && $0.width != nil }
        let furthest = hasBitFields ? 0xff_ffff : 0xffff_ffff
        for member in members {
            try check(depthOf: member.type, member.place)
            let bit: Int
            if let width = member.width {
                bit = layout.addBitField(
                    member.type, width: width, isNamed: !member.name.isEmpty, member.attributes.wishes)
            } else {
                bit = layout.add(member.type, member.attributes.wishes)
            }
            guard layout.size <= Limits.event, bit <= furthest else {
                throw LayoutFault(.tooLarge(limit: min(Limits.event, (furthest + 1) / 8)), member.place)
            }
            // BTF does not tell of bits without a name.
            guard member.width == nil || !member.name.isEmpty else { continue }
            tags += member.attributes.tags.map { ($0, placed.count) }
            placed.append(.init(member.name, member.type.id, bitOffset: bit, bitSize: member.width ?? 0))
            depth = max(depth, member.type.depth + 1)
        }
        layout.finish(attributes.wishes)
        guard layout.size <= Limits.event else { throw LayoutFault(.tooLarge(limit: Limits.event), place) }
        let id =
            isUnion
            ? builder.union(name ?? "", size: layout.size, placed)
            : builder.structure(name ?? "", size: layout.size, placed)
        for tag in attributes.tags { _ = builder.declarationTag(tag, on: id) }
        for (tag, member) in tags { _ = builder.declarationTag(tag, on: id, component: member) }
        if name == nil {
            inlineNames[id] = members.flatMap { $0.name.isEmpty ? inlineNames[$0.type.id] ?? [] : [$0.name] }
        }
        let last = members.last
        return LayoutType(
            id: id, size: layout.size, alignment: layout.alignment, shape: .composite, depth: depth, words: "",
            endsFlexibly: last?.type.shape == .array(isFlexible: true) || last?.type.endsFlexibly == true)
    }
}
