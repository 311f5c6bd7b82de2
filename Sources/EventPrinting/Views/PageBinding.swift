// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventSummaries

/// Where the events of one type have what a page of figures counts.
struct PageBinding {
    /// One of the fields.
    struct Field {
        let name: String
        let binding: SummaryBinding
        /// The number itself; nil for what events are counted by.
        let number: EventField?
    }

    /// What events are counted by.
    let groups: [Field]
    /// What is summed up.
    let values: [Field]

    /// Fields of one type.
    private static let groupLimit = 8
    private static let valueLimit = 4

    init(
        _ plan: DecodingPlan, _ environment: FormatEnvironment, values: FieldList?, groups: FieldList?, isLenient: Bool
    ) throws(InputFailure) {
        let isChosen = values != nil || groups != nil
        let byName = try groups?.resolve(in: plan, isLenient: isLenient)
        let numbers = try values?.resolve(in: plan, isLenient: isLenient)
        let own = plan.columns.map { ShownField(.event($0), name: $0.path) }
        self.groups = try Self.fields(
            byName ?? (isChosen ? [] : Array(own.filter(\.tellsKinds).prefix(Self.groupLimit))), plan, environment,
            isGroup: true)
        self.values = try Self.fields(
            numbers ?? (isChosen ? [] : Array(own.filter(\.isMeasured).prefix(Self.valueLimit))), plan, environment,
            isGroup: false)
    }

    private static func fields(
        _ shown: [ShownField], _ plan: DecodingPlan, _ environment: FormatEnvironment, isGroup: Bool
    ) throws(InputFailure) -> [Field] {
        var fields: [Field] = []
        for field in shown {
            if case .absent = field.source { continue }
            do throws(SummaryError) {
                let binding = try SummaryBinding(
                    plan, environment: environment, values: isGroup ? [] : [field], by: isGroup ? [field] : [])
                let number: EventField? = if !isGroup, case .event(let place) = field.source { place } else { nil }
                fields.append(Field(name: field.name, binding: binding, number: number))
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
        }
        return fields
    }
}

extension ShownField {
    /// Whether a field tells kinds of events apart: text, names, and the numbers of processes, users, errors and the like.
    fileprivate var tellsKinds: Bool {
        guard case .event(let field) = source else { return false }
        switch field.kind {
        case .text, .enumeration, .boolean: return true
        case .unsigned, .signed:
            switch field.textFormat {
            case nil: return Self.kinds.contains(field.lastName)
            case .ns, .ktime, .iso, .ksym, .stack, .stackid: return false
            default: return true
            }
        case .bytes: return field.textFormat != nil
        case .structure, .float, .pointer, .array: return false
        }
    }

    private static let kinds: Set<String> = [
        "pid", "tgid", "tid", "ppid", "uid", "gid", "cpu", "fd", "ret", "retval", "err", "errno", "port", "lport",
        "dport", "sport", "family", "protocol", "type", "kind", "state", "op", "cmd", "sig", "signal", "syscall", "nr",
    ]

    /// Whether a field measures something: a time, a number of bytes or the like, by its unit or its name.
    fileprivate var isMeasured: Bool {
        guard case .event(let field) = source, field.isNumber else { return false }
        let format = field.textFormat
        guard format == nil || format == .ns || format == .dec else { return false }
        if SummaryUnit(name: field.path, format: format) != .none { return true }
        let words = field.lastName.split(separator: "_")
        return words.contains { Self.measures.contains(String($0)) }
    }

    private static let measures: Set<String> = [
        "ns", "us", "ms", "duration", "latency", "lat", "delta", "elapsed", "took", "delay", "wait", "bytes", "size",
        "len",
        "length",
    ]
}
