// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

extension LineBuffer {
    /// Appends foreign text as text or the value of an attribute of HTML, SVG and XML.
    ///
    /// Controls and what else does something unseen are escaped as on a terminal, so that the text is also what XML allows.
    package mutating func appendMarkup(_ text: String) {
        var escaped = LineBuffer(capacity: 128)
        escaped.appendEscaped(text, quoted: false)
        appendMarkup(escaped: escaped.bytes)
    }

    /// Appends text that is safe for a terminal.
    package mutating func appendMarkup(escaped bytes: RawSpan) {
        append(bytes) { byte in
            switch byte {
            case UInt8(ascii: "&"): "&amp;"
            case UInt8(ascii: "<"): "&lt;"
            case UInt8(ascii: ">"): "&gt;"
            case UInt8(ascii: "\""): "&quot;"
            case UInt8(ascii: "'"): "&#39;"
            default: nil
            }
        }
    }

    /// Appends JSON so that it can stand in a `script` of HTML: no tag can begin or end in it.
    package mutating func appendScriptJSON(_ json: RawSpan) {
        append(json) { byte in
            // They stand in strings only, where JSON has another form for them.
            switch byte {
            case UInt8(ascii: "<"): "\\u003c"
            case UInt8(ascii: ">"): "\\u003e"
            case UInt8(ascii: "&"): "\\u0026"
            default: nil
            }
        }
    }

    /// Appends bytes, some of them as something else.
    private mutating func append(_ bytes: RawSpan, replacing replacement: (UInt8) -> StaticString?) {
        var start = 0
        for index in 0..<bytes.byteCount {
            guard let other = replacement(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) else {
                continue
            }
            append(raw: bytes.extracting(start..<index))
            append(other)
            start = index + 1
        }
        append(raw: bytes.extracting(start..<bytes.byteCount))
    }

    /// Appends text of one's own making as it is.
    package mutating func append(own text: String) {
        append(raw: unsafe text.utf8.span.bytes)
    }

    /// Appends a number with so many places behind the point, and no zeros at its end.
    ///
    /// - Parameter number: Neither infinite nor beyond what 64 bits hold in its last place; 0 is written else.
    package mutating func append(_ number: Double, places: Int) {
        var power = UInt64(1)
        for _ in 0..<min(max(places, 0), 9) { power *= 10 }
        let scaled = (number.magnitude * Double(power)).rounded()
        guard scaled.isFinite, let whole = UInt64(exactly: scaled) else { return append("0") }
        if number < 0, whole > 0 { append("-") }
        append(whole / power)
        var rest = whole % power
        guard rest > 0 else { return }
        append(".")
        var digit = power / 10
        while rest > 0, digit > 0 {
            append(rest / digit)
            rest %= digit
            digit /= 10
        }
    }
}
