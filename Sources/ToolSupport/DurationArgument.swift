// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics

/// A length of time on the command line: `10s`, `500ms`, `2m`, `1h`, `1d`; a number alone means seconds.
package struct DurationArgument: ExpressibleByArgument, Sendable, Equatable {
    /// The length in milliseconds, more than 0.
    package let milliseconds: Int64

    /// Reads the text; nil if it is not a length of time, or not more than 0.
    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), let factor = Self.factor(argument.dropFirst(digits.count)),
            let whole = Int64(exactly: (number * Double(factor)).rounded()), whole > 0
        else { return nil }
        milliseconds = whole
    }

    /// The length in nanoseconds; 35 years are as long as any longer time.
    package var nanoseconds: UInt64 { UInt64(clamping: min(milliseconds, 1 << 40)) * 1_000_000 }

    /// The milliseconds of a unit; shorter ones are not waited for.
    private static func factor(_ unit: Substring) -> Int64? {
        switch unit {
        case "": return 1000
        case "min": return 60_000
        default:
            guard let nanoseconds = UnitNames.nanoseconds(unit), nanoseconds >= 1_000_000 else { return nil }
            return nanoseconds / 1_000_000
        }
    }
}
