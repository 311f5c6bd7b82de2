// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// A name with its type, as a declaration gives it.
struct LayoutDeclarator {
    /// Nil if there is none.
    var name: String?
    var place: Range<Int>
    var type: LayoutType
}

extension LayoutParser {
    /// Reads `*`, a name, parentheses, and what follows: arrays and parameters.
    mutating func declarator(of base: LayoutType) throws(LayoutFault) -> LayoutDeclarator {
        try enter()
        defer { depth -= 1 }
        var type = base
        while token.text == "*", token.kind == .punctuator {
            let place = advance().place
            try check(depthOf: type, place)
            type = pointer(to: type)
            pointer: while token.kind == .identifier {
                switch token.text {
                case "const", "__const": type = qualified(type, .const)
                case "volatile", "__volatile__": type = qualified(type, .volatile)
                case "restrict", "__restrict", "__restrict__": break
                case _ where LayoutAttribute.words.contains(token.text):
                    _ = try attributes()
                    continue pointer
                default: break pointer
                }
                advance()
                try check(depthOf: type, place)
            }
        }
        if token.text == "(", token.kind == .punctuator {
            // What is within is of the type that what follows makes: it is read after that.
            let inner = position + 1
            try skipParentheses()
            type = try suffixed(type)
            let end = position
            position = inner
            let declared = try declarator(of: type)
            try expect(")")
            position = end
            return declared
        }
        let place = token.place
        let name = token.kind == .identifier ? advance().text : nil
        return LayoutDeclarator(name: name, place: place, type: try suffixed(type))
    }

    /// An array or a function of a type, if its brackets or parentheses come next.
    private mutating func suffixed(_ type: LayoutType) throws(LayoutFault) -> LayoutType {
        let place = token.place
        if token.text == "(", token.kind == .punctuator {
            try skipParentheses()
            return LayoutType(
                id: builder.prototype(returning: type.id), shape: .function, depth: type.depth + 1,
                words: type.words + " ()")
        }
        var counts: [(count: Int?, place: Range<Int>)] = []
        while token.text == "[", token.kind == .punctuator {
            let place = advance().place
            guard counts.count < Limits.layoutDepth else {
                throw LayoutFault(.tooDeep(limit: Limits.layoutDepth), place)
            }
            counts.append((token.text == "]" ? nil : try count(), place))
            try expect("]")
        }
        var type = type
        for (index, dimension) in counts.enumerated().reversed() {
            guard dimension.count != nil || index == 0 else {
                throw LayoutFault(.array("only the first number of elements may be left open"), dimension.place)
            }
            type = try array(of: type, dimension.count, place)
        }
        return type
    }

    private mutating func count() throws(LayoutFault) -> Int {
        let place = token.place
        let value = try constant().value
        guard value >= 0 else { throw LayoutFault(.array("an array has no \(value) elements"), place) }
        guard value <= Int128(Limits.event) else { throw LayoutFault(.tooLarge(limit: Limits.event), place) }
        return Int(value)
    }

    private mutating func array(
        of element: LayoutType, _ count: Int?, _ place: Range<Int>
    ) throws(LayoutFault) -> LayoutType {
        guard element.isComplete else { throw LayoutFault(.noSize(element.words), place) }
        guard !element.endsFlexibly, element.shape != .array(isFlexible: true) else {
            throw LayoutFault(.array("the elements of an array have all one size"), place)
        }
        guard element.size % element.alignment == 0 else {
            throw LayoutFault(.array("elements of \(element.size) bytes cannot be \(element.alignment)-aligned"), place)
        }
        try check(depthOf: element, place)
        // Both are at most 2^30.
        let size = element.size * (count ?? 0)
        guard size <= Limits.event else { throw LayoutFault(.tooLarge(limit: Limits.event), place) }
        let index = subscriptID ?? builder.int("__ARRAY_SIZE_TYPE__", size: 4)
        subscriptID = index
        return LayoutType(
            id: builder.array(of: element.id, count: count ?? 0, index: index), size: size,
            alignment: element.alignment, shape: .array(isFlexible: count == nil), depth: element.depth + 1,
            words: element.words + " []")
    }
}
