// SPDX-License-Identifier: Apache-2.0

extension RawSpan {
    /// The addresses of a stack, the innermost first: numbers of 8 bytes up to the first that is zero.
    ///
    /// - Parameters:
    ///   - isForeign: Whether they are in the other byte order.
    ///   - limit: How many are taken.
    package func stackAddresses(isForeign: Bool, limit: Int = .max) -> [UInt64] {
        var found: [UInt64] = []
        var at = 0
        while at + 8 <= byteCount, found.count < limit {
            let number = unsafe unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            guard number != 0 else { break }
            found.append(isForeign ? number.byteSwapped : number)
            at += 8
        }
        return found
    }
}
