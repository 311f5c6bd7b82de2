// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import ToolSupport

/// What becomes of text that programs print, between events of the form that was asked for.
enum TextForm {
    /// Lines among the others.
    case lines
    /// Objects: `{"_text":"…","_from":"bpf_printk"}`.
    case json
    /// Lines on stderr, since the form of the events has no place for them.
    case beside
}

extension EventDisplay {
    /// Shows text of a capture, if that is not of events that were not chosen.
    ///
    /// - Parameter block: The number of its block.
    mutating func show(_ text: CaptureText, in block: UInt64) {
        guard !isDone, selection.hasText(at: text.time) else { return }
        show(text: text.bytes, from: text.origin, at: text.time == 0 ? nil : text.time, in: block)
    }

    /// Shows lines with their newlines, any bytes.
    ///
    /// - Parameters:
    ///   - origin: What they come from.
    ///   - time: When they were read, in ns of the capture's clock; nil for now.
    ///   - block: The number of the block that they are in.
    mutating func show(text: [UInt8], from origin: String, at time: UInt64?, in block: UInt64 = 0) {
        form.breakRegion()
        var start = 0
        var place = CapturePlace(block: block)
        while start < text.count, !isDone {
            let end = Self.end(ofPiece: start, of: text, isLine: textForm == .json || !report.host.isEmpty)
            let piece = Array(text[start..<end])
            start = end
            switch textForm {
            case .lines:
                if !report.host.isEmpty {
                    lines.appendEscaped(report.host, quoted: false)
                    lines.append(": ")
                }
                unsafe lines.append(raw: String.terminalSafeLines(piece).span.bytes)
            case .beside:
                let text = String(decoding: piece, as: UTF8.self).withoutLastNewline
                report.reporter.show(
                    report.host.isEmpty ? text : report.host.terminalSafe + ": " + text, event: "text")
            case .json:
                form.identity?.note(place)
                writeObject(piece, from: origin, at: time)
            }
            place.index &+= 1
            writer.step(&lines)
        }
    }

    /// Where a piece of text ends: behind a line, or behind the last line of so many bytes.
    private static func end(ofPiece start: Int, of text: [UInt8], isLine: Bool) -> Int {
        let newline = UInt8(ascii: "\n")
        let limit = min(text.count, start + (isLine ? 1 << 20 : 1 << 16))
        let piece = text[start..<limit]
        let last = isLine ? piece.firstIndex(of: newline) : limit == text.count ? nil : piece.lastIndex(of: newline)
        return last.map { $0 + 1 } ?? limit
    }

    private mutating func writeObject(_ piece: [UInt8], from origin: String, at time: UInt64?) {
        let text = piece.last == UInt8(ascii: "\n") ? Array(piece.dropLast()) : piece
        guard !text.isEmpty else { return }
        let room = budget.receive(text.count)
        let start = lines.count
        // As events do: a few bytes of a stream do not become much text.
        guard room > origin.utf8.count + 128 else { return report.noteCut("text") }
        lines.append("{\"_text\":")
        unsafe lines.appendJSON(text.span.bytes)
        lines.append(",\"_from\":")
        unsafe lines.appendJSON(Array(origin.utf8).span.bytes)
        if form.identity == nil { lines.appendHost(report.host) }
        if form.identity == nil, let time, types.environment.bootOffset != nil {
            lines.append(",\"_time\":\"")
            ValueFormat.ktime.append(Int128(time), bits: 64, to: &lines, types.environment)
            lines.append("\"")
        }
        lines.append("}\n")
        if let identity = form.identity {
            var context = EventContext()
            context.time = time
            identity.complete("text", from: start, context, to: &lines)
        }
        budget.spend(lines.count - start)
    }
}

extension String {
    fileprivate var withoutLastNewline: String { last == "\n" ? String(dropLast()) : self }
}
