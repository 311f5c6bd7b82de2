// SPDX-License-Identifier: Apache-2.0

/// Writes the events of one type, a line each: as `idx: 1, cmd: 2` or as JSON.
///
/// What an event has beyond its type is shown (`_rest`), what it lacks is told (`_cut`): nothing is dropped.
public struct EventRenderer: Sendable {
    /// Something of an event that is shown.
    private enum Pick: Sendable {
        case value(step: Int, base: Int, label: Range<Int>)
        case context(ContextField, label: Range<Int>)
    }

    private let values: ValueRenderer
    private let picks: [Pick]
    private var labels: [UInt8] = []
    private let typeName: [UInt8]
    private let size: Int
    /// Where the fixed part of an event with a flexible array begins to repeat; nil without one.
    private let tail: (offset: Int, stride: Int)?

    /// What is shown of an event.
    public struct Field: Sendable {
        /// What it is.
        public enum Source: Sendable {
            /// A place in the event.
            case event(EventField)
            /// What the kernel says of the event.
            case context(ContextField)
        }
        /// What it is.
        public var source: Source
        /// How it is shown; nil for what the type says.
        public var format: ValueFormat?
        /// The name in front of it.
        public var name: String

        /// Creates a field.
        public init(_ source: Source, format: ValueFormat? = nil, name: String) {
            self.source = source
            self.format = format
            self.name = name
        }
    }

    /// Plans the writing.
    ///
    /// - Parameters:
    ///   - fields: What is shown; nil for the whole event.
    ///   - context: What of the context is shown beside it.
    public init(
        _ plan: DecodingPlan, style: ValueStyle, environment: FormatEnvironment, fields: [Field]? = nil,
        context: [ContextField] = []
    ) {
        var formats: [Int: ValueFormat] = [:]
        for field in fields ?? [] {
            if case .event(let place) = field.source { formats[place.index] = field.format }
        }
        values = ValueRenderer(plan, style: style, environment: environment, formats: formats)
        typeName = Array(plan.typeName.utf8)
        size = plan.size
        tail = plan.nodes.last(where: \.isFlexible).map { ($0.offset, $0.stride) }
        var builder = Builder(style: style)
        let isJSON = values.isJSON
        let all = fields ?? plan.topFields
        // Text has the context in front, where the eye looks for it; JSON behind, where it is out of the way.
        if !isJSON { for part in context { builder.add(part, name: part.name) } }
        for field in all {
            switch field.source {
            case .event(let place): builder.add(place, name: field.name, isReserved: isJSON)
            case .context(let part): builder.add(part, name: field.name)
            }
        }
        if isJSON { for part in context { builder.add(part, name: part.name) } }
        picks = builder.picks
        labels = builder.labels
    }

    /// Puts picks and their labels together.
    private struct Builder {
        let style: ValueStyle
        var picks: [Pick] = []
        var labels: [UInt8] = []
        private var names: Set<String> = []

        init(style: ValueStyle) { self.style = style }

        mutating func add(_ place: EventField, name: String, isReserved: Bool) {
            // The names of the context are taken in JSON.
            var name = isReserved && EventRenderer.reserved.contains(name) ? "_" + name : name
            while !names.insert(name).inserted { name += "_" }
            picks.append(.value(step: place.index, base: place.base, label: label(name)))
        }

        mutating func add(_ part: ContextField, name: String) {
            guard names.insert(name).inserted else { return }
            picks.append(.context(part, label: label(name)))
        }

        private mutating func label(_ name: String) -> Range<Int> {
            let start = labels.count
            labels += ValueRenderer.label(name, style)
            return start..<labels.count
        }
    }

    /// The names of JSON's members that are not the event's own.
    static let reserved: Set<String> = [
        "_time", "_ktime", "_cpu", "_pid", "_tid", "_map", "_type", "_rest", "_cut", "_lost", "_cause",
    ]

