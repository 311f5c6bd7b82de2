// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Checks an expression against the names of a type, and makes a program of it.
struct WhereCompiler {
    let typeName: String
    let names: [String]
    /// The machine that the events are from, as uname(2) names it: numbers have other names on others.
    let machine: String
    let resolve: (String) -> WhereOperand?
    var program = WhereProgram()

    /// What an expression stands for.
    enum Meaning {
        /// The step that works the number out.
        case number(Int)
        /// The step of a condition.
        case condition(Int)
        /// A text of the event or its context.
        case text(WhereProgram.TextSource)
        case pattern(WherePattern)
        /// A text in single quotes, which is a number too if it has one byte.
        case character(WherePattern)
        case address(WhereAddress)
        /// Bytes of the event without a simpler value.
        case bytes(EventField)
    }

    init(
        typeName: String, names: [String], machine: String, _ resolve: @escaping (String) -> WhereOperand?
    ) {
        self.typeName = typeName
        self.machine = machine
        self.names = names
        self.resolve = resolve
    }

    /// The program.
    mutating func compile(_ syntax: WhereSyntax) throws(WhereProblem) -> WhereProgram {
        program.root = try condition(syntax)
        return program
    }

    mutating func add(
        _ operation: WhereProgram.Node.Operation, _ symbol: WhereSymbol = .equal, _ a: Int = 0, _ b: Int = 0
    )
        -> Int
    {
        program.nodes.append(WhereProgram.Node(operation: operation, symbol: symbol, a: a, b: b))
        return program.nodes.count - 1
    }

    mutating func constant(_ value: Int128) -> Int {
        program.integers.append(value)
        return add(.integer, .equal, program.integers.count - 1)
    }

    // MARK: Conditions

    /// Compiles what is true or false: of a number whether it is not 0, of a text whether it is not empty.
    mutating func condition(_ syntax: WhereSyntax) throws(WhereProblem) -> Int {
        switch syntax.kind {
        case .group(let inner): return try condition(inner)
        case .unary(.not, let inner): return add(.not, .equal, try condition(inner))
        case .chain(let symbol, let parts):
            var steps: [Int] = []
            for part in parts { steps.append(try condition(part)) }
            return chain(symbol == .and ? .all : .any, steps)
        case .binary(let symbol, let left, let right) where symbol.isComparison:
            return try comparison(symbol, left, right)
        case .isIn(let value, let items, let isNegated): return try list(value, items, isNegated, syntax.position)
        default: break
        }
        switch try meaning(syntax) {
        case .condition(let step): return step
        case .number(let step): return add(.isTrue, .equal, step)
        case .text(let source): return add(.hasText, .equal, text(source))
        case .bytes(let field): return add(.hasBits, .equal, place(field))
        case .pattern, .character, .address:
            throw WhereProblem(syntax.position, "this alone is not a condition", next: "compare it: comm == \"ssh*\"")
        }
    }

    mutating func chain(_ operation: WhereProgram.Node.Operation, _ steps: [Int]) -> Int {
        let first = program.children.count
        program.children += steps
        return add(operation, .equal, first, steps.count)
    }

    // MARK: Helpers

    mutating func text(_ source: WhereProgram.TextSource) -> Int {
        program.texts.append(source)
        return program.texts.count - 1
    }

    mutating func place(_ field: EventField) -> Int {
        program.places.append(field.bytePlace)
        return program.places.count - 1
    }

    func refuseStructure(_ field: EventField, _ position: Range<Int>) throws(WhereProblem) {
        guard field.kind == .structure else { return }
        let members = names.filter { $0.hasPrefix(field.path + ".") }
        throw WhereProblem(
            position, "\(field.path) is a structure",
            next: members.isEmpty ? nil : "name a member: \(members.prefix(5).joined(separator: ", "))")
    }

    /// An expression in a message: as the user wrote it where it is a word.
    func words(_ syntax: WhereSyntax) -> String {
        switch syntax.inner.kind {
        case .name(let name): name.utf8.count > 64 ? String(name.prefix(60)) + "..." : name
        case .literal(.integer(let value)): "\(value)"
        case .literal(.float(let value)): "\(value)"
        default: "this"
        }
    }
}

extension WhereSyntax {
    /// What is in the parentheses.
    var inner: WhereSyntax {
        if case .group(let inner) = kind { inner.inner } else { self }
    }
}

extension WhereSymbol {
    var isForIntegers: Bool {
        switch self {
        case .remainder, .shiftLeft, .shiftRight, .bitAnd, .bitOr, .bitXor: true
        default: false
        }
    }

    /// The comparison with both sides changed.
    var mirrored: WhereSymbol {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}

extension ValueKind {
    var isInteger: Bool {
        switch self {
        case .unsigned, .signed, .boolean, .enumeration, .pointer: true
        case .float, .text, .bytes, .array, .structure: false
        }
    }
}

extension EventField {
    /// Where its bytes are.
    var bytePlace: WhereProgram.Place {
        WhereProgram.Place(offset: offset, size: node.isFlexible ? nil : size)
    }

    /// Whether it is whole bytes, and no part of some.
    var isByteAligned: Bool {
        kind.isInteger ? node.access.bits == size * 8 && node.access.byteCount == size : true
    }
}
