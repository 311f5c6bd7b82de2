// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Values that have names.
extension WhereCompiler {
    /// The first value in an expression whose numbers have names.
    func enumeration(in syntax: WhereSyntax) -> EventField? {
        switch syntax.kind {
        case .name(let name):
            if case .field(let field)? = resolve(name), field.hasNames(machine: machine) { return field }
            return nil
        case .group(let inner), .unary(_, let inner): return enumeration(in: inner)
        case .binary(let symbol, let left, let right) where !symbol.isComparison:
            return enumeration(in: left) ?? enumeration(in: right)
        case .literal, .binary, .chain, .isIn: return nil
        }
    }

    func pattern(_ syntax: WhereSyntax) -> WherePattern? {
        guard case .literal(let kind) = syntax.inner.kind else { return nil }
        switch kind {
        case .text(let pattern): return pattern
        case .character(let pattern): return pattern.steps.count == 1 ? nil : pattern
        default: return nil
        }
    }

    /// `state == "TCP_*"`: any of the values with such a name.
    mutating func compare(
        _ symbol: WhereSymbol, _ value: (meaning: Meaning, syntax: WhereSyntax), _ table: EventField,
        with pattern: WherePattern, _ position: Range<Int>
    ) throws(WhereProblem) -> Int {
        let found = table.names(machine: machine).filter { name in
            unsafe pattern.matches(Array(name.utf8).span.bytes)
        }
        let values = found.compactMap { table.value(named: $0, machine: machine) }
        guard let first = values.first else {
            let text = String(decoding: pattern.literal ?? [], as: UTF8.self)
            let near = EditDistance.names(near: text, among: table.names(machine: machine))
            throw WhereProblem(
                position, "\(table.path) has no such value",
                next: near.isEmpty ? nil : "did you mean \(.chooseName(near), near.joined(separator: ", "))?")
        }
        let step = try number(value.meaning, value.syntax)
        if values.count == 1 { return compareNumbers(symbol, step, constant(first)) }
        guard symbol == .equal || symbol == .notEqual else {
            throw WhereProblem(position, "patterns are for == and != only")
        }
        program.sets.append(Self.joined(values.map { $0...$0 }))
        return add(.isIn, symbol, step, program.sets.count - 1)
    }
}
