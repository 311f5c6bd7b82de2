// SPDX-License-Identifier: Apache-2.0

extension UInt64 {
    /// The sum, or the largest number there is: what captures say may be anything.
    func clampedSum(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
