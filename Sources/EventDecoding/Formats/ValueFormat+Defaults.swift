// SPDX-License-Identifier: Apache-2.0

extension ValueFormat {
    /// The format that the name of a field and of its type leave no doubt of; nil where they leave any.
    ///
    /// - `__be32` and `struct in_addr` whose name has the word `addr`, `ip`, `daddr`, `saddr` and the like: ``ip4``
    /// - `struct in6_addr`: ``ip6``
    /// - `__be16` whose name has the word `port`, `dport`, `sport` and the like: ``port``
    /// - six bytes whose name has the word `mac`, `hwaddr`, `dmac` and the like: ``mac``
    ///
    /// For text only: machine formats give values as the type says.
    ///
    /// - Parameters:
    ///   - field: The field's path; its last name counts.
    ///   - type: The name of the field's typedef or structure: `__be32`, `in6_addr`.
    ///   - kind: What the field holds.
    ///   - bytes: Its size.
    package static func byName(_ field: String, type: String, _ kind: ValueKind, bytes: Int) -> ValueFormat? {
        let name = field.utf8.split(whereSeparator: { $0 == UInt8(ascii: ".") }).last.map { Array($0) } ?? []
        let words = name.split(whereSeparator: { !(isLetter($0) || isDigit($0)) }).map { word in
            String(decoding: word.prefix { isLetter($0) }, as: UTF8.self).lowercased()
        }
        func has(_ known: Set<String>) -> Bool { words.contains(where: known.contains) }
        let format: ValueFormat? =
            switch (type, kind) {
            case ("in6_addr", .structure): .ip6
            case ("in_addr", .structure): .ip4
            case ("__be32", _) where has(addressWords): .ip4
            case ("__be16", _) where has(portWords): .port
            case (_, .bytes) where bytes == 6 && has(hardwareWords): .mac
            default: nil
            }
        guard let format, format.accepts(kind, bytes: bytes) else { return nil }
        return format
    }

    private static let addressWords: Set<String> = [
        "addr", "address", "ip", "ipv", "saddr", "daddr", "laddr", "raddr", "sip", "dip", "srcip", "dstip",
    ]
    private static let portWords: Set<String> = ["port", "sport", "dport", "lport", "rport", "srcport", "dstport"]
    private static let hardwareWords: Set<String> = [
        "mac", "hwaddr", "smac", "dmac", "lladdr", "macaddr", "shwaddr", "dhwaddr",
    ]

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
