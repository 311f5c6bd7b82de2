// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import EventTypes

/// Which types the events of each source have, and how those are shown; made as the stream tells it.
struct TypeTable: ~Copyable {
    /// Makes the view of a type.
    typealias ViewMaker = (_ plan: DecodingPlan, _ isTyped: Bool, _ isLenient: Bool, FormatEnvironment)
        throws(InputFailure) -> EventView

    private let given: GivenTypes
    private let makeView: ViewMaker
    private let symbols: SymbolSource
    private(set) var header: CaptureHeader?
    /// What the wall clock of the capture's machine became after the header was written.
    private(set) var clockChanges = ClockChanges()
    private var described: [UInt32: CaptureSource] = [:]
    private var schemas: [UInt32: [CarriedType]] = [:]
    /// Those of the preamble before, as long as no event has come since.
    private var before: [UInt32: [CarriedType]] = [:]
    private var sources: [UInt32?: EventSource] = [:]
    /// The plans of types that the command line gives, by what they are given for.
    private var plannedOfGiven: [String: [PlannedType]] = [:]
    /// How events of no known type are shown.
    private var unknown: EventView?
    private var warnings: [Diagnostic] = []

    /// Sources that a capture may tell of, so that a hostile one does not fill the memory.
    private static let sourceLimit = 4096
    /// Types that a capture may tell of each.
    private static let typeLimit = 256
    /// Bytes of the BTF of all types.
    private static let bytesLimit = 64 << 20
    /// Bytes of the BTF of ``schemas``.
    private var schemaBytes = 0
    private var budget = PlanBudget()
    /// Whether what the user names was in some type.
    private var hasFit = false
    private var hasToldLimit = false

    init(given: GivenTypes, symbols: SymbolSource, makeView: @escaping ViewMaker) {
        self.given = given
        self.symbols = symbols
        self.makeView = makeView
    }

    /// The object that the command line gives for all types.
    var object: String? { given.object }

    // MARK: What the stream tells

    /// Takes in what a capture says of itself; what was made for another one is let go.
    ///
    /// A preamble that comes again has all types anew: those that it does not say are no longer meant.
    mutating func note(_ header: CaptureHeader) {
        guard header != self.header else {
            if before.isEmpty { before = schemas }
            schemas = [:]
            schemaBytes = 0
            return
        }
        self.header = header
        clockChanges = ClockChanges()
        before = [:]
        described = [:]
        schemas = [:]
        schemaBytes = 0
        sources = [:]
        plannedOfGiven = [:]
        unknown = nil
        budget.clear()
    }

    /// What makes a time of the capture one since 1970; nil if it is not known.
    func bootOffset(at time: UInt64?) -> Int64? {
        header.map { clockChanges.bootOffset(at: Int128(time ?? 0)) ?? $0.bootOffset }
    }

    /// Takes in that the wall clock was set.
    func note(_ clock: CaptureClock) { clockChanges.note(from: clock.from, bootOffset: clock.bootOffset) }

    /// Takes in what a source is.
    mutating func note(_ source: CaptureSource) {
        guard described[source.number] != source, described.count < Self.sourceLimit else { return }
        described[source.number] = source
        sources[source.number] = nil
    }

    /// Takes in what type the events of a source have.
    mutating func note(_ schema: CaptureSchema) {
        let new = CarriedType(schema)
        let known = schemas[schema.source]
        if let known, known.contains(where: { $0.isSame(new) }) { return }
        guard known?.count ?? 0 < Self.typeLimit, known != nil || schemas.count < Self.sourceLimit,
            schema.btf.count <= Self.bytesLimit - schemaBytes
        else { return tellLimit() }
        schemaBytes += schema.btf.count
        // What was made of it before is still good.
        if let old = before[schema.source]?.first(where: { $0.isSame(new) }) {
            schemas[schema.source, default: []].append(old)
        } else {
            schemas[schema.source, default: []].append(new)
            budget.receive(schema.btf.count)
            sources[schema.source] = nil
        }
    }

    /// Lets go what was made of types that the last preamble does not say.
    private mutating func settle() {
        guard !before.isEmpty else { return }
        for (number, old) in before {
            let known = schemas[number] ?? []
            guard !known.elementsEqual(old, by: ===) else { continue }
            sources[number] = nil
            for type in old where !known.contains(where: { $0 === type }) {
                if let planned = type.planned ?? nil { budget.giveBack(planned.view.plan) }
            }
        }
        before = [:]
    }

    /// What a user should know of the types that were made since the last call.
    mutating func takeWarnings() -> [Diagnostic] {
        defer { warnings = [] }
        return warnings
    }

    // MARK: What is made of it

    /// The source of a number; nil is that of a stream of frames, which has only one.
    ///
    /// Types are planned when their first event comes. A field that the user names must be one of some type: as long as
    /// none has it, the other sources that the capture tells of are planned too.
    mutating func source(_ number: UInt32?) throws(InputFailure) -> EventSource {
        settle()
        if let source = sources[number] { return source }
        if sources.count >= Self.sourceLimit { sources = [:] }
        let fit = Fit(hasOne: hasFit)
        defer { hasFit = fit.hasOne }
        let source = try make(number, fit)
        sources[number] = source
        if !fit.hasOne, number != nil {
            for other in described.keys.sorted() where schemas[other] != nil && sources[other] == nil {
                sources[other] = try make(other, fit)
                if fit.hasOne { break }
            }
        }
        if let failure = fit.failure { throw failure }
        return source
    }

