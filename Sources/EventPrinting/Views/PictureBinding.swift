// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventSummaries

/// What the user wants to see in pictures, whatever the types are.
struct PictureChoice {
    /// The stacks that are joined, the outermost first; nil for all that a type has.
    var stack: FieldList?
    /// What an event or element counts; nil for 1, and the value of an element.
    var weight: FieldList?
    /// Whether stacks are what is shown.
    var wantsStacks = false
    /// The spans of a timeline.
    var spans: [SpanChoice] = []
    /// Whether a page of figures is made; of what, if the user named it.
    var hasPage = false
    var summed: FieldList?
    var groups: FieldList?
}

/// Where the events or elements of one type have what pictures show.
struct PictureBinding {
    /// A stack, or the number of one.
    struct Stack {
        let field: EventField
        /// Whether it is the number of a stack in a map of stacks.
        let isNumber: Bool
        /// Whether it is one of user space, by its format or its name.
        var isUser: Bool
        /// Its addresses, where the type says that it is a stack; nil where only the command line does.
        var member: StackPlan.Member?
        /// Whether it has build ids in place of addresses.
        var hasBuildIDs = false
    }

    /// How much an event or element counts.
    enum Weight {
        case one
        case field(EventField)
        /// The type has not what the user named.
        case none
        /// The values of the map have several numbers, and nobody named one.
        case several
    }

    let plan: DecodingPlan
    let environment: FormatEnvironment
    /// The outermost first: those of user space are below those of the kernel.
    let stacks: [Stack]
    /// How events have their stacks, and the process that these are of.
    let stackPlan: StackPlan
    let weight: Weight
    /// What the weight counts, and its unit.
    let weightName: String
    let unit: SummaryUnit
    /// The name of the process.
    let comm: EventField?
    /// Its number, and that of the thread, as the event itself says them.
    let process: EventField?
    let thread: EventField?
    let isElement: Bool
    /// The spans of a timeline.
    let spans: [SpanBinding]
    /// The numbers of an element's value.
    let numbers: [EventField]
    /// What tells elements apart.
    let labels: EventCells?
    /// What a page counts; nil if none is made.
    let page: PageBinding?
    /// What a page puts the elements of a map in order by, and what it shows of each beside.
    let ranked: (number: EventField, cells: EventCells)?
    /// Whether the type has a stack, where stacks are what is shown.
    let hasWanted: Bool

    init(
        _ plan: DecodingPlan, _ choice: PictureChoice, _ environment: FormatEnvironment, isElement: Bool,
        isLenient: Bool
    ) throws(InputFailure) {
        var environment = environment
        environment.byteOrder = plan.byteOrder
        (self.plan, self.environment, self.isElement) = (plan, environment, isElement)
        let stackPlan = StackPlan(plan)
        self.stackPlan = stackPlan
        stacks = try Self.stacks(plan, choice, isLenient: isLenient).map { stack in
            var stack = stack
            stack.member = stackPlan.members.first { $0.path == stack.field.path && $0.form != .number }
            return stack
        }
        let named = try choice.weight?.resolve(in: plan, isLenient: isLenient).first
        // A map of stacks has what the others have the numbers of.
        hasWanted = !choice.wantsStacks || stacks.contains { !isElement || $0.isNumber || $0.field.path != "value" }
        weight = try Self.weight(
            plan, named, stacks: choice.wantsStacks ? stacks : [], isElement: isElement, isLenient: isLenient)
        if case .field(let field) = weight {
            weightName = field.path
            unit = SummaryUnit(name: field.path, format: named?.format ?? field.format)
        } else {
            (weightName, unit) = ("events", .none)
        }
        comm = plan.columns.first { $0.lastName == "comm" && $0.isText }
        process = plan.numberOfProcess(["tgid", "pid"], isElement: isElement)
        var spans: [SpanBinding] = []
        if !isElement {
            for span in choice.spans {
                spans.append(try SpanBinding(span, plan, environment, isLenient: isLenient))
            }
        }
        self.spans = spans
        numbers = isElement ? Self.numbers(plan) : []
        let keys = isElement ? plan.cells.filter { $0.path == "key" || $0.path.hasPrefix("key.") } : []
        labels =
            keys.isEmpty
            ? nil
            : EventCells(
                plan, environment: environment, fields: keys.map { ShownField(.event($0), name: $0.path) })
        let rank = numbers.first(where: \.isCounted) ?? numbers.first
        if choice.hasPage, let rank, !keys.isEmpty {
            let shown = keys + numbers.filter { $0.path != rank.path }
            let fields = shown.map { ShownField(.event($0), name: $0.path) }
            ranked = (rank, EventCells(plan, environment: environment, fields: fields))
        } else {
            ranked = nil
        }
        page =
            choice.hasPage && !isElement
            ? try PageBinding(
                plan, environment, values: choice.summed, groups: choice.groups, isLenient: isLenient) : nil
        thread = plan.numberOfProcess(["tid", "pid"], isElement: isElement)
    }

