// SPDX-License-Identifier: Apache-2.0

/// A number while an expression is worked out.
enum WhereValue {
    /// What the event does not have, or what has no value.
    case none
    case integer(Int128)
    case float(Double)

    @inline(__always)
    var isTrue: Bool {
        switch self {
        case .none: false
        case .integer(let value): value != 0
        case .float(let value): value != 0
        }
    }

    // MARK: Comparing

    /// Whether a comparison holds; nothing holds for what has no value, and only `!=` for what is no number (NaN).
    @inline(__always)
    func compared(_ symbol: WhereSymbol, _ other: WhereValue) -> Bool {
        switch (self, other) {
        case (.integer(let left), .integer(let right)):
            return switch symbol {
            case .equal: left == right
            case .notEqual: left != right
            case .less: left < right
            case .lessOrEqual: left <= right
            case .greater: left > right
            default: left >= right
            }
        case (.none, _), (_, .none): return false
        case (.float(let left), .float(let right)):
            return symbol.holds(left < right ? -1 : left > right ? 1 : left == right ? 0 : nil)
        case (.integer(let left), .float(let right)): return symbol.holds(Self.order(left, right))
        case (.float(let left), .integer(let right)): return symbol.holds(Self.order(right, left).map { -$0 })
        }
    }

    /// The order of an integer and a float without rounding either; nil for what is no number.
    private static func order(_ left: Int128, _ right: Double) -> Int? {
        guard !right.isNaN else { return nil }
        // The conversions of the standard library need libm, which a library without Glibc is not linked with.
        guard right.magnitude < 0x1p127 else { return right < 0 ? 1 : -1 }
        guard right.exponent >= 0 else {
            return left != 0 ? left.signum() == 1 ? 1 : -1 : right == 0 ? 0 : right < 0 ? 1 : -1
        }
        let significand = UInt128(right.significandBitPattern | 1 << 52)
        let exponent = Int(right.exponent) - 52
        let magnitude = Int128(exponent >= 0 ? significand << exponent : significand >> -exponent)
        let whole = right < 0 ? -magnitude : magnitude
        if left != whole { return left < whole ? -1 : 1 }
        let isWhole = exponent >= 0 || significand & ((1 << -exponent) - 1) == 0
        return isWhole ? 0 : right < 0 ? 1 : -1
    }

    /// Whether it is in one of the ranges; nil if it has no value.
    func isIn(_ ranges: [ClosedRange<Int128>]) -> Bool? {
        switch self {
        case .none: return nil
        case .float(let value):
            return ranges.contains {
                compared(.greaterOrEqual, .integer($0.lowerBound)) && compared(.lessOrEqual, .integer($0.upperBound))
                    && !value.isNaN
            }
        case .integer(let value):
            var low = 0
            var high = ranges.count
            while low < high {
                let middle = (low + high) / 2
                if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
            }
            return low < ranges.count && ranges[low].lowerBound <= value
        }
    }

    // MARK: Working out

    @inline(__always)
    func applying(_ symbol: WhereSymbol) -> WhereValue {
        switch (self, symbol) {
        case (.none, _): return .none
        case (_, .plus): return self
        case (_, .not): return .integer(isTrue ? 0 : 1)
        case (.integer(let value), .bitNot): return .integer(~value)
        case (.integer(let value), _):
            let (result, overflow) = Int128(0).subtractingReportingOverflow(value)
            return overflow ? .none : .integer(result)
        case (.float, .bitNot): return .none
        case (.float(let value), _): return .float(-value)
        }
    }

    @inline(__always)
    func applying(_ symbol: WhereSymbol, _ other: WhereValue) -> WhereValue {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): Self.integer(symbol, left, right)
        case (.none, _), (_, .none): .none
        case (.integer(let left), .float(let right)): Self.float(symbol, Double(left), right)
        case (.float(let left), .integer(let right)): Self.float(symbol, left, Double(right))
        case (.float(let left), .float(let right)): Self.float(symbol, left, right)
        }
    }

    private static func integer(_ symbol: WhereSymbol, _ left: Int128, _ right: Int128) -> WhereValue {
        let (result, overflow): (Int128, Bool)
        switch symbol {
        case .plus: (result, overflow) = left.addingReportingOverflow(right)
        case .minus: (result, overflow) = left.subtractingReportingOverflow(right)
        case .times: (result, overflow) = left.multipliedReportingOverflow(by: right)
        // Both report a division by zero as an overflow.
        case .divide: (result, overflow) = left.dividedReportingOverflow(by: right)
        case .remainder: (result, overflow) = left.remainderReportingOverflow(dividingBy: right)
        case .bitAnd: return .integer(left & right)
        case .bitOr: return .integer(left | right)
        case .bitXor: return .integer(left ^ right)
        case .shiftLeft:
            guard (0..<128).contains(right) else { return left == 0 && right >= 0 ? .integer(0) : .none }
            let shifted = left << right
            return shifted >> right == left ? .integer(shifted) : .none
        case .shiftRight: return right >= 0 ? .integer(left >> min(right, 127)) : .none
        default: return .none
        }
        return overflow ? .none : .integer(result)
    }

    private static func float(_ symbol: WhereSymbol, _ left: Double, _ right: Double) -> WhereValue {
        switch symbol {
        case .plus: .float(left + right)
        case .minus: .float(left - right)
        case .times: .float(left * right)
        case .divide: right == 0 ? .none : .float(left / right)
        default: .none
        }
    }
}

extension WhereSymbol {
    /// As ``holds(_:)``; of what has no order only `!=` holds.
    @inline(__always)
    fileprivate func holds(_ order: Int?) -> Bool {
        guard let order else { return self == .notEqual }
        return holds(order) as Bool
    }
}
