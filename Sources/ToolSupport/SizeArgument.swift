// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics

/// A number of bytes on the command line: `10M`, `64KiB`, `1.5G`; a number alone means bytes.
///
/// The units are ``UnitNames/sizes``; `k` means `K`.
package struct SizeArgument: ExpressibleByArgument, Sendable, Equatable {
    /// The number of bytes, more than 0.
    package let bytes: Int64

    /// Reads the text; nil if it is not a size, or not more than 0.
    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), let factor = Self.factor(argument.dropFirst(digits.count)),
            let whole = Int64(exactly: (number * Double(factor)).rounded()), whole > 0
        else { return nil }
        bytes = whole
    }

    private static func factor(_ unit: Substring) -> Int64? {
        if unit.isEmpty { return 1 }
        return UnitNames.bytes(unit.first == "k" ? "K" + unit.dropFirst() : unit)
    }
}
