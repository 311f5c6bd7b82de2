// SPDX-License-Identifier: Apache-2.0

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
package struct EditDistance {
    private var rows: [[Int]] = [[], [], []]

    /// Creates a measure, to be used for many names.
    package init() {}

    /// The distance, nil if it is more than `limit`.
    package mutating func between(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>, atMost limit: Int) -> Int? {
        guard abs(left.count - right.count) <= limit else { return nil }
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        let width = right.count + 1
        // Whatever lies outside the band of `limit` cells beside the diagonal is too far away already.
        let far = limit + 1
        var (before, previous, current) = (rows[0], rows[1], rows[2])
        for index in 0..<3 where rows[index].count < width {
            let row = [Int](repeating: far, count: width)
            switch index {
            case 0: before = row
            case 1: previous = row
            default: current = row
            }
        }
        for column in 0..<width { previous[column] = min(column, far) }
        for (row, byte) in left.enumerated() {
            let low = max(1, row + 1 - limit)
            let high = min(right.count, row + 1 + limit)
            guard low <= high else { return nil }
            current[low - 1] = low == 1 ? min(row + 1, far) : far
            var least = current[low - 1]
            for column in low...high {
                let other = right[right.startIndex + column - 1]
                var cost = previous[column - 1] + (byte == other ? 0 : 1)
                cost = min(cost, current[column - 1] + 1, previous[column] + 1)
                if row > 0, column > 1, byte == right[right.startIndex + column - 2],
                    left[left.startIndex + row - 1] == other
                {
                    cost = min(cost, before[column - 2] + 1)
                }
                current[column] = min(cost, far)
                least = min(least, current[column])
            }
            if high < right.count { current[high + 1] = far }
            if least > limit { return nil }
            (before, previous, current) = (previous, current, before)
        }
        rows = [before, previous, current]
        return previous[width - 1] <= limit ? previous[width - 1] : nil
    }

    /// How many errors a name of a length may have: a short one is two errors away from everything.
    package static func allowed(_ length: Int) -> Int { length < 3 ? 0 : length < 5 ? 1 : 2 }

    /// The names that a missing one may have meant, the nearest first: those at most two errors away, and those that
    /// it is a part of.
    package static func names(near name: String, among names: [String], limit: Int = 3) -> [String] {
        var distance = EditDistance()
        // Nobody types a name of more bytes, and hostile ones are long.
        let wanted = Array(name.utf8.prefix(256))
        var ranked: [(rank: Int, name: String)] = []
        for candidate in names {
            let bytes = Array(candidate.utf8.prefix(256))
            if let errors = distance.between(bytes[...], wanted[...], atMost: allowed(wanted.count)) {
                ranked.append((errors, candidate))
            } else if (3...64).contains(wanted.count), bytes.count < 256,
                candidate.lowercased().contains(name.lowercased())
            {
                ranked.append((3, candidate))
            }
        }
        // The sort is stable, so equals stay in their order.
        return ranked.sorted { $0.rank < $1.rank }.prefix(limit).map(\.name)
    }
}
