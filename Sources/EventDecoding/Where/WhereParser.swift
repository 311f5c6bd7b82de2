// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Reads an expression by the power with which its operators bind.
struct WhereParser {
    private var lexer: WhereLexer
    private var token: WhereToken
    private let end: Int

    /// Bytes that an expression may have.
    static let lengthLimit = 1 << 16

    /// What binds more has the larger number; the order is that of C, but bit operations bind more than comparisons.
    private enum Power {
        static let or = 1
        static let and = 2
        static let not = 3
        static let comparison = 4
        static let unary = 11
    }

    init(_ text: String) throws(WhereProblem) {
        let bytes = Array(text.utf8.prefix(Self.lengthLimit + 1))
        guard bytes.count <= Self.lengthLimit else {
            throw WhereProblem(0..<0, "the expression has more than \(Self.lengthLimit) bytes")
        }
        lexer = WhereLexer(bytes)
        end = bytes.count
        token = try lexer.next()
    }

    /// The whole expression.
    mutating func parse() throws(WhereProblem) -> WhereSyntax {
        guard token.kind != .end else {
            throw WhereProblem(0..<0, "the expression is empty", next: "write a condition: pid == 1234")
        }
        let syntax = try expression(Power.or, depth: 0)
        switch token.kind {
        case .end: return syntax
        case .symbol(.close):
            throw WhereProblem(token.position, "this parenthesis closes none")
        case .symbol(.comma), .symbol(.range):
            throw WhereProblem(token.position, "lists stand behind in", next: "write pid in (1, 2, 5..9)")
        default:
            throw WhereProblem(
                token.position, "an operator is missing in front of this", next: "join conditions by && or ||")
        }
    }

    private mutating func advance() throws(WhereProblem) {
        token = try lexer.next()
    }