    /// Whether what the user names is there in some type.
    private final class Fit {
        private(set) var hasOne: Bool
        private var first: InputFailure?

        init(hasOne: Bool) { self.hasOne = hasOne }

        /// Why no type has it.
        var failure: InputFailure? { hasOne ? nil : first }

        func view(
            _ plan: DecodingPlan, _ isTyped: Bool, _ environment: FormatEnvironment, _ makeView: ViewMaker
        ) throws(InputFailure) -> EventView {
            guard !plan.isUnknown else { return try makeView(plan, isTyped, true, environment) }
            do throws(InputFailure) {
                let view = try makeView(plan, isTyped, false, environment)
                hasOne = true
                return view
            } catch {
                first = first ?? error
                return try makeView(plan, isTyped, true, environment)
            }
        }
    }

    private mutating func make(_ number: UInt32?, _ fit: Fit) throws(InputFailure) -> EventSource {
        let facts = number.flatMap { described[$0] }
        // Frames do not say their map: the one that the user names is taken to be it.
        let map = number == nil ? given.map ?? "" : facts?.mapName ?? ""
        var changing = FormatEnvironment(
            bootOffset: header?.bootOffset, machine: header?.machine ?? "", symbols: symbols.symbols(of: header))
        changing.clockChanges = clockChanges
        let environment = changing
        let types = try planned(number, map, fit, environment)
        return try EventSource(
            number, map: map, isPadded: number == nil || facts?.sizes == .padded, types: types,
            unknown: try unknownView(fit, environment)
        ) { [makeView] () throws(InputFailure) in
            let view = try fit.view(OriginalEvent.plan, false, environment, makeView)
            // The documents' event is planned when the first one comes, after all others.
            if let failure = fit.failure { throw failure }
            return view
        }
    }

    private mutating func unknownView(_ fit: Fit, _ environment: FormatEnvironment) throws(InputFailure) -> EventView {
        if let unknown { return unknown }
        let view = try fit.view(.unknown, false, environment, makeView)
        unknown = view
        return view
    }

    /// The types of the events of a source: those that are given for it, or else those that the stream carries.
    private mutating func planned(
        _ number: UInt32?, _ map: String, _ fit: Fit, _ environment: FormatEnvironment
    ) throws(InputFailure) -> [PlannedType] {
        let carried = number.flatMap { schemas[$0] } ?? []
        switch try given.types(ofMap: number == nil ? nil : map) {
        case .carried:
            var types: [PlannedType] = []
            for type in carried {
                if let planned = try planned(type, map, fit, environment) { types.append(planned) }
            }
            return types
        case .given(let types, let key):
            if let known = plannedOfGiven[key] { return known }
            let planned = try plan(types, fit, environment)
            plannedOfGiven[key] = planned
            return planned
        case .named(let named):
            guard budget.isLeft else {
                tellLimit()
                return []
            }
            budget.lookThrough(carried.reduce(0) { $0 + $1.schema.btf.count })
            let types = carried.compactMap { readable($0, map) }
            return try plan(try named.types(among: types), fit, environment)
        }
    }

    private mutating func planned(
        _ carried: CarriedType, _ map: String, _ fit: Fit, _ environment: FormatEnvironment
    ) throws(InputFailure) -> PlannedType? {
        if let planned = carried.planned { return planned }
        guard budget.isLeft else {
            tellLimit()
            return nil
        }
        var planned: PlannedType?
        if let type = readable(carried, map) { planned = try plan([type], fit, environment).first }
        carried.planned = .some(planned)
        return planned
    }

    private mutating func plan(
        _ types: [EventType], _ fit: Fit, _ environment: FormatEnvironment
    ) throws(InputFailure) -> [PlannedType] {
        var planned: [PlannedType] = []
        for type in types {
            let plan: DecodingPlan
            do throws(DecodingError) {
                plan = try DecodingPlan(type.schema, sent: type.sent)
            } catch {
                throw InputFailure(diagnostic: error.diagnostic)
            }
            budget.take(plan)
            planned.append(PlannedType(tag: type.tag, view: try fit.view(plan, true, environment, makeView)))
        }
        return planned
    }

    /// Tells once that a capture has more types than are kept.
    private mutating func tellLimit() {
        guard !hasToldLimit else { return }
        hasToldLimit = true
        warnings.append(
            Diagnostic(
                .typesTooMany, .warning, stage: .stream,
                "the capture has more types than are kept: the others' events are hexadecimal",
                cause:
                    "\(Self.sourceLimit) sources of \(Self.typeLimit) types, 64 MiB of BTF, \(PlanBudget.values) values and \(PlanBudget.names >> 20) MiB of names are"
            ))
    }

    /// A type that a capture carries; one that is damaged is reported, and its events are shown in hexadecimal.
    private mutating func readable(_ carried: CarriedType, _ map: String) -> EventType? {
        do throws(EventSchemaError) {
            return try carried.type()
        } catch {
            var diagnostic = error.diagnostic
            diagnostic.severity = .warning
            diagnostic.map = map.isEmpty ? nil : map
            diagnostic.stage = .stream
            warnings.append(diagnostic)
            return nil
        }
    }
}
