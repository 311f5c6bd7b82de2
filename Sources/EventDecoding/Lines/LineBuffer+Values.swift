// SPDX-License-Identifier: Apache-2.0

extension LineBuffer {
    /// A text in JSON.
    ///
    /// - Parameter limit: Bytes of it that are taken.
    package static func json(_ text: String, limit: Int) -> [UInt8] {
        var line = LineBuffer(capacity: 64)
        unsafe line.appendJSON(Array(text.utf8.prefix(limit)).span.bytes)
        return unsafe line.bytes.withUnsafeBytes { unsafe Array($0) }
    }

    /// Takes the text behind a place out of the buffer.
    package mutating func take(from start: Int) -> [UInt8] {
        let text = unsafe bytes.extracting(min(max(start, 0), count)..<count).withUnsafeBytes { unsafe Array($0) }
        truncate(to: start)
        return text
    }

    /// Appends an event as bpf-eventd's original framing has it: its size in the machine's byte order, and its bytes.
    package mutating func append(frame event: RawSpan) {
        unsafe withUnsafeBytes(of: UInt32(truncatingIfNeeded: event.byteCount)) { size in
            append(raw: unsafe RawSpan(_unsafeBytes: size))
        }
        append(raw: event)
    }
}
