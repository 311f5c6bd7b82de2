// SPDX-License-Identifier: Apache-2.0

/// What is shown of an event: a place in it or a part of its context, how, and by which name.
package struct ShownField: Sendable {
    /// What it is.
    package enum Source: Sendable {
        /// A place in the event.
        case event(EventField)
        /// What the kernel says of the event.
        case context(ContextField)
        /// Nothing: events of this type do not have it, those of others do.
        case absent
    }

    /// What it is.
    package var source: Source
    /// How it is shown; nil for what the type says.
    package var format: ValueFormat?
    /// The name in front of it or above it.
    package var name: String

    /// Creates a field.
    package init(_ source: Source, format: ValueFormat? = nil, name: String) {
        self.source = source
        self.format = format
        self.name = name
    }

    /// The same under a name that databases take for a column: `key_saddr` for `key.saddr`.
    package var flat: ShownField {
        ShownField(source, format: format, name: String(name.map { $0 == "." ? "_" : $0 }))
    }
}

/// Writes the values of some fields of the events of a type.
///
/// A class, since a structure of this size would be copied for each value that is written through another one.
final class FieldWriter: Sendable {
    /// What became of a field.
    enum Outcome {
        case whole
        /// The event ends before its end.
        case cut
        /// There is none.
        case absent
    }

    private enum Pick: Sendable {
        case value(step: Int, base: Int)
        case context(ContextField, ValueFormat?)
        case absent
    }

    let values: ValueRenderer
    private let picks: [Pick]
    /// Where the process is whose stacks the events have; nil if they have none.
    private let process: StackPlan?
    private let typeName: [UInt8]
    private let size: Int
    /// Where the elements of a flexible array begin, and their size.
    private let tail: (offset: Int, stride: Int)?
    /// The least size of events of which a varying part is sent; nil if all of the type is.
    private let least: Int?

    init(_ plan: DecodingPlan, style: ValueStyle, environment: FormatEnvironment, fields: [ShownField]) {
        // One place can be shown in two formats: each further format of a place has a copy of the steps.
        var formats: [[Int: ValueFormat]] = [[:]]
        var picks: [Pick] = []
        for field in fields {
            switch field.source {
            case .event(let place):
                guard let format = field.format else {
                    picks.append(.value(step: place.index, base: place.base))
                    continue
                }
                let copy =
                    formats.indices.dropFirst().first { [nil, format].contains(formats[$0][place.index]) }
                    ?? formats.count
                if copy == formats.count { formats.append([:]) }
                formats[copy][place.index] = format
                picks.append(.value(step: copy * plan.nodes.count + place.index, base: place.base))
            case .context(let part): picks.append(.context(part, field.format))
            case .absent: picks.append(.absent)
            }
        }
        values = ValueRenderer(plan, style: style, environment: environment, formats: formats)
        process = values.hasStacks ? StackPlan(plan) : nil
        self.picks = picks
        typeName = Array(plan.typeName.utf8)
        size = plan.size
        tail = plan.nodes.last(where: \.isFlexible).map { ($0.offset, $0.stride) }
        least = plan.sent.flatMap { $0.lowerBound < $0.upperBound ? $0.lowerBound : nil }
    }

    /// Whether a value that an event does not have is one that its program did not send, as it does with others.
    func isUnsent(_ index: Int, _ event: RawSpan) -> Bool {
        guard let least, event.byteCount >= least, case .value(let step, let base) = picks[index] else { return false }
        return base + values.steps[step].access.offset >= event.byteCount
    }

    var count: Int { picks.count }

    /// Appends the value of a field.
    @inline(__always)
    func append(
        _ index: Int, _ event: RawSpan, _ context: borrowing EventContext, to line: inout LineBuffer
    ) -> Outcome {
        switch picks[index] {
        case .value(let step, let base): appendValue(step, base, event, context, to: &line)
        case .context(let part, let format): append(part, format, context, to: &line) ? .whole : .absent
        case .absent: .absent
        }
    }

    @inline(__always)
    private func appendValue(
        _ step: Int, _ base: Int, _ event: RawSpan, _ context: borrowing EventContext, to line: inout LineBuffer
    ) -> Outcome {
        if let process { line.process = process.process(of: event, context) }
        return values.append(step, base, event, to: &line) ? .whole : .cut
    }

    // MARK: The context

    private func append(
        _ part: ContextField, _ format: ValueFormat?, _ context: borrowing EventContext, to line: inout LineBuffer
    ) -> Bool {
        switch part {
        case .cpu: return append(context.cpu, format, to: &line)
        case .pid: return append(context.pid, format, to: &line)
        case .tid: return append(context.tid, format, to: &line)
        case .time: return append(time: context.time, format, to: &line)
        case .map:
            guard !context.map.isEmpty else { return false }
            unsafe append(text: context.map.utf8.span.bytes, to: &line)
        case .type:
            let name = typeName
            unsafe append(text: name.span.bytes, to: &line)
        case .host:
            guard !context.host.isEmpty else { return false }
            unsafe append(text: context.host.utf8.span.bytes, to: &line)
        case .snapshot:
            guard let number = context.snapshot else { return false }
            line.append(number)
        }
        return true
    }

    private func append(_ number: UInt32?, _ format: ValueFormat?, to line: inout LineBuffer) -> Bool {
        guard let number else { return false }
        if let format, format != .dec {
            append(format, Int128(number), bits: 32, to: &line)
        } else {
            line.append(UInt64(number))
        }
        return true
    }

    private func append(time: UInt64?, _ format: ValueFormat?, to line: inout LineBuffer) -> Bool {
        guard let time else { return false }
        if format == .dec || format == nil && values.environment.bootOffset == nil {
            line.append(time)
        } else {
            append(format ?? .ktime, Int128(time), bits: 64, to: &line)
        }
        return true
    }

    private func append(_ format: ValueFormat, _ value: Int128, bits: Int, to line: inout LineBuffer) {
        if values.isJSON { line.append("\"") }
        format.append(value, bits: bits, to: &line, values.environment)
        if values.isJSON { line.append("\"") }
    }

    private func append(text: RawSpan, to line: inout LineBuffer) {
        guard line.room >= text.byteCount else { return line.appendCutValue(values.isJSON) }
        if values.isJSON { line.appendJSON(text) } else { line.appendEscaped(text, quoted: false) }
    }

    // MARK: What does not fit the type

    /// The bytes behind those that the type tells of.
    func rest(of event: RawSpan, isPadded: Bool) -> Range<Int> {
        let end = event.byteCount
        guard let tail else {
            // The kernel pads what a perf ring holds, with its size in front, to 8 bytes.
            let isPadding = isPadded && end > size && end - size < 8 && (end + 4) & 7 == 0
            return size < end && !isPadding ? size..<end : end..<end
        }
        guard end > tail.offset, tail.stride > 0 else { return end..<end }
        return (end - (end - tail.offset) % tail.stride)..<end
    }
}
