// SPDX-License-Identifier: Apache-2.0

/// The names by which histograms are known.
package enum HistogramNames {
    /// Whether an array of counters has the name of buckets: `slots`.
    package static func isArray(_ name: String) -> Bool { arrays.contains(name) }

    /// Whether a map has the name of a histogram: `hist`, `dist`, `read_hist`, `latency_slots`.
    package static func isMap(_ name: String) -> Bool {
        let last = name.split(whereSeparator: { $0 == "_" || $0 == "." }).last.map { String($0) } ?? name
        return isArray(last) || ["dist", "hists", "histograms"].contains(last)
    }

    private static let arrays: Set<String> = ["slots", "hist", "buckets", "histogram"]
}
