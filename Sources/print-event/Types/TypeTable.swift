// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import EventDecoding
internal import EventStream

/// Which types the events of each source have, and how those are shown; made as the stream tells it.
struct TypeTable {
    /// The types of one source.
    struct Source {
        /// The name of the map; nil in a stream that does not tell it.
        let map: String?
        /// Whether sizes include the kernel's padding.
        var isPadded: Bool
        fileprivate(set) var chooser: EventChooser?
        /// How events of each type are shown, in the order of the chooser's plans.
        fileprivate(set) var views: [EventView] = []
        /// Where the source is in the table.
        let index: Int
    }

    private let given: GivenTypes
    private let makeView: (DecodingPlan, FormatEnvironment) throws(InputFailure) -> EventView
    private let symbols: (CaptureHeader?) -> (any SymbolNames)?
    private(set) var header: CaptureHeader?
    private var described: [UInt32: CaptureSource] = [:]
    private var schemas: [UInt32: [CaptureSchema]] = [:]
    private(set) var sources: [Source] = []
    private var indices: [UInt32: Int] = [:]
    private var frames: Int?

    /// Sources that a capture may tell of, so that a hostile one does not fill the memory.
    private static let sourceLimit = 4096
    /// Types that a capture may tell of each.
    private static let typeLimit = 256

    init(
        given: GivenTypes, symbols: @escaping (CaptureHeader?) -> (any SymbolNames)?,
        makeView: @escaping (DecodingPlan, FormatEnvironment) throws(InputFailure) -> EventView
    ) {
        self.given = given
        self.symbols = symbols
        self.makeView = makeView
    }

    // MARK: What the stream tells

    /// Takes in what a capture says of itself; what was made for another one is let go.
    mutating func note(_ header: CaptureHeader) {
        guard header != self.header else { return }
        self.header = header
        described = [:]
        schemas = [:]
        forget()
    }

    mutating func note(_ source: CaptureSource) {
        guard described[source.number] != source, described.count < Self.sourceLimit else { return }
        described[source.number] = source
        forget()
    }

    mutating func note(_ schema: CaptureSchema) {
        guard schemas[schema.source]?.contains(schema) != true, schemas.count < Self.sourceLimit,
            schemas[schema.source, default: []].count < Self.typeLimit
        else { return }
        schemas[schema.source, default: []].append(schema)
        forget()
    }

    private mutating func forget() {
        sources = []
        indices = [:]
        frames = nil
    }

    /// The name of the map of a source; empty if it is not known.
    func mapName(_ source: UInt32) -> String { described[source]?.mapName ?? "" }

    // MARK: What is made of it

    /// The source of a number, or that of a stream of frames, which has only one.
    mutating func index(of number: UInt32?) throws(InputFailure) -> Int {
        if let found = number.map({ indices[$0] }) ?? frames { return found }
        guard sources.count <= Self.sourceLimit else {
            throw InputFailure(
                diagnostic: Diagnostic(
                    stage: .stream, "the capture has more than \(Self.sourceLimit) sources", exitStatus: .badData))
        }
        let source = try make(number)
        sources.append(source)
        if let number { indices[number] = source.index } else { frames = source.index }
        return source.index
    }

    private func make(_ number: UInt32?) throws(InputFailure) -> Source {
        let facts = number.flatMap { described[$0] }
        let map = facts?.mapName
        var source = Source(map: map, isPadded: number == nil || facts?.sizes == .padded, index: sources.count)
        let carried = number.map { carriedTypes(of: $0) } ?? []
        let types = try given.types(ofMap: map, carried: carried) ?? carried
        guard !types.isEmpty else { return source }
        let chooser: EventChooser
        do throws(EventChooser.Failure) {
            chooser = try EventChooser(types)
        } catch {
            throw InputFailure(diagnostic: error.diagnostic)
        }
        source.chooser = chooser
        for plan in chooser.plans { source.views.append(try makeView(plan, environment)) }
        return source
    }

    private func carriedTypes(of number: UInt32) -> [EventType] {
        (schemas[number] ?? []).compactMap { schema in
            guard !schema.btf.isEmpty, let id = schema.typeID, let btf = try? BTF(parsing: schema.btf),
                let size = btf.size(of: Int(id))
            else { return nil }
            return EventType(
                schema: EventSchema(
                    name: schema.typeName.isEmpty ? "event" : schema.typeName, btf: schema.btf, typeID: Int(id),
                    size: size),
                tag: schema.tagField.isEmpty ? nil : EventTag(field: schema.tagField, value: schema.tagValue ?? 0),
                origin: .named)
        }
    }

    /// What formats need beside the values.
    var environment: FormatEnvironment {
        FormatEnvironment(
            bootOffset: header.map(\.bootOffset), machine: header?.machine ?? "", symbols: symbols(header))
    }
}
