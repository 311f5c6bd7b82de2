// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Lists and ranges behind `in`.
extension WhereCompiler {
    mutating func list(
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
    mutating func negated(
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

    static let anything: WherePattern = {
        var pattern = WherePattern()
        pattern.append(.star)
        return pattern
    }()

    func isFloat(_ step: Int) -> Bool {
        let node = program.nodes[step]
        switch node.operation {
        case .float: return true
        case .field:
            if case .float = program.fields[node.a].kind { return true }
            return false
        default: return false
        }
    }

    func literal(_ step: Int) -> Int128? {
        let node = program.nodes[step]
        return node.operation == .integer ? program.integers[node.a] : nil
    }

    static func joined(_ ranges: [ClosedRange<Int128>]) -> [ClosedRange<Int128>] {
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
}
