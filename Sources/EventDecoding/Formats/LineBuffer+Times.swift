// SPDX-License-Identifier: Apache-2.0

extension LineBuffer {
    /// Appends a time in ns as UTC (RFC 3339), or as seconds since the boot where no offset is known.
    ///
    /// - Parameters:
    ///   - time: ns of `CLOCK_MONOTONIC`.
    ///   - bootOffset: What makes it ns since 1970.
    ///   - mayCountFrom1970: Whether a time of 2^58 and more, which no kernel has run for, counts from 1970 itself.
    mutating func appendTime(_ time: Int128, _ bootOffset: Int64?, mayCountFrom1970: Bool) {
        if mayCountFrom1970, time >= 1 << 58 { return appendCivil(time) }
        guard let bootOffset else {
            append("boot")
            append(byte: time < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
            let (seconds, rest) = time.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
            append(seconds)
            append(byte: UInt8(ascii: "."))
            return append(UInt64(truncatingIfNeeded: rest), digits: 9)
        }
        let (civil, overflow) = time.addingReportingOverflow(Int128(bootOffset))
        if overflow { append(time) } else { appendCivil(civil) }
    }

    /// Appends ns since 1970 as UTC; years outside 0...9999 have no form in RFC 3339 and stay a number.
    mutating func appendCivil(_ time: Int128) {
        let seconds: Int64
        let nanoseconds: UInt64
        if let time = Int64(exactly: time) {
            let (quotient, remainder) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
            (seconds, nanoseconds) =
                remainder < 0 ? (quotient - 1, UInt64(remainder + 1_000_000_000)) : (quotient, UInt64(remainder))
        } else {
            let (quotient, remainder) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
            guard let whole = Int64(exactly: remainder < 0 ? quotient - 1 : quotient) else { return append(time) }
            (seconds, nanoseconds) = (whole, UInt64(remainder < 0 ? remainder + 1_000_000_000 : remainder))
        }
        guard let civil = CivilTime(seconds: seconds), (0...9999).contains(civil.year) else { return append(time) }
        append(UInt64(civil.year), digits: 4)
        append(byte: UInt8(ascii: "-"))
        append(UInt64(civil.month), digits: 2)
        append(byte: UInt8(ascii: "-"))
        append(UInt64(civil.day), digits: 2)
        append(byte: UInt8(ascii: "T"))
        append(UInt64(civil.secondOfDay / 3600), digits: 2)
        append(byte: UInt8(ascii: ":"))
        append(UInt64(civil.secondOfDay / 60 % 60), digits: 2)
        append(byte: UInt8(ascii: ":"))
        append(UInt64(civil.secondOfDay % 60), digits: 2)
        append(byte: UInt8(ascii: "."))
        append(nanoseconds, digits: 9)
        append(byte: UInt8(ascii: "Z"))
    }

    /// Appends a duration in ns with its unit: whole ns below 1000, else three places, cut and not rounded.
    mutating func appendDuration(_ duration: Int128) {
        if duration < 0 { append(byte: UInt8(ascii: "-")) }
        let size = duration.magnitude
        switch size {
        case ..<1000:
            append(size)
            append("ns")
        case ..<1_000_000: appendThousandths(size, "us")
        case ..<1_000_000_000: appendThousandths(size / 1000, "ms")
        default: appendThousandths(size / 1_000_000, "s")
        }
    }

    private mutating func appendThousandths(_ number: UInt128, _ unit: StaticString) {
        append(number / 1000)
        append(byte: UInt8(ascii: "."))
        append(UInt64(truncatingIfNeeded: number % 1000), digits: 3)
        append(unit)
    }
}