    // MARK: Stacks

    private static func stacks(
        _ plan: DecodingPlan, _ choice: PictureChoice, isLenient: Bool
    ) throws(InputFailure) -> [Stack] {
        if let list = choice.stack {
            var found: [Stack] = []
            for shown in try list.resolve(in: plan, isLenient: isLenient) {
                guard case .event(let field) = shown.source else { continue }
                guard let stack = Stack(field, shown.format ?? field.textFormat) ?? Stack(byShape: field) else {
                    guard !isLenient else { continue }
                    throw InputFailure(diagnostic: notAStack(shown.name))
                }
                found.append(stack)
            }
            return found
        }
        // What a column has of a stack by build ids are the numbers of its places: the stack is the whole of them.
        let places = plan.cells.filter { $0.textFormat == .buildid }
        let columns = plan.columns.filter { column in !places.contains { column.path.hasPrefix($0.path) } }
        let found = (columns + places).compactMap { Stack($0, $0.textFormat) }
        // Those of user space called into the kernel.
        return found.filter(\.isUser) + found.filter { !$0.isUser }
    }

    private static func notAStack(_ name: String) -> Diagnostic {
        Diagnostic(
            .formatUnfit, stage: .arguments, "\(name.terminalSafe) is no stack",
            cause: "a stack is an array of 64-bit addresses, or a number of 32 or 64 bits",
            nextStep: "name such a field, or leave out --stack")
    }

    // MARK: The weight

    /// - Parameter stacks: Those that are shown.
    private static func weight(
        _ plan: DecodingPlan, _ named: ShownField?, stacks: [Stack], isElement: Bool, isLenient: Bool
    ) throws(InputFailure) -> Weight {
        if let named {
            guard case .event(let field) = named.source else { return .none }
            guard field.isNumber else {
                throw InputFailure(
                    diagnostic: Diagnostic(
                        .summaryNotNumber, stage: .arguments, "\(named.name.terminalSafe) is not a number",
                        cause: "--weight names it", nextStep: "name a field that is a number"))
            }
            return .field(field)
        }
        guard isElement else { return .one }
        let numbers = numbers(plan)
        if numbers.count <= 1 { return numbers.first.map { .field($0) } ?? .one }
        guard !stacks.isEmpty else { return .one }
        // What stands for a stack that is the key is what the program counts of it.
        let counted = numbers.filter(\.isCounted)
        if counted.count == 1, stacks.allSatisfy({ !$0.field.path.hasPrefix("value") }) { return .field(counted[0]) }
        // Other maps have what is wanted: this one may be what the program keeps for itself.
        guard !isLenient else { return .several }
        let names = numbers.prefix(8).map(\.path.terminalSafe).joined(separator: ", ")
        let shown = (counted.first ?? numbers[0]).path.terminalSafe
        throw InputFailure(
            diagnostic: Diagnostic(
                .optionAlone, stage: .arguments, "the values of a map have several numbers: a picture needs one",
                cause: "they are \(names)", nextStep: "name one: --weight \(shown), or another map: --map NAME"))
    }

