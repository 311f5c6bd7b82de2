// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import EventTypes
internal import MapTables
internal import ToolSupport

/// Which types the events of each source have, and how those are shown; made as the stream tells it.
struct TypeTable: ~Copyable {
    /// Makes the view of a type.
    typealias ViewMaker = (
        _ plan: DecodingPlan, _ isTyped: Bool, _ isLenient: Bool, FormatEnvironment, _ element: ElementLook?
    ) throws(InputFailure) -> EventView

    private let given: GivenTypes
    /// The only map whose events are meant; nil if there are several, or none is named.
    private let map: String?
    private let makeView: ViewMaker
    /// What all captures of the run have in common.
    private let common: CommonSources
    /// The functions of processes, as far as something says them.
    private let processes: ProcessPlaces
    private let tables: TableOptions
    private(set) var header: CaptureHeader?
    /// What the wall clock of the capture's machine became after the header was written.
    private(set) var clockChanges = ClockChanges()
    /// The names that the capture's machine has for users and the like.
    private var names = CapturedNames()
    /// The stacks that its map of stacks has.
    private(set) var stacks: StackTable
    private var descriptions: [UInt32: CaptureSource] = [:]
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
    /// Bytes of a map's name: the kernel has 15, objects seldom more than 64.
    private static let nameLimit = 512
    /// Bytes of the path of a pin, as PATH_MAX.
    private static let pathLimit = 4096
    /// Types that a capture may tell of each.
    private static let typeLimit = 256
    /// Bytes of the BTF of all types.
    private static let bytesLimit = 64 << 20
    /// Bytes of the BTF of ``schemas``.
    private var schemaBytes = 0
    private var budget: PlanBudget
    private var hasToldLimit = false

    init(
        given: GivenTypes, maps: [String], common: CommonSources, processes: ProcessPlaces, stacks: StackTable,
        tables: TableOptions, makeView: @escaping ViewMaker
    ) {
        self.common = common
        budget = PlanBudget(of: common.plans)
        self.given = given
        map = maps.count == 1 ? maps.first : nil
        self.tables = tables
        self.processes = processes
        self.stacks = stacks
        self.makeView = makeView
    }

    /// The object that the command line gives for all types.
    var object: String? { given.events == nil ? nil : given.object?.name }

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
        names = CapturedNames()
        stacks = stacks.next(for: header)
        processes.forget()
        before = [:]
        descriptions = [:]
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
    ///
    /// - Returns: Whether nothing was known of it: each file of a capture tells the last change.
    func note(_ clock: CaptureClock) -> Bool {
        clockChanges.note(from: clock.from, bootOffset: clock.bootOffset)
    }

    /// What the user should know of stacks and of the files with their symbols, at the end.
    var notesOfStacks: [Diagnostic] { [stacks.note].compactMap { $0 } + processes.notes }

    /// Takes in the code of a process of the capture's machine.
    func note(_ process: CaptureProcess) { processes.note(process) }

    /// Takes in names of the capture's machine; what was planned before has them too.
    func note(_ names: CaptureNames) { self.names.note(names) }

    /// Takes in what a source is.
    mutating func note(_ source: CaptureSource) {
        var source = source
        // It stands in the heading of each snapshot and in each object of JSON.
        if source.mapName.utf8.count > Self.nameLimit {
            source.mapName = String(decoding: source.mapName.utf8.prefix(Self.nameLimit), as: UTF8.self)
        }
        // Nobody asks for them here.
        source.programs = []
        if source.path.utf8.count > Self.pathLimit { source.path = "" }
        guard descriptions[source.number] != source, descriptions.count < Self.sourceLimit else { return }
        descriptions[source.number] = source
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
        if let source = sources[number], common.fit.failure == nil { return source }
        if sources.count >= Self.sourceLimit { sources = [:] }
        let source = try make(number)
        sources[number] = source
        if number != nil { planUntilFit() }
        if let failure = common.fit.failure { throw failure }
        return source
    }

    /// Plans the sources that the capture tells of as long as none has what the user names.
    ///
    /// What is wrong with a type is told when its first event is shown.
    private mutating func planUntilFit() {
        for other in descriptions.keys.sorted() where schemas[other] != nil && sources[other] == nil {
            guard !common.fit.hasOne else { return }
            sources[other] = try? make(other)
        }
    }

    /// Looks whether a type of this capture has what the user names; other captures need not have it then.
    mutating func lookForFields() {
        settle()
        planUntilFit()
    }

    /// Looks whether a type has what the user names, and whether all can be shown so, before there is an event of any.
    ///
    /// - Parameter isChosen: Whether a map is shown.
    mutating func checkFields(where isChosen: (String) -> Bool) throws(InputFailure) {
        settle()
        for number in descriptions.keys.sorted() where schemas[number] != nil && sources[number] == nil {
            guard let map = descriptions[number]?.mapName, isChosen(map) else { continue }
            do throws(InputFailure) {
                sources[number] = try make(number)
            } catch {
                // What is wrong with a type is told when its first event is shown.
                if error.diagnostic.stage == .arguments { throw error }
            }
        }
        if let failure = common.fit.failure { throw failure }
    }

    private static func view(
        _ plan: DecodingPlan, _ isTyped: Bool, _ environment: FormatEnvironment, _ element: ElementLook?,
        _ fit: FieldFit, _ makeView: ViewMaker
    ) throws(InputFailure) -> EventView {
        guard !plan.isUnknown else { return try makeView(plan, isTyped, true, environment, nil) }
        do throws(InputFailure) {
            let view = try makeView(plan, isTyped, false, environment, element)
            if view.picture?.hasWanted != false { fit.note() }
            return view
        } catch {
            fit.note(error)
            return try makeView(plan, isTyped, true, environment, element)
        }
    }

