// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// What is compared with what.
extension WhereCompiler {
    mutating func comparison(
        _ symbol: WhereSymbol, _ left: WhereSyntax, _ right: WhereSyntax
    ) throws(WhereProblem) -> Int {
        // Names of an enumeration mean something beside a value of it.
        let table = enumeration(in: left) ?? enumeration(in: right)
        if let table {
            if let pattern = pattern(right) {
                return try compare(symbol, (try meaning(left), left), table, with: pattern, right.position)
            }
            if let pattern = pattern(left) {
                return try compare(symbol.mirrored, (try meaning(right), right), table, with: pattern, left.position)
            }
        }
        let first = try meaning(left, table)
        try suggestQuotes(first, right)
        return try compare(symbol, (first, left), (try meaning(right, table), right))
    }

    /// `comm == bash` lacks quotes.
    func suggestQuotes(_ left: Meaning, _ right: WhereSyntax) throws(WhereProblem) {
        guard case .text = left, case .name(let name) = right.inner.kind, resolve(name) == nil else { return }
        throw WhereProblem(
            right.position, "there is no field \(words(right))", next: "put text in quotes: \"\(words(right))\"")
    }

    mutating func compare(
        _ symbol: WhereSymbol, _ left: (meaning: Meaning, syntax: WhereSyntax),
        _ right: (meaning: Meaning, syntax: WhereSyntax)
    ) throws(WhereProblem) -> Int {
        switch (left.meaning, right.meaning) {
        case (.text(let source), .pattern(let pattern)), (.text(let source), .character(let pattern)):
            return try compare(symbol, text(source), pattern, right.syntax.position)
        case (.bytes(let field), .pattern(let pattern)), (.bytes(let field), .character(let pattern)):
            if let address = Self.address(pattern, for: field) {
                return try compare(symbol, left, (.address(address), right.syntax))
            }
            try refuseStructure(field, left.syntax.position)
            return try compare(symbol, text(.place(field.bytePlace)), pattern, right.syntax.position)
        case (.text(let source), .text(let other)):
            return add(.compareTexts, symbol, text(source), text(other))
        case (.bytes(let field), .address(let address)):
            return try compare(symbol, field, address, left.syntax, right.syntax)
        case (.number, .address(let address)):
            guard case .name(let name) = left.syntax.inner.kind, case .field(let field)? = resolve(name) else {
                throw WhereProblem(right.syntax.position, "an address is compared with a field only")
            }
            return try compare(symbol, field, address, left.syntax, right.syntax)
        case (.pattern, .text), (.character, .text), (.pattern, .bytes), (.character, .bytes), (.address, .bytes),
            (.address, .number), (.pattern, .number):
            return try compare(symbol.mirrored, right, left)
        case (.number, .pattern(let pattern)):
            if case .name(let name) = left.syntax.inner.kind, case .field(let field)? = resolve(name),
                let address = Self.address(pattern, for: field)
            {
                return try compare(symbol, left, (.address(address), right.syntax))
            }
            throw WhereProblem(
                right.syntax.position, "\(words(left.syntax)) is a number, and this is a text")
        case (.text, .number), (.text, .condition), (.text, .address), (.text, .bytes):
            throw WhereProblem(
                right.syntax.position, "\(words(left.syntax)) is text, and \(words(right.syntax)) is not",
                next: "put text in quotes: == \"\(words(right.syntax))\"")
        case (.number, .text), (.condition, .text), (.address, .text), (.bytes, .text):
            throw WhereProblem(
                left.syntax.position, "\(words(right.syntax)) is text, and \(words(left.syntax)) is not",
                next: "put text in quotes: == \"\(words(left.syntax))\"")
        default:
            let first = try number(left.meaning, left.syntax)
            let second = try number(right.meaning, right.syntax)
            return compareNumbers(symbol, first, second)
        }
    }

    mutating func compareNumbers(_ symbol: WhereSymbol, _ left: Int, _ right: Int) -> Int {
        if let fast = fast(symbol, left, right) ?? fast(symbol.mirrored, right, left) { return fast }
        return add(.compare, symbol, left, right)
    }

    /// A field with a constant of its range, which most comparisons are.
    mutating func fast(_ symbol: WhereSymbol, _ left: Int, _ right: Int) -> Int? {
        let (first, second) = (program.nodes[left], program.nodes[right])
        guard first.operation == .field, second.operation == .integer else { return nil }
        let field = program.fields[first.a]
        let value = program.integers[second.a]
        guard field.kind.isInteger, field.bits <= 64 else { return nil }
        let access = field.node.access
        let bias: UInt64 = access.isSigned ? 1 << 63 : 0
        guard let bits = access.isSigned ? Int64(exactly: value).map(UInt64.init(bitPattern:)) : UInt64(exactly: value)
        else { return nil }
        program.fastFields.append(
            WhereProgram.FastField(access: access, base: field.base, bias: bias, limit: bits ^ bias))
        return add(.compareFast, symbol, program.fastFields.count - 1)
    }

    mutating func compare(
        _ symbol: WhereSymbol, _ source: Int, _ pattern: WherePattern, _ position: Range<Int>
    ) throws(WhereProblem) -> Int {
        if symbol == .equal || symbol == .notEqual {
            program.patterns.append(pattern)
            return add(.matchesPattern, symbol, source, program.patterns.count - 1)
        }
        guard let literal = pattern.literal else {
            throw WhereProblem(
                position, "patterns are for == and != only", next: "write \\\\* for the character * itself")
        }
        return add(.compareTexts, symbol, source, text(.bytes(literal)))
    }

    mutating func compare(
        _ symbol: WhereSymbol, _ field: EventField, _ address: WhereAddress, _ left: WhereSyntax, _ right: WhereSyntax
    ) throws(WhereProblem) -> Int {
        guard symbol == .equal || symbol == .notEqual else {
            throw WhereProblem(right.position, "addresses are compared by == and != only")
        }
        guard field.isByteAligned, field.size == address.bytes.count else {
            throw WhereProblem(
                right.position,
                "\(words(left)) has \(field.size) bytes, and this address has \(address.bytes.count)")
        }
        program.addresses.append(address)
        return add(.matchesAddress, symbol, place(field), program.addresses.count - 1)
    }

    /// A text that is an address as it would stand without quotes.
    static func address(_ pattern: WherePattern, for field: EventField) -> WhereAddress? {
        guard let text = pattern.literal, [4, 6, 16].contains(field.size) else { return nil }
        var lexer = WhereLexer(text)
        guard let address = try? lexer.address(), lexer.at == text.count, address.bytes.count == field.size else {
            return nil
        }
        return address
    }
}
