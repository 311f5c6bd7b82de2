// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// What an expression stands for, and arithmetic.
extension WhereCompiler {
    mutating func number(_ meaning: Meaning, _ syntax: WhereSyntax) throws(WhereProblem) -> Int {
        switch meaning {
        case .number(let step): return step
        // A condition is a number as it is in C: 0 or 1.
        case .condition(let step): return step
        case .character(let pattern):
            if let byte = pattern.literal?.first, pattern.literal?.count == 1 { return constant(Int128(byte)) }
            throw WhereProblem(syntax.position, "this is text, and a number is needed here")
        case .text, .pattern:
            throw WhereProblem(syntax.position, "\(words(syntax)) is text, and a number is needed here")
        case .address: throw WhereProblem(syntax.position, "an address can only be compared by == and !=")
        case .bytes(let field):
            try refuseStructure(field, syntax.position)
            throw WhereProblem(
                syntax.position, "\(field.path) is not a number",
                next: field.kind == .array ? "name one of its elements: \(field.path)[0]" : "compare it with a text")
        }
    }

    /// What an expression stands for; the table is of an enumeration beside it.
    mutating func meaning(_ syntax: WhereSyntax, _ table: EventField? = nil) throws(WhereProblem) -> Meaning {
        switch syntax.kind {
        case .group(let inner): return try meaning(inner, table)
        case .name(let name): return try meaning(of: name, table, syntax.position)
        case .literal(let kind):
            switch kind {
            case .integer(let value): return .number(constant(value))
            case .float(let value):
                program.floats.append(value)
                return .number(add(.float, .equal, program.floats.count - 1))
            case .text(let pattern): return .pattern(pattern)
            case .character(let pattern): return .character(pattern)
            case .address(let address): return .address(address)
            case .name, .symbol, .end:
                throw WhereProblem(syntax.position, "a value is missing here")
            }
        case .unary(.not, _), .chain, .isIn: return .condition(try condition(syntax))
        case .unary(let symbol, let inner):
            let step = try number(try meaning(inner, table), inner)
            return .number(try folded(add(.unary, symbol, step), [step], syntax.position))
        case .binary(let symbol, let left, let right):
            if symbol.isComparison { return .condition(try condition(syntax)) }
            let table = table ?? enumeration(in: syntax)
            let first = try number(try meaning(left, table), left)
            let second = try number(try meaning(right, table), right)
            if symbol.isForIntegers, isFloat(first) || isFloat(second) {
                throw WhereProblem(
                    isFloat(first) ? left.position : right.position,
                    "\(symbol.rawValue) is for integers, and this is none")
            }
            return .number(try folded(add(.binary, symbol, first, second), [first, second], syntax.position))
        }
    }

    /// Works out what has no field in it.
    mutating func folded(_ step: Int, _ operands: [Int], _ position: Range<Int>) throws(WhereProblem) -> Int {
        let isConstant = operands.allSatisfy { [.integer, .float].contains(program.nodes[$0].operation) }
        guard isConstant else { return step }
        let nothing: [UInt8] = []
        switch unsafe program.value(step, nothing.span.bytes, EventContext()) {
        case .none:
            throw WhereProblem(position, "this has no value: it divides by zero, or is too large")
        case .integer(let value): return constant(value)
        case .float(let value):
            program.floats.append(value)
            return add(.float, .equal, program.floats.count - 1)
        }
    }

    mutating func meaning(
        of name: String, _ table: EventField?, _ position: Range<Int>
    ) throws(WhereProblem) -> Meaning {
        switch resolve(name) {
        case .field(let field)?:
            switch field.kind {
            case .unsigned, .signed, .boolean, .enumeration, .pointer, .float:
                program.fields.append(field.asShown)
                return .number(add(.field, .equal, program.fields.count - 1))
            case .text: return .text(.place(field.bytePlace))
            case .bytes, .array, .structure: return .bytes(field)
            }
        case .context(.map)?: return .text(.map)
        case .context(.host)?: return .text(.host)
        case .context(.type)?: return .text(.bytes(Array(typeName.utf8)))
        case .context(let field)?:
            program.contexts.append(field)
            return .number(add(.context, .equal, program.contexts.count - 1))
        case nil:
            if let value = table?.value(named: name, machine: machine) { return .number(constant(value)) }
            if name == "true" || name == "false" { return .number(constant(name == "true" ? 1 : 0)) }
            throw unknown(name, table, position)
        }
    }

    func unknown(_ name: String, _ table: EventField?, _ position: Range<Int>) -> WhereProblem {
        let near = EditDistance.names(
            near: name, among: names + (table?.names(machine: machine) ?? []) + ContextField.allCases.map(\.name))
        var next: Diagnostic.Hint? =
            near.isEmpty ? nil : "did you mean \(.chooseName(near), near.joined(separator: ", "))?"
        if next == nil, !names.isEmpty {
            next = "there are: \((names.prefix(20) + (names.count > 20 ? ["..."] : [])).joined(separator: ", "))"
        }
        let shown = name.utf8.count > 64 ? String(name.prefix(60)) + "..." : name
        return WhereProblem(
            position,
            "there is no field \(shown)" + (table.map { ", and \($0.path) has no such value" } ?? "")
                + (typeName.isEmpty ? "" : " in \(typeName)"), next: next)
    }
}
