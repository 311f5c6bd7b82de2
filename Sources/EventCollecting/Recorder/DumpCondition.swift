// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import EventDecoding
internal import EventStream
internal import EventTypes

/// Looks at the events of a capture for one of which a condition is true.
///
/// It reads the blocks as `print-event` does, and so knows the types that the capture tells.
struct DumpCondition {
    private let expression: WhereExpression
    private var reader = CaptureReader()
    private var sources: [UInt32: CaptureSource] = [:]
    private var schemas: [UInt32: [CaptureSchema]] = [:]
    /// What was made of the types of a source: nil as long as no event has asked for it.
    private var plans: [UInt32: Plan] = [:]
    /// How many plans were made: a daemon's types are read anew for each process that comes up.
    private(set) var plansMade = 0

    private struct Plan {
        let chooser: EventChooser?
        /// Nil for a type that lacks a field of the condition.
        let programs: [WhereProgram?]
        let name: String
        let isPadded: Bool

        func matches(_ record: borrowing CaptureRecord) -> Bool {
            let index = chooser.map { $0.choose(record.bytes, isPadded: isPadded) } ?? 0
            guard let index, let program = programs[index] else { return false }
            var context = EventContext()
            (context.cpu, context.pid, context.tid, context.time) = (record.cpu, record.pid, record.tid, record.time)
            context.map = name
            return program.matches(record.bytes, context)
        }
    }

    init(_ text: String) throws(WhereError) { expression = try WhereExpression(parsing: text) }

    /// Takes in what the capture says of its maps and types; what was made of those that it had before is kept.
    mutating func read(preamble: [UInt8]) throws(CaptureError) {
        let old = (sources: sources, schemas: schemas, plans: plans)
        (sources, schemas, plans) = ([:], [:], [:])
        var (sources, schemas) = (sources, schemas)
        try unsafe reader.read(preamble.span.bytes) { item, _ in
            switch item {
            case .source(let source): sources[source.number] = source
            case .schema(let schema): schemas[schema.source, default: []].append(schema)
            default: break
            }
        }
        (self.sources, self.schemas) = (sources, schemas)
        plans = old.plans.filter { number, _ in
            sources[number] == old.sources[number] && schemas[number] == old.schemas[number]
        }
    }

    /// Sources whose events no type describes with the fields of the condition, of those that sent events.
    var sourcesWithoutField: [String] {
        plans.values.filter { plan in plan.programs.allSatisfy { $0 == nil } }.map(\.name).sorted()
    }

    /// Whether the condition is true for an event of a block.
    mutating func isTrue(in block: RawSpan) throws(CaptureError) -> Bool {
        var isTrue = false
        var (plans, made) = (plans, 0)
        let (sources, schemas, expression) = (sources, schemas, expression)
        try reader.read(block) { item, _ in
            guard case .records(var records) = item else { return }
            while !isTrue, let record = records.next() {
                let number = record.source ?? .max
                if plans[number] == nil { made += 1 }
                let plan = plans[number] ?? Self.plan(number, sources[number], schemas[number] ?? [], expression)
                plans[number] = plan
                isTrue = plan.matches(record)
            }
        }
        self.plans = plans
        plansMade += made
        return isTrue
    }

    private static func plan(
        _ number: UInt32, _ source: CaptureSource?, _ schemas: [CaptureSchema], _ expression: WhereExpression
    ) -> Plan {
        let types = schemas.compactMap { schema in try? Self.type(schema) }
        let name = source.map { $0.path.isEmpty ? $0.mapName : $0.path } ?? "map \(number)"
        let chooser = types.isEmpty ? nil : try? EventChooser(types)
        let all = chooser?.plans ?? [DecodingPlan.unknown]
        return Plan(
            chooser: chooser, programs: all.map { try? expression.compile(for: $0) }, name: name,
            isPadded: source?.sizes == .padded)
    }

    private static func type(_ schema: CaptureSchema) throws(EventSchemaError) -> EventType {
        EventType(
            schema: try EventSchema(name: schema.typeName, btf: schema.btf, typeID: Int(schema.typeID ?? 0)),
            tag: schema.tagField.isEmpty ? nil : EventTag(field: schema.tagField, value: schema.tagValue ?? 0),
            origin: .named, sent: schema.sent.map { Int($0.lowerBound)...Int($0.upperBound) })
    }
}
