// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventSummaries
internal import ToolSupport

/// What `--span` says: `start=NAME end=NAME by=FIELDS`, or `duration=FIELD`.
///
/// A name is that of a type or a map, or a condition in braces: `start={kind == 1}`.
struct SpanChoice {
    /// Which events begin or end a span.
    enum Mark {
        case named(String)
        case matching(WhereExpression)
    }

    /// Both ends of it, and what tells spans apart; nil if it is by a duration.
    private(set) var ends: (start: Mark, end: Mark, key: FieldList?)?
    private(set) var duration: FieldList?
    /// What spans are called; nil for the name of their first event's type.
    private(set) var name: String?

    /// Reads what stands behind `--span`.
    init(parsing text: String) throws {
        var parts: [String: String] = [:]
        for word in try Self.words(text) {
            guard let equals = word.firstIndex(of: "=") else { throw Self.mistake(text) }
            let key = String(word[..<equals])
            let value = String(word[word.index(after: equals)...])
            guard Self.keys.contains(key), !value.isEmpty, parts.updateValue(value, forKey: key) == nil else {
                throw Self.mistake(text)
            }
        }
        name = parts["name"]
        let (start, end) = (parts["start"], parts["end"])
        if let field = parts["duration"] {
            guard start == nil, end == nil, parts["by"] == nil else { throw Self.mistake(text) }
            duration = try FieldList(parsing: field)
        } else if let start, let end {
            ends = (try Self.mark(start), try Self.mark(end), try parts["by"].map { try FieldList(parsing: $0) })
        } else {
            throw Self.mistake(text)
        }
    }

    private static let keys: Set<String> = ["start", "end", "by", "duration", "name"]

    private static func mistake(_ text: String) -> CommandMistake {
        .value(
            "--span", text, "says no span",
            hint: "write 'start=NAME end=NAME by=FIELD', 'start={CONDITION} end={CONDITION} by=FIELD' or duration=FIELD"
        )
    }

    /// The words of a text; spaces within braces part none.
    private static func words(_ text: String) throws -> [String] {
        var words: [String] = []
        var (word, depth) = ("", 0)
        for character in text {
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            if depth == 0, character == " " || character == "\t" {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        guard depth == 0 else { throw mistake(text) }
        return words + (word.isEmpty ? [] : [word])
    }

    private static func mark(_ text: String) throws -> Mark {
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return .named(text) }
        return .matching(try WhereExpression(parsing: String(text.dropFirst().dropLast())))
    }
}

/// Where the events of one type have what a span needs.
struct SpanBinding {
    enum Mark {
        case all
        case none
        case ofMap(String)
        case matching(WhereProgram)

        func has(_ event: RawSpan, _ context: borrowing EventContext) -> Bool {
            switch self {
            case .all: true
            case .none: false
            case .ofMap(let name): context.map == name
            case .matching(let program): program.matches(event, context)
            }
        }
    }

    let start: Mark
    let end: Mark
    /// What tells spans apart; nil if nothing does.
    let key: EventCells?
    /// How long the event took, and the ns of one.
    let duration: (field: EventField, factor: UInt64)?
    let name: String

    init(
        _ choice: SpanChoice, _ plan: DecodingPlan, _ environment: FormatEnvironment, isLenient: Bool
    ) throws(InputFailure) {
        name = choice.name ?? choice.startName ?? plan.shortName
        if let ends = choice.ends {
            start = try Self.mark(ends.start, plan, environment, isLenient: isLenient)
            end = try Self.mark(ends.end, plan, environment, isLenient: isLenient)
            let fields = try ends.key?.resolve(in: plan, isLenient: isLenient)
            key = fields.map { EventCells(plan, environment: environment, fields: $0) }
            duration = nil
            return
        }
        (start, end, key) = (.none, .none, nil)
        guard let shown = try choice.duration?.resolve(in: plan, isLenient: isLenient).first,
            case .event(let field) = shown.source
        else {
            duration = nil
            return
        }
        guard field.isNumber else {
            throw InputFailure(
                diagnostic: Diagnostic(
                    .summaryNotNumber, stage: .arguments, "\(field.path.terminalSafe) is not a number",
                    cause: "--span names it as a duration", nextStep: "name a field that is a number"))
        }
        let unit = SummaryUnit(name: field.path, format: shown.format ?? field.format)
        if case .time(let factor, _) = unit {
            duration = (field, UInt64(clamping: factor))
        } else {
            duration = (field, 1)
        }
    }

    private static func mark(
        _ mark: SpanChoice.Mark, _ plan: DecodingPlan, _ environment: FormatEnvironment, isLenient: Bool
    ) throws(InputFailure) -> Mark {
        switch mark {
        case .named(let name): return plan.typeName == name || plan.shortName == name ? .all : .ofMap(name)
        case .matching(let expression):
            do throws(WhereError) {
                return .matching(try expression.compile(for: plan, machine: environment.machine))
            } catch {
                guard isLenient else { throw InputFailure(diagnostic: error.diagnostic) }
                return .none
            }
        }
    }

    /// How long an event took, in ns; nil if it does not say it.
    func duration(of event: RawSpan) -> UInt64? {
        guard let duration else { return nil }
        switch duration.field.value(in: event) {
        case .integer(let value):
            guard value >= 0, let number = UInt64(exactly: value) else { return nil }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: duration.factor)
            return isTooLarge ? nil : product
        case .float(let value): return UInt64(exactly: (value * Double(duration.factor)).rounded())
        case .missing, .text, .bytes: return nil
        }
    }
}

extension SpanChoice {
    /// The name of what begins spans.
    fileprivate var startName: String? {
        if let ends, case .named(let name) = ends.start { name } else { nil }
    }
}

extension DecodingPlan {
    /// The name of the type without `struct` in front of it.
    var shortName: String {
        for prefix in ["struct ", "union "] where typeName.hasPrefix(prefix) {
            return String(typeName.dropFirst(prefix.count))
        }
        return typeName.isEmpty ? "event" : typeName
    }
}
