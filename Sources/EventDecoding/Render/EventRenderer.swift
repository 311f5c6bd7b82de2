// SPDX-License-Identifier: Apache-2.0

/// Writes the events of one type, a line each: as `idx: 1, cmd: 2` or as JSON.
///
/// What an event has beyond its type is shown (`_rest`), what it lacks is told (`_cut`): nothing is dropped.
package struct EventRenderer: Sendable {
    private let fields: FieldWriter
    private var labels: [UInt8] = []
    private var labelRanges: [Range<Int>] = []
    private let isJSON: Bool

    /// Plans the writing.
    ///
    /// - Parameters:
    ///   - plan: The type.
    ///   - style: Lines or JSON.
    ///   - environment: What formats need beside a value.
    ///   - fields: What is shown; nil for the whole event.
    ///   - context: What of the context is shown beside it.
    ///   - namesValue: Whether a line has a name in front of the only value of a type that is no structure.
    ///   - reserved: The members of JSON that are not the event's own.
    package init(
        _ plan: DecodingPlan, style: ValueStyle, environment: FormatEnvironment, fields: [ShownField]? = nil,
        context: [ContextField] = [], namesValue: Bool = true, reserved: Set<String> = Self.reserved
    ) {
        let own = (fields ?? plan.topFields).filter { if case .absent = $0.source { false } else { true } }
        let beside = context.map { ShownField(.context($0), name: $0.name) }
        if case .json = style { isJSON = true } else { isJSON = false }
        // Text has the context in front, where the eye looks for it; JSON behind, where it is out of the way.
        let all = isJSON ? own + beside : beside + own
        self.fields = FieldWriter(plan, style: style, environment: environment, fields: all)
        let isAlone = !namesValue && !isJSON && plan.isValue && all.count == 1
        var names = DistinctNames()
        for field in all {
            var name = field.name
            if isJSON, case .event = field.source, reserved.contains(name) { name = "_" + name }
            name = names.take(name)
            let start = labels.count
            // With the comma that stands in front of all but the first.
            labels += Array((isJSON ? "," : ", ").utf8) + (isAlone ? [] : ValueRenderer.label(name, style))
            labelRanges.append(start..<labels.count)
        }
    }

    /// The members of JSON that are not the event's own: an event's field of such a name gets another underscore.
    package static let reserved: Set<String> = [
        "_time", "_cpu", "_pid", "_tid", "_map", "_type", "_rest", "_cut", "_lost", "_cause",
        "_snapshot", "_elements", "_extent", "_hist",
    ]

    /// Those and the members of records that tell their identity.
    package static let reservedOfIdentities: Set<String> = reserved.union([
        "_record", "_host", "_machine", "_boot", "_capture", "_block", "_index", "_text", "_from", "_missing_blocks",
        "_schema", "_began", "_kernel", "_writer", "_clock_offset", "_clock_error", "_events",
    ])

    /// Appends an event and the end of the line.
    ///
    /// - Parameters:
    ///   - event: The bytes of the event.
    ///   - context: What the kernel says of it.
    ///   - isPadded: Whether up to 7 bytes at the end may be the kernel's padding, which means nothing.
    ///   - line: What it is appended to.
    package func append(
        _ event: RawSpan, _ context: borrowing EventContext, isPadded: Bool, to line: inout LineBuffer
    ) {
        let isOwnBound = !line.isBounded
        if isOwnBound { line.open(room: TextBudget.unlimited) }
        defer { if isOwnBound { line.close() } }
        var isWhole = true
        var isFirst = true
        if isJSON { line.append(byte: UInt8(ascii: "{")) }
        let separator = isJSON ? 1 : 2
        for index in 0..<labelRanges.count {
            guard !line.isCut else { break }
            let label = labelRanges[index]
            guard line.room > label.count - separator else {
                line.appendCut(isJSON)
                isFirst = isFirst && isJSON
                break
            }
            let mark = line.count
            let named = isFirst ? label.lowerBound + separator..<label.upperBound : label
            unsafe line.append(short: labels.span.bytes.extracting(named))
            switch fields.append(index, event, context, to: &line) {
            case .whole: isFirst = false
            case .cut where fields.isUnsent(index, event): line.truncate(to: mark)
            case .cut:
                isFirst = false
                isWhole = false
            case .absent: line.truncate(to: mark)
            }
        }
        let all = fields.rest(of: event, isPadded: isPadded)
        let rest = line.isCut ? all.lowerBound..<all.lowerBound : line.room(for: all)
        isWhole = isWhole && rest == all && !line.isCut
        if !isWhole || !rest.isEmpty {
            appendOdd(event.extracting(rest), isWhole: isWhole, isFirst: isFirst, to: &line)
        }
        // An event of no bytes and no type is seen nevertheless.
        if !isJSON && isFirst && isWhole && rest.isEmpty { line.append("_rest: ") }
        if isJSON { line.append(byte: UInt8(ascii: "}")) }
        line.append(byte: UInt8(ascii: "\n"))
    }

    /// Appends what does not fit the type.
    private func appendOdd(_ rest: RawSpan, isWhole: Bool, isFirst: Bool, to line: inout LineBuffer) {
        if !isFirst { if isJSON { line.append(",") } else { line.append(", ") } }
        if !isWhole {
            if isJSON { line.append("\"_cut\":true") } else { line.append("_cut: true") }
            if rest.byteCount > 0 { if isJSON { line.append(",") } else { line.append(", ") } }
        }
        guard rest.byteCount > 0 else { return }
        if isJSON { line.append("\"_rest\":\"") } else { line.append("_rest: ") }
        line.appendHexadecimal(rest)
        if isJSON { line.append("\"") }
    }
}

extension DecodingPlan {
    /// What an event consists of for databases, with names that they take for columns; a structure is a text where its
    /// author says so.
    package var flatFields: [ShownField] {
        let fields = Self.columns(nodes, tables) { $0.format != nil && $0.isOneText }
        return fields.map { ShownField(.event($0), name: $0.path).flat }
    }

    /// What an event consists of, structures not taken apart.
    var topFields: [ShownField] {
        guard let root = nodes.first, root.shape == .structure else {
            return columns.map { ShownField(.event($0), name: $0.path) }
        }
        var fields: [ShownField] = []
        var index = 1
        while index < root.end {
            let field = EventField(path: nodes[index].name, node: index, base: 0, nodes, tables)
            fields.append(ShownField(.event(field), name: field.path))
            index = nodes[index].end
        }
        return fields
    }
}
