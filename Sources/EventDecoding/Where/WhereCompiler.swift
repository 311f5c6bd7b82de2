// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Checks an expression against the names of a type, and makes a program of it.
struct WhereCompiler {
    private let typeName: String
    private let names: [String]
    private let resolve: (String) -> WhereOperand?
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

    init(typeName: String, names: [String], _ resolve: @escaping (String) -> WhereOperand?) {
        self.typeName = typeName
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
    private mutating func condition(_ syntax: WhereSyntax) throws(WhereProblem) -> Int {
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

    private mutating func chain(_ operation: WhereProgram.Node.Operation, _ steps: [Int]) -> Int {
        let first = program.children.count
        program.children += steps
        return add(operation, .equal, first, steps.count)
    }

    // MARK: Comparisons

    private mutating func comparison(
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
    private func suggestQuotes(_ left: Meaning, _ right: WhereSyntax) throws(WhereProblem) {
        guard case .text = left, case .name(let name) = right.inner.kind, resolve(name) == nil else { return }
        throw WhereProblem(
            right.position, "there is no field \(words(right))", next: "put text in quotes: \"\(words(right))\"")
    }

    private mutating func compare(
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

    private mutating func compareNumbers(_ symbol: WhereSymbol, _ left: Int, _ right: Int) -> Int {
        if let fast = fast(symbol, left, right) ?? fast(symbol.mirrored, right, left) { return fast }
        return add(.compare, symbol, left, right)
    }

    /// A field with a constant of its range, which most comparisons are.
    private mutating func fast(_ symbol: WhereSymbol, _ left: Int, _ right: Int) -> Int? {
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

    private mutating func compare(
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

    private mutating func compare(
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
    private static func address(_ pattern: WherePattern, for field: EventField) -> WhereAddress? {
        guard let text = pattern.literal, [4, 6, 16].contains(field.size) else { return nil }
        var lexer = WhereLexer(text)
        guard let address = try? lexer.address(), lexer.at == text.count, address.bytes.count == field.size else {
            return nil
        }
        return address
    }

    // MARK: Lists

    private mutating func list(
        _ value: WhereSyntax, _ items: [WhereSyntax.Item], _ isNegated: Bool, _ position: Range<Int>
    ) throws(WhereProblem) -> Int {
        let table = enumeration(in: value)
        let wanted = (meaning: try meaning(value, table), syntax: value)
        var steps: [Int] = []
        var ranges: [ClosedRange<Int128>] = []
        for item in items {
            if let high = item.high {
                let low = try number(try meaning(item.low, table), item.low)
                let end = try number(try meaning(high, table), high)
                let found = try number(wanted.meaning, value)
                guard let first = literal(low), let last = literal(end) else {
                    steps.append(
                        chain(
                            .all, [add(.compare, .greaterOrEqual, found, low), add(.compare, .lessOrEqual, found, end)])
                    )
                    continue
                }
                guard first <= last else {
                    throw WhereProblem(
                        item.low.position.lowerBound..<high.position.upperBound, "this range has nothing in it")
                }
                ranges.append(first...last)
            } else if let table, let pattern = pattern(item.low) {
                steps.append(try compare(.equal, wanted, table, with: pattern, item.low.position))
            } else {
                try suggestQuotes(wanted.meaning, item.low)
                let one = try meaning(item.low, table)
                if case .number = wanted.meaning, case .number(let step) = one, let constant = literal(step) {
                    ranges.append(constant...constant)
                } else {
                    steps.append(try compare(.equal, wanted, (one, item.low)))
                }
            }
        }
        if !ranges.isEmpty {
            program.sets.append(Self.joined(ranges))
            steps.append(add(.isIn, .equal, try number(wanted.meaning, value), program.sets.count - 1))
        }
        guard isNegated else { return steps.count == 1 ? steps[0] : chain(.any, steps) }
        return try negated(steps, wanted)
    }

    /// A value that is not there is neither in a list nor not in it.
    private mutating func negated(
        _ steps: [Int], _ value: (meaning: Meaning, syntax: WhereSyntax)
    ) throws(WhereProblem) -> Int {
        let isThere: Int
        switch value.meaning {
        case .text(let source):
            program.patterns.append(Self.anything)
            isThere = add(.matchesPattern, .equal, text(source), program.patterns.count - 1)
        case .bytes(let field):
            program.patterns.append(Self.anything)
            isThere = add(.matchesPattern, .equal, text(.place(field.bytePlace)), program.patterns.count - 1)
        case let other:
            let number = try number(other, value.syntax)
            isThere = add(.compare, .equal, number, number)
        }
        let found = steps.count == 1 ? steps[0] : chain(.any, steps)
        return chain(.all, [isThere, add(.not, .equal, found)])
    }

    private static let anything: WherePattern = {
        var pattern = WherePattern()
        pattern.append(.star)
        return pattern
    }()

    private func isFloat(_ step: Int) -> Bool {
        let node = program.nodes[step]
        switch node.operation {
        case .float: return true
        case .field:
            if case .float = program.fields[node.a].kind { return true }
            return false
        default: return false
        }
    }

    private func literal(_ step: Int) -> Int128? {
        let node = program.nodes[step]
        return node.operation == .integer ? program.integers[node.a] : nil
    }

    private static func joined(_ ranges: [ClosedRange<Int128>]) -> [ClosedRange<Int128>] {
        var joined: [ClosedRange<Int128>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }

    // MARK: Enumerations

    /// The first value of an enumeration in an expression.
    private func enumeration(in syntax: WhereSyntax) -> EventField? {
        switch syntax.kind {
        case .name(let name):
            if case .field(let field)? = resolve(name), field.kind == .enumeration { return field }
            return nil
        case .group(let inner), .unary(_, let inner): return enumeration(in: inner)
        case .binary(let symbol, let left, let right) where !symbol.isComparison:
            return enumeration(in: left) ?? enumeration(in: right)
        case .literal, .binary, .chain, .isIn: return nil
        }
    }

    private func pattern(_ syntax: WhereSyntax) -> WherePattern? {
        guard case .literal(let kind) = syntax.inner.kind else { return nil }
        switch kind {
        case .text(let pattern): return pattern
        case .character(let pattern): return pattern.steps.count == 1 ? nil : pattern
        default: return nil
        }
    }

    /// `state == "TCP_*"`: any of the values with such a name.
    private mutating func compare(
        _ symbol: WhereSymbol, _ value: (meaning: Meaning, syntax: WhereSyntax), _ table: EventField,
        with pattern: WherePattern, _ position: Range<Int>
    ) throws(WhereProblem) -> Int {
        let found = table.enumeratorNames.filter { name in
            unsafe pattern.matches(Array(name.utf8).span.bytes)
        }
        let values = found.compactMap { table.enumeratorValue(named: $0) }
        guard let first = values.first else {
            let text = String(decoding: pattern.literal ?? [], as: UTF8.self)
            let near = EditDistance.names(near: text, among: table.enumeratorNames)
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

    // MARK: Values

    private mutating func number(_ meaning: Meaning, _ syntax: WhereSyntax) throws(WhereProblem) -> Int {
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
    private mutating func meaning(_ syntax: WhereSyntax, _ table: EventField? = nil) throws(WhereProblem) -> Meaning {
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
    private mutating func folded(_ step: Int, _ operands: [Int], _ position: Range<Int>) throws(WhereProblem) -> Int {
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

    private mutating func meaning(
        of name: String, _ table: EventField?, _ position: Range<Int>
    ) throws(WhereProblem) -> Meaning {
        switch resolve(name) {
        case .field(let field)?:
            switch field.kind {
            case .unsigned, .signed, .boolean, .enumeration, .pointer, .float:
                program.fields.append(field)
                return .number(add(.field, .equal, program.fields.count - 1))
            case .text: return .text(.place(field.bytePlace))
            case .bytes, .array, .structure: return .bytes(field)
            }
        case .context(.map)?: return .text(.map)
        case .context(.type)?: return .text(.bytes(Array(typeName.utf8)))
        case .context(let field)?:
            program.contexts.append(field)
            return .number(add(.context, .equal, program.contexts.count - 1))
        case nil:
            if let value = table?.enumeratorValue(named: name) { return .number(constant(value)) }
            if name == "true" || name == "false" { return .number(constant(name == "true" ? 1 : 0)) }
            throw unknown(name, table, position)
        }
    }

    private func unknown(_ name: String, _ table: EventField?, _ position: Range<Int>) -> WhereProblem {
        let near = EditDistance.names(
            near: name, among: names + (table?.enumeratorNames ?? []) + ContextField.allCases.map(\.name))
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

    // MARK: Helpers

    private mutating func text(_ source: WhereProgram.TextSource) -> Int {
        program.texts.append(source)
        return program.texts.count - 1
    }

    private mutating func place(_ field: EventField) -> Int {
        program.places.append(field.bytePlace)
        return program.places.count - 1
    }

    private func refuseStructure(_ field: EventField, _ position: Range<Int>) throws(WhereProblem) {
        guard field.kind == .structure else { return }
        let members = names.filter { $0.hasPrefix(field.path + ".") }
        throw WhereProblem(
            position, "\(field.path) is a structure",
            next: members.isEmpty ? nil : "name a member: \(members.prefix(5).joined(separator: ", "))")
    }

    /// An expression in a message: as the user wrote it where it is a word.
    private func words(_ syntax: WhereSyntax) -> String {
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
    fileprivate var inner: WhereSyntax {
        if case .group(let inner) = kind { inner.inner } else { self }
    }
}

extension WhereSymbol {
    fileprivate var isForIntegers: Bool {
        switch self {
        case .remainder, .shiftLeft, .shiftRight, .bitAnd, .bitOr, .bitXor: true
        default: false
        }
    }

    /// The comparison with both sides changed.
    fileprivate var mirrored: WhereSymbol {
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
    fileprivate var isInteger: Bool {
        switch self {
        case .unsigned, .signed, .boolean, .enumeration, .pointer: true
        case .float, .text, .bytes, .array, .structure: false
        }
    }
}

extension EventField {
    /// Where its bytes are.
    fileprivate var bytePlace: WhereProgram.Place {
        WhereProgram.Place(offset: offset, size: node.isFlexible ? nil : size)
    }

    /// Whether it is whole bytes, and no part of some.
    fileprivate var isByteAligned: Bool {
        kind.isInteger ? node.access.bits == size * 8 && node.access.byteCount == size : true
    }
}
