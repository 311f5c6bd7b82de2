// SPDX-License-Identifier: Apache-2.0

extension Mangling {
    /// The path of a Rust function of the older mangling, which is that of C++ around names of its own:
    /// `main::Thing$LT$u64$GT$::get::h9989d8730b5a6b71` is `main::Thing<u64>::get`.
    ///
    /// - Parameter readable: The name as it is readable for C++.
    /// - Returns: Nil for a name that is not of Rust: the sum over the function's type at its end is missing.
    package static func rustPath(ofReadable readable: String) -> String? {
        let bytes = Array(readable.utf8)
        guard bytes.count > sumSize, bytes.count <= 1 << 16 else { return nil }
        let sum = bytes.suffix(sumSize)
        guard sum.starts(with: Array("::h".utf8)), sum.dropFirst(3).allSatisfy(isHexadecimal) else { return nil }
        let path = bytes.dropLast(sumSize)
        var plain: [UInt8] = []
        var place = path.startIndex
        while place < path.endIndex {
            let rest = path[place...]
            if let (text, length) = written(rest) {
                plain += text
                place += length
            } else {
                // No name begins with a dollar sign: an underscore is put in front of it.
                let isExtra =
                    path[place] == UInt8(ascii: "_")
                    && (place == path.startIndex || path[place - 1] == UInt8(ascii: ":"))
                    && written(rest.dropFirst()) != nil
                if !isExtra { plain.append(path[place]) }
                place += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    /// `::h` and 16 digits.
    private static let sumSize = 19

    private static let signs: [(name: String, text: String)] = [
        ("$SP$", "@"), ("$BP$", "*"), ("$RF$", "&"), ("$LT$", "<"), ("$GT$", ">"), ("$LP$", "("), ("$RP$", ")"),
        ("$C$", ","), ("..", "::"),
    ]

    /// What stands at the start for characters that names of C++ have not, with its length; nil for anything else.
    private static func written(_ bytes: ArraySlice<UInt8>) -> (text: [UInt8], length: Int)? {
        guard let first = bytes.first, first == UInt8(ascii: "$") || first == UInt8(ascii: ".") else { return nil }
        for sign in signs where bytes.starts(with: sign.name.utf8) {
            return (Array(sign.text.utf8), sign.name.utf8.count)
        }
        guard bytes.starts(with: Array("$u".utf8)),
            let end = bytes.dropFirst(2).prefix(7).firstIndex(of: UInt8(ascii: "$")),
            let number = UInt32(String(decoding: bytes[(bytes.startIndex + 2)..<end], as: UTF8.self), radix: 16),
            let scalar = Unicode.Scalar(number)
        else { return nil }
        return (Array(String(Character(scalar)).utf8), end + 1 - bytes.startIndex)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
