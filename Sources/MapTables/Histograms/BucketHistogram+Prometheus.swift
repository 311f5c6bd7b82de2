// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

extension BucketHistogram {
    /// Appends the histogram in the text format of Prometheus: `NAME_bucket{…,le="…"}` and `NAME_count{…}`.
    ///
    /// Buckets are cumulative, and `le` is the largest value that a bucket counts: one less than where the next begins,
    /// since what is counted are whole numbers. All buckets up to the last one are written, the empty ones too, as a
    /// bucket that comes and goes is another series. There is no `NAME_sum`: buckets do not tell it, and a guess would
    /// be taken for the truth.
    ///
    /// - Parameters:
    ///   - name: The name of the metric, as Prometheus allows it.
    ///   - labels: Names that Prometheus allows, and their values, which are escaped here.
    package func appendPrometheus(
        _ name: String, labels: [(name: String, value: String)] = [], to lines: inout LineBuffer
    ) {
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            let (sum, overflow) = seen.addingReportingOverflow(count)
            seen = overflow ? .max : sum
            guard index + 1 < counts.count else { break }
            let (from, next) = (scale.first(index), scale.first(index + 1))
            // A bucket that no value can be in, as the first one of BCC's.
            guard next > from else { continue }
            Self.appendSeries(name + "_bucket", labels + [("le", "\(next - 1)")], seen, to: &lines)
        }
        Self.appendSeries(name + "_bucket", labels + [("le", "+Inf")], seen, to: &lines)
        Self.appendSeries(name + "_count", labels, seen, to: &lines)
    }

    private static func appendSeries(
        _ name: String, _ labels: [(name: String, value: String)], _ value: UInt64, to lines: inout LineBuffer
    ) {
        unsafe lines.append(raw: Array(name.utf8).span.bytes)
        for (index, label) in labels.enumerated() {
            lines.append(index == 0 ? "{" : ",")
            unsafe lines.append(raw: Array(label.name.utf8).span.bytes)
            lines.append("=\"")
            unsafe lines.append(raw: Array(escaped(label.value)).span.bytes)
            lines.append("\"")
        }
        lines.append(labels.isEmpty ? " " : "} ")
        lines.append(value)
        lines.append("\n")
    }

    /// The value of a label: backslashes, quotes and newlines are escaped.
    private static func escaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
            default: bytes.append(byte)
            }
        }
        return bytes
    }
}
