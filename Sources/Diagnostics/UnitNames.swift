// SPDX-License-Identifier: Apache-2.0

/// The units in which people write sizes and lengths of time: one list for options, conditions and times.
package enum UnitNames {
    /// The bytes of each unit of sizes, as GNU coreutils have them: `K`, `M` and `KiB`, `MiB` are powers of 1024, `KB`,
    /// `MB` are powers of 1000.
    package static let sizes: [(name: String, bytes: Int64)] = {
        var sizes: [(String, Int64)] = [("B", 1)]
        var (binary, decimal): (Int64, Int64) = (1, 1)
        for prefix in ["K", "M", "G", "T"] {
            (binary, decimal) = (binary * 1024, decimal * 1000)
            sizes += [(prefix, binary), (prefix + "iB", binary), (prefix + "B", decimal)]
        }
        return sizes
    }()

    /// The nanoseconds of each unit of time.
    package static let times: [(name: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", 1000), ("µs", 1000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
        ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ]

    /// The bytes of a unit; nil if there is none of that name.
    package static func bytes(_ name: some StringProtocol) -> Int64? { sizes.first { $0.name == name }?.bytes }

    /// The nanoseconds of a unit; nil if there is none of that name.
    package static func nanoseconds(_ name: some StringProtocol) -> Int64? {
        times.first { $0.name == name }?.nanoseconds
    }
}
