// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Which values each bucket of a histogram counts.
package enum BucketScale: Sendable, Equatable {
    /// Powers of two as `log2l()` of the known tools fills them: 0 and 1 in the first bucket, then from 2^i to below
    /// 2^(i+1).
    case log2
    /// The same one bucket further on, as `bpf_log2l()` of BCC fills it: the first bucket is never used.
    case log2Plus1
    /// Buckets of one width; the first begins at `min`.
    case linear(min: Int64, step: UInt64)

    /// Reads `log2`, `log2+1`, `linear` or `linear(min,step)`; numbers may have `K`, `M`, `G` or `T` behind them (of 1024).
    package init?(parsing text: some StringProtocol) {
        if text == "log2" {
            self = .log2
            return
        }
        if text == "log2+1" {
            self = .log2Plus1
            return
        }
        if text == "linear" {
            self = .linear(min: 0, step: 1)
            return
        }
        guard text.hasPrefix("linear("), text.last == ")" else { return nil }
        let parts = text.dropFirst(7).dropLast().split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let min = Self.number(parts[0]), let step = Self.number(parts[1]), step > 0 else {
            return nil
        }
        self = .linear(min: min, step: UInt64(step))
    }

    private static func number(_ text: some StringProtocol) -> Int64? {
        var digits = text.drop { $0 == " " }
        while digits.last == " " { digits.removeLast() }
        var factor: Int64 = 1
        if let last = digits.last, last.isLetter {
            guard let bytes = UnitNames.bytes(String(last)) else { return nil }
            factor = bytes
            digits.removeLast()
        }
        guard let value = Int64(digits) else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    /// The first value of a bucket.
    package func first(_ index: Int) -> Int128 {
        switch self {
        case .log2: index == 0 ? 0 : 1 << Int128(min(index, 65))
        case .log2Plus1: index <= 1 ? 0 : 1 << Int128(min(index - 1, 65))
        case .linear(let min, let step): Int128(min) + Int128(step) * Int128(index)
        }
    }
}
