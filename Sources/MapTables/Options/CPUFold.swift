// SPDX-License-Identifier: Apache-2.0

/// What becomes of the values that an element of a map per CPU has.
package enum CPUFold: String, Sendable, CaseIterable {
    /// One row: numbers are added up, anything else is that of the first CPU whose value is not all zeros.
    case sum
    /// A row for each CPU.
    case each
    /// One row with the sum, and the least and the largest of each number.
    case minmax
}
