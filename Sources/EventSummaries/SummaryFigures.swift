// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

/// The figures of a number, in the order in which they are shown.
enum SummaryFigure: String, CaseIterable {
    case count, min, mean, p50, p90, p99
    case p999 = "p99.9"
    case max, sum

    /// Appends the figure: in parts of a second for eyes, or as a plain number.
    ///
    /// - Parameter unit: The unit for eyes; nil for other programs.
    /// - Returns: False, and nothing is appended, if there were no values.
    @discardableResult
    func append(
        of distribution: borrowing Distribution, scale: Int128, unit: SummaryUnit?, to line: inout LineBuffer
    ) -> Bool {
        var parts = scale
        let value: Int128
        if self != .count, distribution.count == 0 { return false }
        switch self {
        case .count:
            line.append(distribution.count)
            return true
        case .min: value = distribution.minimum
        case .mean: (value, parts) = distribution.mean(scale: scale)
        case .p50: value = distribution.percentile(500, scale: scale)
        case .p90: value = distribution.percentile(900, scale: scale)
        case .p99: value = distribution.percentile(990, scale: scale)
        case .p999: value = distribution.percentile(999, scale: scale)
        case .max: value = distribution.maximum
        case .sum: value = distribution.sum
        }
        if let unit { unit.append(value, scale: parts, to: &line) } else { line.append(value, scale: parts) }
        return true
    }
}

extension EventSummary {
    /// Appends events per second; nothing if they have no times.
    func appendRate(_ count: UInt64, to line: inout LineBuffer) {
        if let rate = rate(count) { line.append(rate, scale: 1000) }
    }

    /// The groups that are shown, and nil for the events that have none.
    func shown(_ top: Int) -> [Int?] {
        let groups: [Int?] = ranking.prefix(max(top, 0)).map { $0 }
        return ungrouped > 0 ? groups + [nil] : groups
    }

    /// The events of a group.
    func count(_ group: Int?) -> UInt64 {
        group.map { counts[$0] } ?? ungrouped
    }
}
