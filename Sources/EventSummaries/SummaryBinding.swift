// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// Where the events of one type have what is summed up, and what they are counted by.
package struct SummaryBinding: Sendable {
    enum Pick: Sendable {
        case field(EventField)
        case context(ContextField)
        case absent
    }

    let values: [Pick]
    /// The names of the values, as titles have them.
    let names: [String]
    /// How each value was asked to be shown.
    let formats: [ValueFormat?]
    /// The cells that events are counted by.
    let groups: EventCells
    /// Whether each of these is written as a number.
    let isNumber: [Bool]

    /// Binds a summary to the events of a type.
    ///
    /// - Parameters:
    ///   - plan: The type.
    ///   - environment: What the formats of groups need.
    ///   - values: What is summed up; the same in number and order for each type of a stream.
    ///   - groups: What events are counted by; so too.
    /// - Throws: An error if a value is no number.
    package init(
        _ plan: DecodingPlan, environment: FormatEnvironment, values: [ShownField], by groups: [ShownField]
    ) throws(SummaryError) {
        var picks: [Pick] = []
        for value in values {
            switch value.source {
            case .event(let field):
                switch field.kind {
                case .unsigned, .signed, .boolean, .enumeration, .pointer, .float: picks.append(.field(field))
                case .text: throw SummaryError(field: value.name, isText: true)
                case .bytes, .array, .structure: throw SummaryError(field: value.name, isText: false)
                }
            case .context(.map), .context(.type): throw SummaryError(field: value.name, isText: true)
            case .context(let part): picks.append(.context(part))
            case .absent: picks.append(.absent)
            }
        }
        self.values = picks
        names = values.map(\.name)
        formats = values.map { value in
            if case .event(let field) = value.source { value.format ?? field.format } else { value.format }
        }
        self.groups = EventCells(plan, environment: environment, fields: groups)
        isNumber = groups.map { group in
            switch group.source {
            case .event(let field):
                switch field.kind {
                case .unsigned, .signed: return true
                default: return false
                }
            case .context(let part): return part != .map && part != .type && part != .host
            case .absent: return false
            }
        }
    }

    /// The value of an event; nil where it has none.
    @inline(__always)
    func value(_ index: Int, _ event: RawSpan, _ context: borrowing EventContext) -> SummaryValue? {
        switch values[index] {
        case .field(let field):
            switch field.value(in: event) {
            case .integer(let value): return .integer(value)
            case .float(let value): return value.isFinite ? .float(value) : nil
            case .missing, .text, .bytes: return nil
            }
        case .context(let part):
            let value: UInt64? =
                switch part {
                case .cpu: context.cpu.map { UInt64($0) }
                case .pid: context.pid.map { UInt64($0) }
                case .tid: context.tid.map { UInt64($0) }
                case .time: context.time
                case .snapshot: context.snapshot
                case .map, .type, .host: nil
                }
            return value.map { .integer(Int128($0)) }
        case .absent: return nil
        }
    }

    /// Whether a value can have a fraction.
    func isFloat(_ index: Int) -> Bool {
        if case .field(let field) = values[index], case .float = field.kind { true } else { false }
    }
}

/// A number of an event.
enum SummaryValue {
    case integer(Int128)
    case float(Double)

    /// The number in parts of which so many make one; a float is rounded to them.
    @inline(__always)
    func scaled(by scale: Int128) -> Int128 {
        switch self {
        case .integer(let value):
            guard scale != 1 else { return value }
            let (product, overflow) = value.multipliedReportingOverflow(by: scale)
            return overflow ? (value < 0 ? .min : .max) : product
        case .float(let value):
            // Larger floats have no fraction, and their exact value is of no use to anybody.
            let product = min(max(value * Double(scale), -0x1p62), 0x1p62)
            return Int128(Int64(product < 0 ? product - 0.5 : product + 0.5))
        }
    }
}
