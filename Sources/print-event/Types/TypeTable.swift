// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import EventDecoding
internal import EventStream

/// Which types the events of each source have, and how those are shown; made as the stream tells it.
struct TypeTable {
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
    private var schemas: [UInt32: [CaptureSchema]] = [:]
    /// Those of the preamble before, as long as no event has come since.
    private var before: [UInt32: [CaptureSchema]] = [:]
    private var sources: [UInt32?: EventSource] = [:]
    private var warnings: [Diagnostic] = []

    /// Sources that a capture may tell of, so that a hostile one does not fill the memory.
    private static let sourceLimit = 4096
    /// Types that a capture may tell of each.
    private static let typeLimit = 256
    /// Bytes of the BTF of all types.
    private static let bytesLimit = 64 << 20
    /// Values of all types that are planned at once.
    private static let valueLimit = 1 << 18
    /// Bytes of the BTF of ``schemas``.
    private var schemaBytes = 0
    /// Whether what the user names was in some type.
    private var hasFit = false
    private var hasToldLimit = false

    init(given: GivenTypes, symbols: SymbolSource, makeView: @escaping ViewMaker) {
        self.given = given
        self.symbols = symbols
        self.makeView = makeView
    }

    // MARK: What the stream tells

    /// Takes in what a capture says of itself; what was made for another one is let go.
    ///
    /// A preamble that comes again has all types anew: those that it does not tell are no longer meant.
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
        let known = schemas[schema.source] ?? []
        guard !known.contains(schema) else { return }
        guard known.count < Self.typeLimit, schemas.count < Self.sourceLimit,
            schema.btf.count <= Self.bytesLimit - schemaBytes
        else { return tellLimit() }
        schemaBytes += schema.btf.count
        schemas[schema.source] = known + [schema]
        if before[schema.source]?.contains(schema) != true { sources[schema.source] = nil }
    }

    /// Lets go what was made of types that the last preamble does not tell.
    private mutating func settle() {
        guard !before.isEmpty else { return }
        for (number, known) in before where schemas[number] != known { sources[number] = nil }
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
    /// All sources that the capture tells of are made together: a field that the user names must be one of some type.
    mutating func source(_ number: UInt32?) throws(InputFailure) -> EventSource {
        settle()
        if let source = sources[number] { return source }
        if sources.count >= Self.sourceLimit { sources = [:] }
        let fit = Fit(hasOne: hasFit)
        defer { hasFit = fit.hasOne }
        for other in described.keys.sorted() where schemas[other] != nil && sources[other] == nil && number != nil {
            sources[other] = try make(other, fit)
        }
        let source: EventSource
        if let made = sources[number] { source = made } else { source = try make(number, fit) }
        sources[number] = source
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
        // Frames do not tell their map: the one that the user names is taken to be it.
        let map = number == nil ? given.map ?? "" : facts?.mapName ?? ""
        var carried: [EventType] = []
        for schema in number.flatMap({ schemas[$0] }) ?? [] {
            if let type = carriedType(schema, map) { carried.append(type) }
        }
        var types = try given.types(ofMap: number == nil ? nil : map, carried: carried) ?? carried
        if sources.values.reduce(0, { $0 + $1.valueCount }) >= Self.valueLimit {
            types = []
            tellLimit()
        }
        let isPadded = number == nil || facts?.sizes == .padded
        var environment = FormatEnvironment(
            bootOffset: header?.bootOffset, machine: header?.machine ?? "", symbols: symbols.symbols(of: header))
        environment.clockChanges = clockChanges
        return try EventSource(number, map: map, isPadded: isPadded, types: types) {
            [makeView, environment] plan, isTyped throws(InputFailure) in
            let view = try fit.view(plan, isTyped, environment, makeView)
            // The documents' event is planned when the first one comes, after all others.
            if !isTyped, !plan.isUnknown, let failure = fit.failure { throw failure }
            return view
        }
    }

    /// Tells once that a capture has more types than are kept.
    private mutating func tellLimit() {
        guard !hasToldLimit else { return }
        hasToldLimit = true
        warnings.append(
            Diagnostic(
                .warning, stage: .stream,
                "the capture has more types than are kept: the others' events are hexadecimal",
                cause:
                    "\(Self.sourceLimit) sources of \(Self.typeLimit) types, 64 MiB of BTF and \(Self.valueLimit) values are",
                exitStatus: .success))
    }

    /// A type that a capture carries; one that is damaged is told, and its events are shown in hexadecimal.
    private mutating func carriedType(_ schema: CaptureSchema, _ map: String) -> EventType? {
        do throws(EventSchemaError) {
            return EventType(
                schema: try EventSchema(name: schema.typeName, btf: schema.btf, typeID: Int(schema.typeID ?? 0)),
                tag: schema.tagField.isEmpty ? nil : EventTag(field: schema.tagField, value: schema.tagValue ?? 0),
                origin: .named)
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
