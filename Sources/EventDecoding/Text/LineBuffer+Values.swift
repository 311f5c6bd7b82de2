// SPDX-License-Identifier: Apache-2.0

extension LineBuffer {
    /// Appends bytes as two hexadecimal digits each.
    mutating func append(hexOf bytes: RawSpan) {
        for index in 0..<bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            append(byte: Self.hexDigit(byte >> 4))
            append(byte: Self.hexDigit(byte & 15))
        }
    }

    /// Makes a JSON string of what was appended last: it is quoted, and escaped where it must be.
    ///
    /// - Parameter start: Where that begins.
    mutating func quoteJSON(from start: Int) {
        let text = unsafe bytes.extracting(start..<count).withUnsafeBytes { unsafe Array($0) }
        truncate(to: start)
        unsafe appendJSON(text.span.bytes)
    }
}
