// SPDX-License-Identifier: Apache-2.0

/// Mangled names of private types, which have a sum of their file in them: `33_D772927B…LL`.
enum PrivateNames {
    /// How many digits such a sum has.
    private static let digits = 32

    /// A mangled name that says the same, without an `A` in a sum.
    ///
    /// It looks like a reference to another part, and the name is then taken for one without end. No sum has an `H`, so that
    /// different sums stay different.
    static func bounded(_ mangled: String) -> String {
        var bytes = Array(mangled.utf8)
        let mark = Array("33_".utf8)
        var place = 0
        while place + mark.count + digits <= bytes.count {
            let sum = (place + mark.count)..<(place + mark.count + digits)
            guard bytes[place...].starts(with: mark), bytes[sum].allSatisfy(isDigit) else {
                place += 1
                continue
            }
            for index in sum where bytes[index] == UInt8(ascii: "A") { bytes[index] = UInt8(ascii: "H") }
            place = sum.upperBound
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
    }
}
