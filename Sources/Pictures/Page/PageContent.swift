// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// What one page tells of a stream: all of it figures of many events, so that the page stays of moderate size.
package struct PageContent: Sendable {
    /// Rows with a count each: the values of a field that most events have, the largest elements of a map.
    package struct Table: Sendable {
        /// What it is of.
        package var title: String
        /// The names of the cells.
        package var columns: [String]
        /// The name of the count.
        package var countName: String
        /// The rows, their cells escaped as on a terminal.
        package var rows: [(cells: [String], count: UInt64)]

        /// Creates a table.
        package init(title: String, columns: [String], countName: String, rows: [(cells: [String], count: UInt64)]) {
            (self.title, self.columns, self.countName, self.rows) = (title, columns, countName, rows)
        }
    }

    /// How the values of a number are spread.
    package struct Spread: Sendable {
        /// The name of the number.
        package var title: String
        /// Its unit; empty if it has none.
        package var unit: String
        /// Count, least, percentiles and so on.
        package var figures: [(name: String, text: String)]
        /// How many values there are from where to where.
        package var histogram: [HistogramRow]
        /// The same over time: row 0 is 0, row n from 2^(n-1) on.
        package var heat: TimeBuckets

        /// Creates it.
        package init(
            title: String, unit: String, figures: [(name: String, text: String)], histogram: [HistogramRow],
            heat: TimeBuckets
        ) {
            (self.title, self.unit, self.figures) = (title, unit, figures)
            (self.histogram, self.heat) = (histogram, heat)
        }

        /// The row of a heat map that a value is in.
        package static func row(_ value: Int128) -> Int {
            value <= 0 ? 0 : min(128 - value.magnitude.leadingZeroBitCount, rows - 1)
        }

        /// Rows of a heat map.
        package static let rows = 66
    }

    /// What the page is of, and what it lacks.
    package var legend = PictureLegend()
    /// What stands at its top: names and values.
    package var facts: [(name: String, text: String)] = []
    /// Events (row 0) and lost events (row 1) over time.
    package var rates = TimeBuckets(rows: 2)
    /// What most events have.
    package var tables: [Table] = []
    /// How numbers are spread.
    package var spreads: [Spread] = []
    /// The stacks; nil if there are none.
    package var stacks: (counts: StackCounts, legend: PictureLegend)?
    /// What makes a time of the stream one since 1970.
    package var environment = FormatEnvironment()

    /// Creates a page of nothing.
    package init() {}
}
