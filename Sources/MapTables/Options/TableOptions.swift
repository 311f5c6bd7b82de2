// SPDX-License-Identifier: Apache-2.0

/// What is asked for of the elements of maps.
package struct TableOptions: Sendable, Equatable {
    /// How many rows of each snapshot are shown; nil for all.
    package var top: Int?
    /// The order of the rows; nil for that of the snapshot.
    package var sort: SortOrder?
    /// Whether changes since the snapshot before are shown.
    package var hasChanges = false
    /// What becomes of values per CPU.
    package var fold = CPUFold.sum
    /// The histograms that were named.
    package var histograms: [HistogramChoice] = []

    /// What is there without options: every element as it comes.
    package init() {}
}