    /// Appends an event and the end of the line.
    ///
    /// - Parameters:
    ///   - event: The bytes of the event.
    ///   - isPadded: Whether up to 7 bytes at the end may be the kernel's padding, which means nothing.
    public func append(_ event: RawSpan, _ context: borrowing EventContext, isPadded: Bool, to line: inout LineBuffer) {
        let isJSON = values.isJSON
        let start = line.count
        var isWhole = true
        if isJSON { line.append("{") }
        for pick in picks {
            let mark = line.count
            if mark > start + (isJSON ? 1 : 0) { if isJSON { line.append(",") } else { line.append(", ") } }
            switch pick {
            case .value(let step, let base, let label):
                unsafe line.append(raw: labels.span.bytes.extracting(label))
                if !values.append(step, base, event, to: &line) { isWhole = false }
            case .context(let part, let label):
                unsafe line.append(raw: labels.span.bytes.extracting(label))
                guard append(part, context, to: &line) else {
                    line.truncate(to: mark)
                    continue
                }
            }
        }
        appendRest(
            of: event, isWhole: isWhole, isPadded: isPadded, isFirst: line.count == start + (isJSON ? 1 : 0), to: &line)
        if isJSON { line.append("}\n") } else { line.append("\n") }
    }

    // MARK: The context

    /// Appends a part of the context; false if it is not known.
    private func append(_ part: ContextField, _ context: borrowing EventContext, to line: inout LineBuffer) -> Bool {
        switch part {
        case .cpu: return append(context.cpu, to: &line)
        case .pid: return append(context.pid, to: &line)
        case .tid: return append(context.tid, to: &line)
        case .time: return append(time: context.time, to: &line)
        case .map:
            guard !context.map.isEmpty else { return false }
            append(text: Array(context.map.utf8), to: &line)
        case .type: append(text: typeName, to: &line)
        }
        return true
    }

    private func append(_ number: UInt32?, to line: inout LineBuffer) -> Bool {
        guard let number else { return false }
        line.append(UInt64(number))
        return true
    }

    private func append(time: UInt64?, to line: inout LineBuffer) -> Bool {
        guard let time else { return false }
        guard values.environment.bootOffset != nil else {
            line.append(time)
            return true
        }
        if values.isJSON { line.append("\"") }
        ValueFormat.ktime.append(Int128(time), bits: 64, to: &line, values.environment)
        if values.isJSON { line.append("\"") }
        return true
    }

    private func append(text: [UInt8], to line: inout LineBuffer) {
        if values.isJSON {
            unsafe line.appendJSON(text.span.bytes)
        } else {
            unsafe line.appendEscaped(text.span.bytes, quoted: false)
        }
    }

    // MARK: What does not fit the type

    private func appendRest(
        of event: RawSpan, isWhole: Bool, isPadded: Bool, isFirst: Bool, to line: inout LineBuffer
    ) {
        let rest = rest(of: event, isPadded: isPadded)
        guard !rest.isEmpty || !isWhole else { return }
        let isJSON = values.isJSON
        if !isFirst { if isJSON { line.append(",") } else { line.append(", ") } }
        if !isWhole {
            if isJSON { line.append("\"_cut\":true") } else { line.append("_cut: true") }
            if !rest.isEmpty { if isJSON { line.append(",") } else { line.append(", ") } }
        }
        guard !rest.isEmpty else { return }
        if isJSON { line.append("\"_rest\":\"") } else { line.append("_rest: ") }
        line.appendHexadecimal(event.extracting(rest))
        if isJSON { line.append("\"") }
    }

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

extension DecodingPlan {
    /// What an event consists of, structures not taken apart.
    var topFields: [EventRenderer.Field] {
        guard let root = nodes.first, root.shape == .structure else {
            return columns.map { EventRenderer.Field(.event($0), name: $0.path) }
        }
        var fields: [EventRenderer.Field] = []
        var index = 1
        while index < root.end {
            let field = EventField(path: nodes[index].name, node: index, base: 0, nodes[index], tables)
            fields.append(EventRenderer.Field(.event(field), name: field.path))
            index = nodes[index].end
        }
        return fields
    }
}
