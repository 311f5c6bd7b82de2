// SPDX-License-Identifier: Apache-2.0

/// Writes single values of the events of one type: the cells of tables, CSV and templates.
package struct EventCells: Sendable {
    private let fields: FieldWriter
    /// The columns of a table of these values.
    package let columns: [TableColumn]

    /// Plans the writing.
    package init(_ plan: DecodingPlan, environment: FormatEnvironment, fields: [ShownField]) {
        self.fields = FieldWriter(plan, style: .cell, environment: environment, fields: fields)
        columns = fields.map { field in
            switch field.source {
            case .event(let place):
                return TableColumn(field.name, place.kind, format: field.format ?? place.textFormat)
            case .context(.time):
                let hasClock = environment.bootOffset != nil
                return TableColumn(field.name, .unsigned(bits: 64), format: field.format ?? (hasClock ? .ktime : nil))
            case .context(.map), .context(.type), .context(.host): return TableColumn(field.name, .text(count: 16))
            case .context: return TableColumn(field.name, .unsigned(bits: 32), format: field.format)
            case .absent: return TableColumn(field.name, .text(count: 0))
            }
        }
    }

    /// How many there are.
    package var count: Int { fields.count }

    /// Appends a value; nothing where there is none.
    ///
    /// - Parameters:
    ///   - index: Which one.
    ///   - event: The bytes of the event.
    ///   - context: What the kernel says of it.
    ///   - line: What it is appended to.
    /// - Returns: False if the event ends before the end of the value.
    @discardableResult
    package func append(
        _ index: Int, _ event: RawSpan, _ context: borrowing EventContext, to line: inout LineBuffer
    ) -> Bool {
        let isOwnBound = !line.isBounded
        if isOwnBound { line.open(room: TextBudget.unlimited) }
        defer { if isOwnBound { line.close() } }
        if case .cut = fields.append(index, event, context, to: &line) { return false }
        return true
    }

    /// The bytes of an event behind those that the type tells of, as far as an event's text has room for them.
    package func rest(of event: RawSpan, isPadded: Bool) -> Range<Int> {
        let all = fields.rest(of: event, isPadded: isPadded)
        return all.lowerBound..<min(all.upperBound, all.lowerBound + TextBudget.largestEvent)
    }
}
