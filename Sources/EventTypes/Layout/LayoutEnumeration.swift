// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension LayoutParser {
    /// Reads what an enumeration is: `{ NAME [= NUMBER], ... }`, after `: TYPE` if that is there.
    mutating func enumeration(
        _ name: String?, _ attributes: LayoutAttributes
    ) throws(LayoutFault) -> LayoutType {
        let fixed = take(":") ? try underlyingType() : nil
        try expect("{")
        var values: [(name: String, value: Int128)] = []
        var next: Int128 = 0
        while token.text != "}" {
            guard token.kind == .identifier else { throw unexpected("a name or }") }
            let word = advance()
            _ = try self.attributes()
            if take("=") { next = try constant().value }
            guard enumerators[word.text] == nil else { throw LayoutFault(.duplicate(word.text), word.place) }
            guard next <= Int128(UInt64.max) else {
                throw LayoutFault(.constant("the number does not fit into 64 bits"), word.place)
            }
            enumerators[word.text] = LayoutConstant(next)
            values.append((word.text, next))
            next += 1
            guard take(",") else { break }
        }
        guard !values.isEmpty else { throw unexpected("a name") }
        let end = token.place
        try expect("}")
        var attributes = attributes
        attributes.add(try self.attributes())
        let isSigned = fixed?.isSigned ?? values.contains { $0.value < 0 }
        let least = fixed?.size ?? (attributes.wishes.isPacked ? 1 : 4)
        guard
            let size = [1, 2, 4, 8].first(where: { size in
                size >= least && values.allSatisfy { Self.holds($0.value, size * 8, isSigned) }
            }), size == fixed?.size ?? size
        else {
            throw LayoutFault(.constant("no integer of C holds all numbers of the enumeration"), end)
        }
        let id =
            size == 8
            ? builder.enumeration64(
                name ?? "", isSigned: isSigned, values.map { ($0.name, UInt64(truncatingIfNeeded: $0.value)) })
            : builder.enumeration(
                name ?? "", size: size, isSigned: isSigned, values.map { ($0.name, Int(truncatingIfNeeded: $0.value)) })
        for tag in attributes.tags { _ = builder.declarationTag(tag, on: id) }
        return LayoutType(
            id: id, size: size, alignment: max(size, attributes.wishes.alignment), shape: .enumeration, words: "")
    }

    private static func holds(_ value: Int128, _ bits: Int, _ isSigned: Bool) -> Bool {
        let all = Int128(1) << Int128(bits)
        return isSigned ? value >= -(all / 2) && value < all / 2 : value >= 0 && value < all
    }

    /// The integer that an enumeration is said to be.
    private mutating func underlyingType() throws(LayoutFault) -> (size: Int, isSigned: Bool) {
        let place = token.place
        let type = try specifiers(isMember: true).type
        guard case .integer(let bits, let isSigned) = type.shape, bits > 1, bits <= 64 else {
            throw LayoutFault(.constant("an enumeration is of an integer of up to 64 bits"), place)
        }
        return (type.size, isSigned)
    }
}
