// SPDX-License-Identifier: Apache-2.0

/// Texts and bytes.
extension ValueRenderer {
    func appendBytes(_ index: Int, _ base: Int, _ event: RawSpan, to line: inout LineBuffer) -> Bool {
        let (shape, isFlexible, size) = (steps[index].shape, steps[index].isFlexible, steps[index].size)
        guard let all = Self.range(base + steps[index].access.offset, isFlexible ? nil : size, event) else {
            return appendMissing(to: &line)
        }
        if shape == .text, steps[index].format == nil, let length = steps[index].length,
            let used = length.load64(event, base), used <= UInt64(max(min(line.room, all.count), 0))
        {
            // Looked through at most once for the room that there is, whether it is shown so or not.
            line.charge(Int(used))
            if let strings = TextLength.strings(event.extracting(all), used: Int(used)), strings.count <= line.room {
                appendText(strings, to: &line)
                return isFlexible || all.count == size
            }
        }
        let used = shape == .text ? Text.range(all, in: event) : all
        let range = line.room(for: used)
        line.charge(range.count)
        let isWhole = range == used && (isFlexible || all.count == size)
        // A format such as `bytes` is for all bytes of a text, those behind its NUL too.
        if let format = steps[index].format, isWhole, all.count <= line.room {
            if format == .endpoint, appendEndpoint(steps[index], base, event, to: &line) { return true }
            if appendFormatted(withoutEnd(steps[index]) ?? format, all, event, to: &line) { return true }
        }
        switch (shape, style) {
        case (.text, .json): line.appendJSON(event.extracting(range))
        case (.text, .cell): line.appendEscaped(event.extracting(range), quoted: false)
        case (.text, .line):
            line.append(byte: UInt8(ascii: "\""))
            line.appendEscaped(event.extracting(range), quoted: true)
            line.append(byte: UInt8(ascii: "\""))
        case (.octets, .json):
            line.append("[")
            for at in range {
                if at > range.lowerBound { line.append(",") }
                line.append(UInt64(unsafe event.unsafeLoad(fromByteOffset: at, as: UInt8.self)))
            }
            line.append("]")
        default:
            if isJSON { line.append("\"") }
            line.appendHexadecimal(event.extracting(range))
            if isJSON { line.append("\"") }
        }
        if range != used {
            if !isJSON { line.appendCutMark() }
            line.cut()
        }
        return isWhole
    }

    private func appendText(_ bytes: [UInt8], to line: inout LineBuffer) {
        let bytes = unsafe bytes.span.bytes
        switch style {
        case .json: line.appendJSON(bytes)
        case .cell: line.appendEscaped(bytes, quoted: false)
        case .line:
            line.append(byte: UInt8(ascii: "\""))
            line.appendEscaped(bytes, quoted: true)
            line.append(byte: UInt8(ascii: "\""))
        }
    }

    /// The bytes of a node that the event has; nil if it has none of them, though there should be some.
    ///
    /// - Parameter size: What it takes; nil if it goes on to the end of the event.
    @inline(__always)
    static func range(_ start: Int, _ size: Int?, _ event: RawSpan) -> Range<Int>? {
        guard let size else { return min(start, event.byteCount)..<event.byteCount }
        guard start <= event.byteCount else { return nil }
        let end = min(start + size, event.byteCount)
        return end == start && size > 0 ? nil : start..<end
    }
}
