// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

/// How the events of one type are shown, and which of them.
struct EventView {
    /// The form of the output.
    enum Form {
        /// `idx: 1, cmd: 2`.
        case lines
        /// A JSON object a line.
        case json(JSONIntegers)
        /// Columns for eyes.
        case table
        /// Columns for programs.
        case separated(SeparatedRenderer.Dialect)
        /// A line of one's own making.
        case template(Template)
        /// The events themselves, framed as bpf-eventd frames them.
        case raw
        /// No events: they are counted.
        case summary
    }

    /// What the user wants to see, whatever the types are.
    struct Choice {
        var form = Form.lines
        /// The fields that are shown; nil for all.
        var fields: FieldList?
        /// Whether the context is shown beside them.
        var hasContext = false
        var condition: WhereExpression?
    }

    let plan: DecodingPlan
    let condition: WhereProgram?
    /// For lines and JSON.
    let renderer: EventRenderer?
    /// For everything with cells.
    let cells: EventCells?

    init(_ plan: DecodingPlan, _ choice: Choice, _ environment: FormatEnvironment) throws(InputFailure) {
        self.plan = plan
        do throws(WhereError) {
            condition = try choice.condition?.compile(for: plan)
        } catch {
            throw InputFailure(diagnostic: error.diagnostic)
        }
        var fields: [ShownField]?
        if let chosen = choice.fields { fields = try chosen.resolve(in: plan) }
        switch choice.form {
        case .lines:
            renderer = EventRenderer(
                plan, style: .line, environment: environment, fields: fields,
                context: choice.hasContext ? ContextField.shown : [])
            cells = nil
        case .json(let integers):
            renderer = EventRenderer(
                plan, style: .json(integers), environment: environment, fields: fields,
                context: fields == nil || choice.hasContext ? ContextField.told : [])
            cells = nil
        case .table, .separated:
            let own = fields ?? plan.columns.map { ShownField(.event($0), name: $0.path) }
            let beside = choice.hasContext ? ContextField.shown.map { ShownField(.context($0), name: $0.name) } : []
            renderer = nil
            cells = EventCells(plan, environment: environment, fields: beside + own)
        case .template(let template):
            renderer = nil
            cells = EventCells(plan, environment: environment, fields: try FieldList(template).resolve(in: plan))
        case .raw, .summary:
            renderer = nil
            cells = nil
        }
    }
}

extension ContextField {
    /// What is shown in front of an event.
    static let shown: [ContextField] = [.time, .cpu, .pid, .tid]
    /// What JSON tells of each event.
    static let told: [ContextField] = [.time, .cpu, .pid, .tid, .map, .type]
}