    private static func numbers(_ plan: DecodingPlan) -> [EventField] {
        plan.columns.filter { ($0.path == "value" || $0.path.hasPrefix("value.")) && $0.isNumber }
    }

    /// How much an event or element counts; nil for nothing that can be counted.
    func weight(of event: RawSpan) -> UInt64? {
        switch weight {
        case .one: return 1
        case .none, .several: return nil
        case .field(let field): return field.count(in: event)
        }
    }

    // MARK: The process

    /// The name of the process that an event says.
    func command(of event: RawSpan) -> String? {
        guard let comm, case let value = comm.value(in: event) else { return nil }
        let range: Range<Int>
        switch value {
        case .text(let text): range = text
        case .bytes(let bytes): range = bytes
        case .missing, .integer, .float: return nil
        }
        let text = unsafe event.extracting(range).withUnsafeBytes { unsafe Array($0.prefix { $0 != 0 }) }
        return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }

    /// The process that an event is of.
    func processID(of event: RawSpan, _ context: borrowing EventContext) -> UInt32? {
        context.pid ?? process?.process(in: event)
    }

    /// The thread that an event is of.
    func threadID(of event: RawSpan, _ context: borrowing EventContext) -> UInt32? {
        context.tid ?? thread?.process(in: event)
    }
}

extension PictureBinding.Stack {
    /// A field that is shown as a stack.
    init?(_ field: EventField, _ format: ValueFormat?) {
        switch format {
        case .stack: self.init(field, isNumber: false)
        case .buildid:
            self.init(field, isNumber: false)
            // The kernel has none for its own functions.
            (isUser, hasBuildIDs) = (true, true)
        case .stackid: self.init(field, isNumber: true)
        case .kstack, .ustack:
            self.init(byShape: field)
            isUser = format == .ustack
        default: return nil
        }
    }

    /// A field that `--stack` names.
    init?(byShape field: EventField) {
        switch field.kind {
        case .array, .bytes:
            guard field.size > 0, field.size % 8 == 0 else { return nil }
            self.init(field, isNumber: false)
        case .unsigned(let bits), .signed(let bits):
            guard bits == 32 || bits == 64 else { return nil }
            self.init(field, isNumber: true)
        default: return nil
        }
    }

    private init(_ field: EventField, isNumber: Bool) {
        (self.field, self.isNumber) = (field, isNumber)
        let name = field.lastName
        isUser = name.contains("user") || name.hasPrefix("ustack") || name.hasPrefix("usr")
    }
}

extension EventField {
    /// The last name of its path.
    var lastName: String { path.split(separator: ".").last.map(String.init) ?? path }

    fileprivate var isText: Bool {
        switch kind {
        case .text, .bytes: true
        default: false
        }
    }

    /// Whether its values can be counted.
    var isNumber: Bool {
        switch kind {
        case .unsigned, .signed, .float: true
        default: false
        }
    }

    /// Its value as a count: none below 0.
    func count(in event: RawSpan) -> UInt64? {
        switch value(in: event) {
        case .integer(let value): return value > 0 ? UInt64(clamping: value) : value == 0 ? 0 : nil
        case .float(let value):
            guard value.isFinite, value >= 0 else { return nil }
            return value >= 0x1p64 ? .max : UInt64(value)
        case .missing, .text, .bytes: return nil
        }
    }

    /// Whether it can be what a program counts: no stack, and nothing that says whose the value is.
    fileprivate var isCounted: Bool {
        switch textFormat {
        case .stackid, .kstack, .ustack: false
        default: !["pid", "tgid", "tid", "ppid", "uid", "gid", "cpu"].contains(lastName)
        }
    }
}
