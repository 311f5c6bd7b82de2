// SPDX-License-Identifier: Apache-2.0

/// Names as compilers write them into files.
package enum Mangling {
    private static let prefixes: [[UInt8]] = ["_Z", "__Z", "_R", "$s", "_$s", "$S", "_$S", "$e", "_$e"].map {
        Array($0.utf8)
    }

    /// Whether a name may be one of C++, Rust or Swift.
    package static func mayBe(_ name: ArraySlice<UInt8>) -> Bool {
        guard let first = name.first, first == UInt8(ascii: "_") || first == UInt8(ascii: "$") else { return false }
        return prefixes.contains { name.starts(with: $0) }
    }

    /// The path of a Rust function from its mangled name (`_RNvNtCs1234_5crate6module8function`): the names in it, in
    /// their order, which for functions that are no members of an `impl` is the path as it is written.
    package static func rustPath(_ name: String) -> String? {
        let bytes = Array(name.utf8)
        guard bytes.starts(with: Array("_R".utf8)), bytes.count <= 4_096 else { return nil }
        var parts: [String] = []
        var place = 2
        while place < bytes.count, parts.count < 64 {
            switch bytes[place] {
            case UInt8(ascii: "s"), UInt8(ascii: "B"):
                // A number that tells names apart, or one of a place before: base 62 up to an underscore.
                guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "_")) else { return nil }
                place = end + 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                var length = 0
                while place < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) {
                    guard length < bytes.count else { return nil }
                    length = length * 10 + Int(bytes[place] - UInt8(ascii: "0"))
                    place += 1
                }
                // Between number and name, where the name begins with a digit or an underscore.
                if place < bytes.count, bytes[place] == UInt8(ascii: "_") { place += 1 }
                guard length <= bytes.count - place else { return nil }
                if length > 0 { parts.append(String(decoding: bytes[place..<(place + length)], as: UTF8.self)) }
                place += length
            default: place += 1
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "::")
    }

    /// A bound of the bytes that a name of C++ or Swift has when it is written out; nil is more than can be counted.
    ///
    /// Both refer to parts that came before by a letter or two, and the parts may have such references themselves: each
    /// counts as all that was closed so far.
    package static func bound(ofReadable name: String) -> Int? {
        let bytes = Array(name.utf8)
        return bytes.starts(with: Array("_Z".utf8)) || bytes.starts(with: Array("__Z".utf8))
            ? boundOfCxx(bytes) : boundOfSwift(bytes)
    }

    /// What a byte of a name is written out as at most, references aside: `Ss` is `std::basic_string<…>`.
    private static let bytesOfOne = 36

    /// `S_`, `S0_`, `T_` and so on are references; templates, names and functions are closed by `E`, and `M` joins two.
    private static func boundOfCxx(_ bytes: [UInt8]) -> Int? {
        var size = Expansion(bytes.count * bytesOfOne)
        var place = 0
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "E"), UInt8(ascii: "M"): size.close()
            case UInt8(ascii: "S"), UInt8(ascii: "T"):
                let digits = bytes[(place + 1)...].prefix {
                    ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                        || ($0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z"))
                }
                if digits.endIndex < bytes.count, bytes[digits.endIndex] == UInt8(ascii: "_") { size.refer(1) }
            // A pack is written out once for each of its parts.
            case UInt8(ascii: "p")
            where place > 0 && [UInt8(ascii: "D"), UInt8(ascii: "s")].contains(bytes[place - 1]):
                size.refer(bytes.count)
            default: break
            }
            place += 1
        }
        return size.total
    }

    /// Behind an `A` each letter is a reference, with a number in front that repeats it; types are closed by `G`, `Q` and
    /// the like.
    private static func boundOfSwift(_ bytes: [UInt8]) -> Int? {
        var size = Expansion(bytes.count * bytesOfOne)
        var place = 0
        while place < bytes.count {
            defer { place += 1 }
            guard bytes[place] == UInt8(ascii: "A") else {
                if [UInt8(ascii: "G"), UInt8(ascii: "Q"), UInt8(ascii: "o")].contains(bytes[place]) { size.close() }
                continue
            }
            var next = place + 1
            while next < bytes.count {
                var times = 0
                while next < bytes.count, bytes[next] >= UInt8(ascii: "0"), bytes[next] <= UInt8(ascii: "9") {
                    times = min(times * 10 + Int(bytes[next] - UInt8(ascii: "0")), 1 << 16)
                    next += 1
                }
                guard next < bytes.count else { break }
                size.refer(max(1, times))
                // A capital, or an underscore, is the last one.
                guard bytes[next] >= UInt8(ascii: "a"), bytes[next] <= UInt8(ascii: "z") else { break }
                next += 1
            }
        }
        return size.total
    }

    /// The bytes of a name so far, and of the largest part that can be referred to.
    private struct Expansion {
        private(set) var total: Int?
        private var largest: Int?

        init(_ size: Int) { (total, largest) = (size, size) }

        mutating func close() { largest = total }

        mutating func refer(_ times: Int) {
            guard let size = total, let part = largest else { return }
            let (product, isTooLarge) = part.multipliedReportingOverflow(by: times)
            let (sum, isTooMuch) = size.addingReportingOverflow(product)
            total = isTooLarge || isTooMuch ? nil : sum
        }
    }
}
