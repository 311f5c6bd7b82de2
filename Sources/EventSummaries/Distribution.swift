// SPDX-License-Identifier: Apache-2.0

internal import Histogram

/// How often a number had which values: exact figures, percentiles by HdrHistogram, and powers of two.
///
/// HdrHistogram counts what is not negative, so that negative values have a histogram of their magnitudes.
struct Distribution {
    private(set) var count: UInt64 = 0
    private(set) var sum: Int128 = 0
    private(set) var minimum: Int128 = .max
    private(set) var maximum: Int128 = .min
    private(set) var powers = PowersOfTwo()
    private(set) var negativePowers: PowersOfTwo?
    private var histogram: Histogram<UInt64>?
    private var negative: Histogram<UInt64>?
    /// Values that are negative.
    private var negatives: UInt64 = 0
    /// Whether percentiles are of the histograms; they are of the powers of two when the memory has run out.
    private(set) var isPrecise: Bool

    /// The largest value that HdrHistogram counts without an overflow; larger ones count as this.
    private static let limit = UInt64(Int64.max)

    init(isPrecise: Bool) {
        self.isPrecise = isPrecise
    }

    /// Takes a value in.
    ///
    /// - Parameters:
    ///   - value: The value in parts.
    ///   - scale: The parts that make one.
    ///   - memory: What all histograms may still take.
    @inline(__always)
    mutating func record(_ value: Int128, scale: Int128, _ memory: inout HistogramMemory) {
        count &+= 1
        let (total, overflow) = sum.addingReportingOverflow(value)
        sum = overflow ? (value < 0 ? .min : .max) : total
        minimum = min(minimum, value)
        maximum = max(maximum, value)
        let magnitude = value.magnitude
        let whole = scale == 1 ? magnitude : magnitude / scale.magnitude
        let counted = magnitude > UInt128(Self.limit) ? Self.limit : UInt64(truncatingIfNeeded: magnitude)
        if value >= 0 {
            powers.add(whole)
            if isPrecise { isPrecise = memory.record(counted, in: &histogram) }
        } else {
            negatives &+= 1
            if negativePowers == nil { negativePowers = PowersOfTwo() }
            negativePowers?.add(whole)
            if isPrecise { isPrecise = memory.record(counted, in: &negative) }
        }
        if !isPrecise { forget(&memory) }
    }

    /// The memory ran out: what this one has is given back.
    private mutating func forget(_ memory: inout HistogramMemory) {
        guard histogram != nil || negative != nil else { return }
        memory.release(histogram)
        memory.release(negative)
        (histogram, negative) = (nil, nil)
    }

    /// The value that so many thousandths of all values are not above; 0 if there are none.
    ///
    /// - Parameters:
    ///   - thousandths: 500 for the median.
    ///   - scale: The parts that make one.
    func percentile(_ thousandths: UInt64, scale: Int128) -> Int128 {
        guard count > 0 else { return 0 }
        let product = UInt128(count) * UInt128(thousandths)
        let rank = max(UInt64((product + 999) / 1000), 1)
        let found: Int128
        if rank <= negatives {
            found = -Int128(magnitude(rank: negatives - rank + 1, of: negatives, negative, negativePowers, scale))
        } else {
            found = Int128(magnitude(rank: rank - negatives, of: count - negatives, histogram, powers, scale))
        }
        return min(max(found, minimum), maximum)
    }

    private func magnitude(
        rank: UInt64, of count: UInt64, _ histogram: Histogram<UInt64>?, _ powers: PowersOfTwo?, _ scale: Int128
    ) -> UInt64 {
        if isPrecise, let histogram { return histogram.valueAtPercentile(100 * Double(rank) / Double(count)) }
        let top = UInt128(powers?.top(rank: rank) ?? 0) * scale.magnitude
        return top > UInt128(Self.limit) ? Self.limit : UInt64(top)
    }
}

/// What all histograms of a summary may take.
struct HistogramMemory {
    private(set) var left: Int
    private let digits: SignificantDigits
    /// What a histogram takes at most: twice what the largest values need, as its array grows by doubling.
    private let most: Int

    /// - Parameter isFine: Whether values are told apart by three digits; else by two, which takes an eighth.
    init(_ left: Int, isFine: Bool) {
        self.left = left
        digits = isFine ? .three : .two
        most = isFine ? 1 << 20 : 128 << 10
    }

    /// Counts a value.
    ///
    /// - Returns: False if there is no memory for it.
    @inline(__always)
    mutating func record(_ value: UInt64, in histogram: inout Histogram<UInt64>?) -> Bool {
        if histogram == nil {
            let new = Histogram<UInt64>(numberOfSignificantValueDigits: digits)
            guard left >= new.estimatedFootprintInBytes else { return false }
            left -= new.estimatedFootprintInBytes
            histogram = new
        }
        guard let largest = histogram?.highestTrackableValue else { return false }
        if value <= largest {
            histogram?.record(value)
            return true
        }
        return grow(value, &histogram)
    }

    @inline(never)
    private mutating func grow(_ value: UInt64, _ histogram: inout Histogram<UInt64>?) -> Bool {
        let before = histogram?.estimatedFootprintInBytes ?? 0
        guard left + before >= most else { return false }
        histogram?.record(value)
        left -= (histogram?.estimatedFootprintInBytes ?? 0) - before
        return true
    }

    mutating func release(_ histogram: Histogram<UInt64>?) {
        left += histogram?.estimatedFootprintInBytes ?? 0
    }
}

/// How many values lie between powers of two; exact.
struct PowersOfTwo {
    /// 0; 1; 2 and 3; 4 to 7 ...; 2^64 and more.
    private(set) var counts = [UInt64](repeating: 0, count: 66)

    @inline(__always)
    mutating func add(_ magnitude: UInt128) {
        counts[min(128 - magnitude.leadingZeroBitCount, 65)] &+= 1
    }

    /// The largest value that the one of a rank can be.
    func top(rank: UInt64) -> UInt64 {
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            seen += count
            if seen >= rank { return index >= 64 ? .max : (1 << UInt64(index)) - 1 }
        }
        return .max
    }
}
