// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventSummaries

/// How the events of one type are shown, and which of them.
final class EventView {
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
        /// No events: they go into pictures.
        case picture
    }

    /// What the user wants to see, whatever the types are.
    struct Choice {
        /// How events are shown; nil for columns on a terminal, where their type is known, and lines elsewhere.
        var form: Form?
        /// Whether they are shown on a terminal.
        var isTerminal = false
        /// The fields that are shown; nil for all.
        var fields: FieldList?
        /// Whether the context is shown beside them.
        var hasContext = false
        /// Whether the host is shown beside them: there are several.
        var hasHost = false
        /// Whether all that identifies a record is written behind it, in JSON.
        var identifies = false
        /// Whether structures are taken apart in JSON.
        var isFlat = false
        var condition: WhereExpression?
        /// What the summary sums up, and what it counts by.
        var summed: FieldList?
        var groups: FieldList?
        /// What pictures show.
        var pictures = PictureChoice()
    }

    let plan: DecodingPlan
    /// Whether the events have no type; looking it up in the plan for each event would copy the plan.
    let isUnknown: Bool
    let form: Form
    /// Whether nobody asked for a form or for fields, so that elements of maps may look as suits them best.
    let isOwnForm: Bool
    /// Whether nobody asked for fields.
    let isAllFields: Bool
    /// Whether the form has columns that stand for all events.
    let hasColumns: Bool
    /// Which events are shown.
    enum Condition {
        case all
        case matching(WhereProgram)
        case none
    }

    let condition: Condition
    /// The parts of the context that the condition asks for.
    let askedContext: [ContextField]
    /// The parts of the context that the user named to be shown, summed up or counted by.
    let namedContext: [ContextField]
    /// The event's own field of the process that sent it, for streams that do not say it.
    let ownProcess: EventField?
    /// For lines and JSON.
    let renderer: EventRenderer?
    /// For everything with cells.
    let cells: EventCells?
    /// What taking its columns costs, as a ``TextBudget`` counts it.
    let columnCost: Int
    /// The name of the type in JSON, where records have their identity.
    let typeText: [UInt8]
    /// Whether structures are taken apart in JSON.
    let isFlat: Bool
    /// For the summary.
    private(set) var summary: SummaryBinding?
    /// For pictures.
    private(set) var picture: PictureBinding?

    /// Plans how events are shown.
    ///
    /// - Parameters:
    ///   - plan: Their type.
    ///   - isTyped: Whether somebody told the type.
    ///   - isLenient: Whether events of the type may lack the fields that the choice names, since others have them.
    /// - Throws: If the choice names a field that the type does not have, or what its values are not.
    init(
        _ plan: DecodingPlan, isTyped: Bool, isLenient: Bool, _ choice: Choice, _ environment: FormatEnvironment,
        element: ElementLook? = nil
    ) throws(InputFailure) {
        self.plan = plan
        isUnknown = plan.isUnknown
        form = choice.form ?? (element != nil || choice.isTerminal && isTyped ? .table : .lines)
        isOwnForm = choice.form == nil && choice.fields == nil
        isAllFields = choice.fields == nil
        isFlat = choice.isFlat
        typeText = choice.identifies ? LineBuffer.json(plan.typeName, limit: Self.longestName) : []
        switch form {
        case .table, .separated: hasColumns = true
        default: hasColumns = false
        }
        condition = try Self.condition(choice, plan, machine: environment.machine, isLenient: isLenient)
        askedContext = if case .matching(let program) = condition { program.contextParts } else { [] }
        ownProcess = plan.numberOfProcess(["tgid", "pid"], isElement: element != nil)
        var fields: [ShownField]?
        if let chosen = choice.fields { fields = try chosen.resolve(in: plan, isLenient: isLenient) }
        var named = fields ?? []
        let host: [ContextField] = choice.hasHost && (choice.fields == nil || choice.hasContext) ? [.host] : []
        switch form {
        case .lines:
            renderer = EventRenderer(
                plan, style: .line, environment: environment, fields: fields,
                context: host
                    + (choice.hasContext ? ContextField.shown : element?.isEach == true ? [.cpu] : []))
            cells = nil
        case .json(let integers):
            if choice.isFlat { fields = fields?.map(\.flat) ?? plan.flatFields }
            let hasContext = choice.fields == nil || choice.hasContext
            let told = hasContext && !choice.identifies ? ContextField.told + host : []
            let isElement = element != nil && (hasContext || choice.identifies)
            renderer = EventRenderer(
                plan, style: .json(integers), environment: environment, fields: fields,
                context: told + (isElement ? [.snapshot] : []),
                reserved: choice.identifies
                    ? EventRenderer.reservedOfIdentities
                    : EventRenderer.reserved.union(host.map(\.name)))
            cells = nil
        case .table, .separated:
            let isTable = if case .table = form { true } else { false }
            let columns = element == nil || !isTable ? plan.cells : ElementLook.tableColumns(plan)
            let own = fields ?? columns.map { ShownField(.event($0), name: $0.path) }
            let told =
                host + (choice.hasContext ? ContextField.shown : element?.columns(isTable: isTable, fields) ?? [])
            let beside = told.map { ShownField(.context($0), name: $0.name) }
            renderer = nil
            cells = EventCells(plan, environment: environment, fields: beside + own)
        case .template(let template):
            renderer = nil
            named = try FieldList(template).resolve(in: plan, isLenient: isLenient)
            cells = EventCells(plan, environment: environment, fields: named)
        case .raw:
            renderer = nil
            cells = nil
        case .picture:
            renderer = EventRenderer(plan, style: .json(.string), environment: environment, context: [.cpu])
            cells = nil
            picture = try PictureBinding(
                plan, choice.pictures, environment, isElement: element != nil, isLenient: isLenient)
        case .summary:
            renderer = nil
            cells = nil
            let values = try choice.summed?.resolve(in: plan, isLenient: isLenient) ?? []
            let groups = try choice.groups?.resolve(in: plan, isLenient: isLenient) ?? []
            named = values + groups
            do throws(SummaryError) {
                summary = try SummaryBinding(plan, environment: environment, values: values, by: groups)
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        }
        columnCost = cells?.columns.reduce(0) { $0 + $1.title.utf8.count + 256 } ?? 0
        namedContext = ContextField.allCases.filter { part in named.contains { $0.isOf(part) } }
    }

    /// Bytes of the longest name of a type that is written in each record.
    private static let longestName = 512

    /// Which events of a type are shown; none if the condition is about fields that they do not have.
    private static func condition(
        _ choice: Choice, _ plan: DecodingPlan, machine: String, isLenient: Bool
    ) throws(InputFailure) -> Condition {
        guard let expression = choice.condition else { return .all }
        do throws(WhereError) {
            return .matching(try expression.compile(for: plan, machine: machine))
        } catch {
            guard !isLenient else { return .none }
            throw InputFailure(diagnostic: error.diagnostic)
        }
    }

    /// Whether the user named the time of events.
    var usesTime: Bool { namedContext.contains(.time) || askedContext.contains(.time) }

    /// Whether an event is shown.
    @inline(__always)
    func has(_ event: RawSpan, _ context: borrowing EventContext) -> Bool {
        switch condition {
        case .all: true
        case .matching(let program): program.matches(event, context)
        case .none: false
        }
    }
}

extension ContextField {
    /// What is shown in front of an event.
    static let shown: [ContextField] = [.time, .cpu, .pid, .tid]
    /// What JSON tells of each event.
    static let told: [ContextField] = [.time, .cpu, .pid, .tid, .map, .type]
}

extension ShownField {
    /// Whether it is a part of the context.
    fileprivate func isOf(_ part: ContextField) -> Bool {
        if case .context(part) = source { true } else { false }
    }
}

extension DecodingPlan {
    /// The first of some fields that can be the number of a process or a thread, in the key of elements.
    ///
    /// The kernel calls a process a thread group, and a thread a process.
    func numberOfProcess(_ names: [String], isElement: Bool) -> EventField? {
        names.lazy.compactMap { field((isElement ? "key." : "") + $0) }.first { $0.isProcess }
    }
}

extension EventField {
    /// Whether it can be the number of a process.
    fileprivate var isProcess: Bool {
        switch kind {
        case .unsigned(let bits), .signed(let bits): (16...64).contains(bits)
        default: false
        }
    }

    /// The number of a process in an event.
    func process(in event: RawSpan) -> UInt32? {
        if case .integer(let value) = value(in: event) { UInt32(exactly: value) } else { nil }
    }
}
