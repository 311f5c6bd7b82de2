// SPDX-License-Identifier: Apache-2.0

/// What the values of a histogram are, where names tell it.
package enum HistogramUnit {
    /// The unit that one of some names ends with: `_ns`, `_us`, `_ms`, `_bytes`; empty if none does.
    package static func byName(_ names: [String]) -> String {
        for name in names {
            guard let end = name.split(separator: "_", omittingEmptySubsequences: false).dropFirst().last else {
                continue
            }
            if let unit = units[String(end)] { return unit }
        }
        return ""
    }

    private static let units = [
        "ns": "ns", "nsecs": "ns", "us": "us", "usecs": "us", "ms": "ms", "msecs": "ms", "bytes": "bytes", "kb": "KiB",
        "kbytes": "KiB",
    ]

    /// The unit that the settings of a program choose: its variables by the names that the known tools give them.
    ///
    /// `targ_ms` and `in_ms` choose between ms and us, `targ_ns` between ns and us; `units` and `targ_units` count from ns to ms.
    ///
    /// - Returns: Nil if the variable is none of them.
    package static func bySetting(_ variable: String, _ value: Int128) -> String? {
        switch variable {
        case "targ_ms", "targ_milliseconds", "in_ms": value == 0 ? "us" : "ms"
        case "targ_ns", "targ_nanoseconds": value == 0 ? "us" : "ns"
        case "units", "targ_units": value >= 0 && value < 3 ? ["ns", "us", "ms"][Int(value)] : nil
        default: nil
        }
    }
}
