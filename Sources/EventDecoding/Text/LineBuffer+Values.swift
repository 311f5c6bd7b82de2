// SPDX-License-Identifier: Apache-2.0

extension LineBuffer {
    /// Makes a JSON string of what was appended last: it is quoted, and escaped where it must be.
    ///
    /// - Parameter start: Where that begins.
    mutating func quoteJSON(from start: Int) {
        let text = unsafe bytes.extracting(start..<count).withUnsafeBytes { unsafe Array($0) }
        truncate(to: start)
        unsafe appendJSON(text.span.bytes)
    }
}
