// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// What a number counts, by the end of its field's name or by its format.
package enum SummaryUnit: Sendable, Equatable {
    case none
    /// Time: so many ns.
    case time(Int128, name: String)
    case bytes

    /// The unit of a field.
    package init(name: String, format: ValueFormat?) {
        if format == .ns {
            self = .time(1, name: "ns")
        } else if name.hasSuffix("_ns") {
            self = .time(1, name: "ns")
        } else if name.hasSuffix("_us") {
            self = .time(1_000, name: "us")
        } else if name.hasSuffix("_ms") {
            self = .time(1_000_000, name: "ms")
        } else if name.hasSuffix("_bytes") {
            self = .bytes
        } else {
            self = .none
        }
    }

    /// The unit of the numbers themselves.
    package var name: String {
        switch self {
        case .none: ""
        case .time(_, let name): name
        case .bytes: "bytes"
        }
    }

    /// Appends a number for eyes: times with the unit that suits them.
    package func append(_ value: Int128, scale: Int128, to line: inout LineBuffer) {
        guard case .time(let factor, _) = self else { return line.append(value, scale: scale) }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        guard !overflow, let time = Int64(exactly: product / scale) else { return line.append(value, scale: scale) }
        ValueFormat.ns.append(Int128(time), bits: 64, to: &line, FormatEnvironment())
    }
}

extension LineBuffer {
    /// Appends a number of parts: with a fraction, cut after three places, where there is one.
    mutating func append(_ value: Int128, scale: Int128) {
        guard scale > 1 else { return append(value) }
        if value < 0 { append("-") }
        let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: scale.magnitude)
        append(whole)
        let thousandths = UInt64(rest * 1000 / scale.magnitude)
        guard thousandths > 0 else { return }
        append(thousandths < 10 ? ".00" : thousandths < 100 ? ".0" : ".")
        append(thousandths % 100 == 0 ? thousandths / 100 : thousandths % 10 == 0 ? thousandths / 10 : thousandths)
    }
}

extension Distribution {
    /// The mean in parts, and how many of them make one.
    func mean(scale: Int128) -> (value: Int128, scale: Int128) {
        guard count > 0 else { return (0, scale) }
        let (product, overflow) = sum.multipliedReportingOverflow(by: 1000)
        return overflow ? (sum / Int128(count), scale) : (product / Int128(count), scale * 1000)
    }
}
