// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// A number of bytes on the command line: `10M`, `64KiB`, `1.5G`; a number alone means bytes.
///
/// The units are those of GNU coreutils: `K`, `M`, `G`, `T` and `KiB` and so on are powers of 1024, `kB`, `MB` and so on
/// are powers of 1000.
package struct SizeArgument: ExpressibleByArgument, Sendable, Equatable {
    /// The number of bytes, more than 0.
    package let bytes: Int64

    /// Reads the text; nil if it is not a size, or not more than 0.
    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), let factor = Self.factor(argument.dropFirst(digits.count)),
            let whole = Int64(exactly: (number * factor).rounded()), whole > 0
        else { return nil }
        bytes = whole
    }

    private static func factor(_ unit: Substring) -> Double? {
        var rest = unit
        let power: Int
        switch rest.first {
        case nil: return 1
        case "B" where rest.count == 1: return 1
        case "k", "K": power = 1
        case "M": power = 2
        case "G": power = 3
        case "T": power = 4
        default: return nil
        }
        rest.removeFirst()
        let base: Double
        switch rest {
        case "", "iB": base = 1024
        case "B": base = 1000
        default: return nil
        }
        return (0..<power).reduce(1.0) { product, _ in product * base }
    }
}
