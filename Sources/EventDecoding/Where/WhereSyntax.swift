// SPDX-License-Identifier: Apache-2.0

/// An expression as it was written.
struct WhereSyntax: Sendable {
    indirect enum Kind: Sendable {
        /// A number, a text or an address.
        case literal(WhereToken.Kind)
        case name(String)
        case group(WhereSyntax)
        case unary(WhereSymbol, WhereSyntax)
        case binary(WhereSymbol, WhereSyntax, WhereSyntax)
        /// All or any of several conditions.
        case chain(WhereSymbol, [WhereSyntax])
        case isIn(WhereSyntax, [Item], isNegated: Bool)
    }

    /// What a list has: one value, or all from one to another.
    struct Item: Sendable {
        var low: WhereSyntax
        var high: WhereSyntax?
    }

    /// Expressions within each other.
    static let depthLimit = 100

    let kind: Kind
    let position: Range<Int>
    /// How many levels there are.
    let depth: Int

    init(_ kind: Kind, _ position: Range<Int>) throws(WhereProblem) {
        self.kind = kind
        self.position = position
        let inner =
            switch kind {
            case .literal, .name: 0
            case .group(let inner), .unary(_, let inner): inner.depth
            case .binary(_, let left, let right): max(left.depth, right.depth)
            case .chain(_, let parts): parts.reduce(0) { max($0, $1.depth) }
            case .isIn(let value, let items, _):
                items.reduce(value.depth) { max($0, $1.low.depth, $1.high?.depth ?? 0) }
            }
        depth = inner + 1
        guard depth <= Self.depthLimit else { throw Self.tooDeep(position) }
    }

    static func tooDeep(_ position: Range<Int>) -> WhereProblem {
        WhereProblem(position, "the expression has more than \(depthLimit) levels")
    }

    /// Calls for each name in it.
    func forEachName(_ body: (String) -> Void) {
        switch kind {
        case .literal: break
        case .name(let name): body(name)
        case .group(let inner), .unary(_, let inner): inner.forEachName(body)
        case .binary(_, let left, let right):
            left.forEachName(body)
            right.forEachName(body)
        case .chain(_, let parts): for part in parts { part.forEachName(body) }
        case .isIn(let value, let items, _):
            value.forEachName(body)
            for item in items {
                item.low.forEachName(body)
                item.high?.forEachName(body)
            }
        }
    }
}
