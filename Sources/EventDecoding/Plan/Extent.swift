// SPDX-License-Identifier: Apache-2.0

/// A number of bytes that a type claims: how much something takes, or how far apart two things are.
///
/// Arrays of arrays claim up to `Int.max` bytes, and every place in an event is a sum of such numbers. No event comes near
/// to ``farthest``, so a larger claim is cut to it: what lies behind it is missing in every event, as it was before, and
/// sums and products over the few levels of a type cannot overflow. Nothing else may hold a size from a type.
struct Extent: Sendable, Equatable {
    /// The bytes, from 0 to ``farthest``.
    let bytes: Int

    /// More than any ring takes (`RINGBUF_MAX_RECORD_SZ` is 1 GiB), and little beside `Int.max`.
    static let farthest = 1 << 40

    /// - Parameter claimed: What the type says.
    init(_ claimed: Int) {
        bytes = min(max(claimed, 0), Self.farthest)
    }

    /// The extent of so many of these; nil if it is farther than any event reaches.
    func times(_ count: Int) -> Extent? {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: count)
        return overflow || product > Self.farthest || product < 0 ? nil : Extent(product)
    }
}
