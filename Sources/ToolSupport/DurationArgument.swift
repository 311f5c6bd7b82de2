// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// A length of time on the command line: `10s`, `500ms`, `2m`, `1h`; a number alone means seconds.
package struct DurationArgument: ExpressibleByArgument, Sendable, Equatable {
    /// The length in milliseconds, more than 0.
    package let milliseconds: Int64

    /// Reads the text; nil if it is not a length of time, or not more than 0.
    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let factor: Double
        switch argument.dropFirst(digits.count) {
        case "ms": factor = 1
        case "s", "": factor = 1000
        case "m", "min": factor = 60_000
        case "h": factor = 3_600_000
        default: return nil
        }
        guard let number = Double(digits), let whole = Int64(exactly: (number * factor).rounded()), whole > 0 else {
            return nil
        }
        milliseconds = whole
    }
}