    private mutating func make(_ number: UInt32?) throws(InputFailure) -> EventSource {
        let facts = number.flatMap { descriptions[$0] }
        // Frames do not say their map: the one that the user names is taken to be it.
        let map = number == nil ? self.map ?? "" : facts?.mapName ?? ""
        let environment = environment
        let types = try planned(number, map, environment)
        return try EventSource(
            number, map: map, isPadded: number == nil || facts?.sizes == .padded, types: types,
            unknown: try unknownView(environment)
        ) { [makeView, fit = common.fit] () throws(InputFailure) in
            let view = try Self.view(OriginalEvent.plan, false, environment, nil, fit, makeView)
            // The documents' event is planned when the first one comes, after all others.
            if let failure = fit.failure { throw failure }
            return view
        }
    }

    /// Reads the names of the kernel's functions, if they are not known.
    func prepareNames() { common.symbols.symbols(of: header)?.prepare() }

    /// What formats need beside a value.
    var environment: FormatEnvironment {
        let kernel = common.symbols.symbols(of: header)
        var environment = FormatEnvironment(
            bootOffset: header?.bootOffset, machine: header?.machine ?? "", symbols: kernel, names: names)
        environment.frames = FrameSource(kernel: kernel, processes: processes)
        environment.clockChanges = clockChanges
        environment.stacks = stacks
        return environment
    }

    /// The numbers of the sources that a capture tells of.
    var described: [UInt32] { descriptions.keys.sorted() }

    /// What a capture tells of a source.
    func description(of number: UInt32) -> CaptureSource? { descriptions[number] }

    /// How elements are shown whose type is not known: as numbers where their sizes are those of such.
    mutating func untypedElement(
        keySize: Int, valueSize: Int, isForeign: Bool, _ facts: CaptureSource?
    ) throws(InputFailure) -> (view: EventView, parts: ElementParts) {
        let parts = ElementParts(
            DecodingPlan(untypedKey: keySize, value: valueSize, isForeign: isForeign), extras(facts) ?? [])
        let look = ElementLook(isEach: tables.fold == .each && facts?.isPerCPU != false)
        let view = try Self.view(parts.plan, false, environment, look, common.fit, makeView)
        if let failure = common.fit.failure { throw failure }
        return (view, parts)
    }

    /// What is shown beside the elements of a source; nil if it has events.
    private func extras(_ facts: CaptureSource?) -> ElementParts.Extras? {
        guard let facts, facts.content == .elements || facts.content == .globals else { return nil }
        return SnapshotRows.extras(tables, isPerCPU: facts.isPerCPU)
    }

    private mutating func unknownView(_ environment: FormatEnvironment) throws(InputFailure) -> EventView {
        if let unknown { return unknown }
        let view = try Self.view(.unknown, false, environment, nil, common.fit, makeView)
        unknown = view
        return view
    }

    /// The types of the events of a source: those that are given for it, or else those that the stream carries.
    private mutating func planned(
        _ number: UInt32?, _ map: String, _ environment: FormatEnvironment
    ) throws(InputFailure) -> [PlannedType] {
        let carried = number.flatMap { schemas[$0] } ?? []
        let facts = number.flatMap { descriptions[$0] }
        // What the command line tells is about events.
        let name = number == nil || map.isEmpty ? self.map : map
        switch extras(facts) == nil ? try given.choice(ofMap: name) : .nothing {
        case .nothing:
            var types: [PlannedType] = []
            for type in carried {
                if let planned = try planned(type, map, facts, environment) { types.append(planned) }
            }
            return types
        case .types(let types, let key):
            if let known = plannedOfGiven[key] { return known }
            let planned = try plan(types, nil, environment)
            plannedOfGiven[key] = planned
            return planned
        case .named(let named):
            guard budget.isLeft else {
                tellLimit()
                return []
            }
            budget.lookThrough(carried.reduce(0) { $0 + $1.schema.btf.count })
            let types = carried.compactMap { readable($0, map) }
            return try plan(try named.types(among: types), nil, environment)
        }
    }

    private mutating func planned(
        _ carried: CarriedType, _ map: String, _ facts: CaptureSource?, _ environment: FormatEnvironment
    ) throws(InputFailure) -> PlannedType? {
        if let planned = carried.planned { return planned }
        guard budget.isLeft else {
            tellLimit()
            return nil
        }
        var planned: PlannedType?
        if let type = readable(carried, map) { planned = try plan([type], facts, environment).first }
        carried.planned = .some(planned)
        return planned
    }

    private mutating func plan(
        _ types: [EventType], _ facts: CaptureSource?, _ environment: FormatEnvironment
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
            let parts = extras(facts).map { ElementParts(plan, $0) }
            let look = parts.map { _ in ElementLook(isEach: tables.fold == .each && facts?.isPerCPU == true) }
            let view = try Self.view(parts?.plan ?? plan, true, environment, look, common.fit, makeView)
            planned.append(PlannedType(tag: type.tag, view: view, parts: parts))
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
                    "\(Self.sourceLimit) sources of \(Self.typeLimit) types, 64 MiB of BTF, \(PlanRoom.values) values and \(PlanRoom.names >> 20) MiB of names are"
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
