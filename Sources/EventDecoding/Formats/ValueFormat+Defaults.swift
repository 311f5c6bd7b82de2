// SPDX-License-Identifier: Apache-2.0

extension ValueFormat {
    /// The format that the name of a field and of its type leave no doubt of; nil where they leave any.
    ///
    /// - `__be32` and `struct in_addr` whose name has the word `addr`, `ip`, `daddr`, `saddr` and the like: ``ip4``
    /// - `struct in6_addr`: ``ip6``
    /// - `__be16` whose name has the word `port`, `dport`, `sport` and the like: ``port``
    /// - other `__be16`, `__be32` and `__be64`: ``be``
    /// - six bytes whose name has the word `mac`, `hwaddr`, `dmac` and the like: ``mac``
    /// - the typedefs of the kernel that mean one thing (`umode_t`, `kuid_t`, `sigset_t` …), and addresses of sockets
    ///
    /// For text only: machine formats give values as the type says.
    ///
    /// - Parameters:
    ///   - field: The field's path; its last name counts.
    ///   - type: The name of the field's typedef or structure: `__be32`, `in6_addr`.
    ///   - kind: What the field holds.
    ///   - bytes: Its size.
    package static func byName(_ field: String, type: String, _ kind: ValueKind, bytes: Int) -> ValueFormat? {
        guard !type.isEmpty || bytes == 6 else { return nil }
        let words = words(of: field)
        func has(_ known: Set<String>) -> Bool { words.contains(where: known.contains) }
        let format: ValueFormat? =
            switch (type, kind) {
            case ("in6_addr", .structure): .ip6
            case ("in_addr", .structure): .ip4
            case ("__be32", _) where has(addressWords): .ip4
            case ("__be16", _) where has(portWords): .port
            case ("__be16", _), ("__be32", _), ("__be64", _): .be
            case (_, .bytes) where bytes == 6 && has(hardwareWords): .mac
            // The kernel has 32 bits for it, C libraries have 64.
            case ("dev_t", _): bytes == 4 ? .dev : .userdev
            default: byType[type]
            }
        guard let format, format.accepts(kind, bytes: bytes) else { return nil }
        return format
    }

    /// The format in what machines read, where the user did not name it: durations stay numbers there, to be compared.
    var forMachines: ValueFormat? { self == .ns ? nil : self }

    /// The words of a field's last name, in lower case and without the digits behind them.
    static func words(of field: String) -> [String] {
        let name = field.utf8.split(whereSeparator: { $0 == UInt8(ascii: ".") }).last.map { Array($0) } ?? []
        return name.split(whereSeparator: { !(isLetter($0) || isDigit($0)) }).map { word in
            String(decoding: word.prefix { isLetter($0) }, as: UTF8.self).lowercased()
        }
    }

    /// The formats of types that mean one thing.
    private static let byType: [String: ValueFormat] = [
        "umode_t": .mode, "mode_t": .mode, "__kernel_mode_t": .mode,
        "uid_t": .uid, "kuid_t": .uid, "__kernel_uid32_t": .uid,
        "gid_t": .gid, "kgid_t": .gid, "__kernel_gid32_t": .gid,
        "sigset_t": .sigset, "sa_family_t": .family, "__kernel_sa_family_t": .family, "kernel_cap_t": .caps,
        "sockaddr": .endpoint, "sockaddr_in": .endpoint, "sockaddr_in6": .endpoint, "sockaddr_un": .endpoint,
        "sockaddr_storage": .endpoint, "__kernel_sockaddr_storage": .endpoint,
    ]

    static let addressWords: Set<String> = [
        "addr", "address", "ip", "ipv", "saddr", "daddr", "laddr", "raddr", "sip", "dip", "srcip", "dstip",
    ]
    static let portWords: Set<String> = ["port", "sport", "dport", "lport", "rport", "srcport", "dstport"]
    private static let hardwareWords: Set<String> = [
        "mac", "hwaddr", "smac", "dmac", "lladdr", "macaddr", "shwaddr", "dhwaddr",
    ]

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