    private mutating func take(_ symbol: WhereSymbol) throws(WhereProblem) -> Bool {
        guard token.kind == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    private static func power(_ symbol: WhereSymbol) -> Int? {
        switch symbol {
        case .or: Power.or
        case .and: Power.and
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn, .notWord: Power.comparison
        case .bitOr: 5
        case .bitXor: 6
        case .bitAnd: 7
        case .shiftLeft, .shiftRight: 8
        case .plus, .minus: 9
        case .times, .divide, .remainder: 10
        case .bitNot, .not, .open, .close, .comma, .range: nil
        }
    }

    private mutating func expression(_ least: Int, depth: Int) throws(WhereProblem) -> WhereSyntax {
        var left = try operand(least, depth: depth)
        while case .symbol(let symbol) = token.kind, let power = Self.power(symbol), power >= least {
            let position = token.position
            switch symbol {
            case .or, .and:
                var parts = [left]
                while try take(symbol) { parts.append(try expression(power + 1, depth: depth + 1)) }
                left = try WhereSyntax(.chain(symbol, parts), left.position.lowerBound..<last(parts))
            case .isIn, .notWord:
                try refuseNot(left)
                left = try list(left, depth: depth)
                try refuseChain()
            case _ where symbol.isComparison:
                try refuseNot(left)
                try advance()
                let right = try expression(power + 1, depth: depth + 1)
                left = try WhereSyntax(
                    .binary(symbol, left, right), left.position.lowerBound..<right.position.upperBound)
                try refuseChain()
            default:
                try advance()
                let right = try expression(power + 1, depth: depth + 1)
                left = try WhereSyntax(
                    .binary(symbol, left, right),
                    min(left.position.lowerBound, position.lowerBound)..<right.position.upperBound)
            }
        }
        return left
    }

    private func last(_ parts: [WhereSyntax]) -> Int { parts.last?.position.upperBound ?? end }

    /// `!a == b` is `(!a) == b` in C, which nobody means.
    private func refuseNot(_ left: WhereSyntax) throws(WhereProblem) {
        if case .unary(.not, _) = left.kind {
            throw WhereProblem(
                left.position.lowerBound..<(left.position.lowerBound + 1),
                "! is for this value only, not for the comparison",
                next: "write !(a == b), or a != b")
        }
    }

    private func refuseChain() throws(WhereProblem) {
        guard case .symbol(let symbol) = token.kind, symbol.isComparison || symbol == .isIn else { return }
        throw WhereProblem(
            token.position, "comparisons cannot be chained", next: "write 1 < x && x < 5, or x in 2..4")
    }

    // MARK: Operands

    private mutating func operand(_ least: Int, depth: Int) throws(WhereProblem) -> WhereSyntax {
        let start = token.position
        guard depth < WhereSyntax.depthLimit else { throw WhereSyntax.tooDeep(start) }
        switch token.kind {
        case .integer, .float, .text, .character, .address:
            let kind = token.kind
            try advance()
            return try WhereSyntax(.literal(kind), start)
        case .name(let name):
            try advance()
            if token.kind == .symbol(.open) {
                throw WhereProblem(start, "there are no functions here")
            }
            return try WhereSyntax(.name(name), start)
        case .symbol(.open):
            try advance()
            let inner = try expression(Power.or, depth: depth + 1)
            let close = token.position
            guard try take(.close) else {
                if token.kind == .end {
                    throw WhereProblem(start, "the parenthesis that opens here is not closed")
                }
                throw WhereProblem(token.position, "a ) or an operator is missing in front of this", from: start)
            }
            return try WhereSyntax(.group(inner), start.lowerBound..<close.upperBound)
        case .symbol(.notWord):
            guard least <= Power.comparison else {
                throw WhereProblem(start, "not cannot stand here", next: "write (not ...)")
            }
            return try unary(.not, operand: Power.not, depth: depth, isWord: true)
        case .symbol(.minus), .symbol(.plus), .symbol(.bitNot), .symbol(.not):
            guard case .symbol(let symbol) = token.kind else { break }
            return try unary(symbol, operand: Power.unary, depth: depth, isWord: false)
        case .symbol(let symbol):
            throw WhereProblem(
                start, "a value is missing in front of this",
                next: symbol == .times ? "patterns are quoted: comm == \"ssh*\"" : nil)
        case .end:
            break
        }
        throw WhereProblem(start, "a value is missing at the end")
    }

    private mutating func unary(
        _ symbol: WhereSymbol, operand power: Int, depth: Int, isWord: Bool
    ) throws(WhereProblem) -> WhereSyntax {
        let start = token.position.lowerBound
        try advance()
        let inner = try expression(power, depth: depth + 1)
        let position = start..<inner.position.upperBound
        let syntax = try WhereSyntax(.unary(symbol, inner), position)
        // The word binds less than a comparison, so that it is as if it had parentheses.
        return isWord ? try WhereSyntax(.group(syntax), position) : syntax
    }

    /// What follows `in` or `not in`: `(1, 2, 5..9)`, or a range alone.
    private mutating func list(_ value: WhereSyntax, depth: Int) throws(WhereProblem) -> WhereSyntax {
        let isNegated = try take(.notWord)
        guard try take(.isIn) else {
            throw WhereProblem(token.position, "in is missing in front of this", next: "write x not in (1, 2)")
        }
        var items: [WhereSyntax.Item] = []
        let open = token.position
        if try take(.open) {
            repeat {
                items.append(try item(depth: depth + 1))
            } while try take(.comma)
            guard try take(.close) else {
                throw WhereProblem(token.position, "a , or ) is missing in front of this", from: open)
            }
        } else {
            let start = token.position
            let only = try item(depth: depth + 1)
            guard only.high != nil || only.isAddress else {
                throw WhereProblem(start, "a list in parentheses or a range is missing here", next: "write x in (1, 2)")
            }
            items.append(only)
        }
        return try WhereSyntax(
            .isIn(value, items, isNegated: isNegated),
            value.position.lowerBound..<max(value.position.upperBound, token.position.lowerBound))
    }

    private mutating func item(depth: Int) throws(WhereProblem) -> WhereSyntax.Item {
        let low = try expression(Power.comparison + 1, depth: depth)
        guard try take(.range) else { return WhereSyntax.Item(low: low) }
        return WhereSyntax.Item(low: low, high: try expression(Power.comparison + 1, depth: depth))
    }
}

extension WhereSyntax.Item {
    /// `daddr in 10.0.0.0/8` needs no parentheses.
    fileprivate var isAddress: Bool {
        if case .literal(.address) = low.kind { true } else { false }
    }
}
