// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Finds out what the events of maps are from the code that sends them: the code says how many bytes, BTF and debug
/// information say which type of that size it has at hand.
///
/// A type is taken only if it is the only one; a wrong one is worse than none.
struct TypeInference {
    private let object: Object
    private let dwarf: DWARF?
    /// Why there is no debug information, as a clause.
    private let missing: String
    private let schemas: SchemaCutter
    private let functions: [String: [Int]]
    private let emissions: [Emission]
    private let depths: [Int: Set<Int>]
    private let isCut: Bool

    init(_ object: Object, _ dwarf: DWARF?, _ schemas: SchemaCutter, missing: String) {
        self.object = object
        self.dwarf = dwarf
        self.missing = missing
        self.schemas = schemas
        let scanner = EmissionScanner(object.functions)
        isCut = scanner.isCut
        emissions = scanner.found.filter { $0.map != nil }.sorted()
        let senders = Set(emissions.map(\.function))
        depths = Dictionary(uniqueKeysWithValues: senders.map { ($0, scanner.frameDepths(of: $0)) })
        // Of all that debug information names only those that send.
        functions = dwarf?.functions(named: Set(emissions.map { object.functions[$0.function].name })) ?? [:]
    }

    /// Notes about one map.
    private static let mostNotes = 32

    /// What is known of the events of a map.
    func events(ofMap index: Int) -> MapEvents {
        let map = object.maps[index].name
        var types: [EventType] = []
        var notes: [String] = []
        func add(_ note: String) {
            guard notes.count < Self.mostNotes else { return }
            if !notes.contains(note) { notes.append(note) }
        }
        for emission in emissions where emission.map == index {
            do throws(EventFault) {
                let type = try type(of: emission)
                if !types.contains(where: { $0.schema == type.schema }) { types.append(type) }
            } catch {
                let size = emission.size.map { "\($0) bytes" } ?? "varying size"
                add("events of \(map) of \(size) have no type: \(error.words)")
            }
        }
        for type in types {
            let rivals = types.filter { $0.schema.size == type.schema.size }
            guard rivals.count > 1 else { continue }
            let names = rivals.map(\.schema.name).joined(separator: ", ")
            add(
                "events of \(map) of \(type.schema.size) bytes have no type: several have that size (\(names)),"
                    + " which BPF_EVENT_TAGGED can distinguish")
        }
        types = types.filter { type in types.filter { $0.schema.size == type.schema.size }.count == 1 }
        if types.isEmpty, notes.isEmpty {
            add("nothing in the object is seen to send events to \(map)")
        }
        if isCut { add("the code is too large to be looked at for all that it sends to \(map)") }
        return MapEvents(map: map, types: types, notes: types.map { $0.note(map: map) } + notes)
    }

    // MARK: - One place of the code

    private func type(of emission: Emission) throws(EventFault) -> EventType {
        let name = object.functions[emission.function].name
        func type(_ schema: EventSchema, _ source: EventEvidence.Source) -> EventType {
            let evidence = EventEvidence(size: emission.size, function: name, source: source)
            return EventType(schema: schema, origin: .inferred(evidence))
        }
        if let (id, source) = try known(emission.data, size: emission.size) {
            return type(try schemas.schema(ofType: id), source)
        }
        guard let dwarf else { throw EventFault(words: missing) }
        guard emission.data != .dynamic else { throw EventFault(words: "\(name) writes them piece by piece") }
        let tooMuch = EventFault(words: "its debug information is too much to look through")
        guard !dwarf.isExhausted else { throw tooMuch }
        let entries = functions[name] ?? []
        let own = entries.flatMap { dwarf.variables(in: $0) }
        let (candidates, source) = candidates(emission, own, isKnown: !entries.isEmpty, dwarf)
        let distinct = candidates.distinct
        guard !dwarf.isExhausted else { throw tooMuch }
        guard let first = distinct.first else {
            throw EventFault(words: "no variable of the debug information is like them in \(name)")
        }
        guard distinct.count == 1 else {
            let names = distinct.prefix(8).map { dwarf.spelling(of: $0.type) }.joined(separator: ", ")
            throw EventFault(words: "several types are like them in \(name) (\(names))")
        }
        guard first.isComposite else {
            throw EventFault(words: "\(name) sends \(dwarf.spelling(of: first.type)), which has no fields")
        }
        return type(try schemas.schema(of: first.type, dwarf), source)
    }

    /// A type that the address of the event tells: that of a map's values, or of a global variable.
    private func known(
        _ data: Emission.Data, size: Int?
    ) throws(EventFault) -> (type: Int, source: EventEvidence.Source)? {
        guard let types = object.typeInfo.types else { return nil }
        let id: Int
        let source: EventEvidence.Source
        switch data {
        case .value(let map):
            guard object.maps.indices.contains(map) else { return nil }
            id = object.maps[map].valueTypeID
            source = .values(of: object.maps[map].name)
        case .global(let map, let offset):
            let found = object.variables.filter { $0.map == map && $0.offset == offset }
            guard found.count == 1 else { return nil }
            id = found[0].type
            source = .variable(found[0].name)
        default: return nil
        }
        guard let type = types.resolved(id), let whole = types.size(of: id) else { return nil }
        guard type.kind.isComposite else {
            // A buffer of bytes says nothing of what is in it.
            guard type.kind != .array, size == whole else { return nil }
            throw EventFault(words: "they are of type \(types.spelling(of: id)), which has no fields")
        }
        guard let size, size != whole else {
            // A structure's own name is the better one.
            return (type.nameOffset == 0 ? id : type.id, source)
        }
        guard let first = Self.first(of: type, size: size, types) else {
            throw EventFault(words: "they are \(size) bytes of \(types.spelling(of: id)), which has \(whole)")
        }
        return (first, source)
    }

    /// The structure of a size that a structure begins with.
    private static func first(of type: BTFType, size: Int, _ types: BTF) -> Int? {
        var type = type
        for _ in 0..<Limits.typeDepth {
            guard type.kind == .structure, let member = types.member(of: type, at: 0), member.bitOffset == 0,
                let inner = types.resolved(member.type), inner.kind.isComposite
            else { return nil }
            if inner.sizeOrType == size { return inner.id }
            type = inner
        }
        return nil
    }

    private func candidates(
        _ emission: Emission, _ own: [DWARF.Variable], isKnown: Bool, _ dwarf: DWARF
    ) -> (TypeCandidates, EventEvidence.Source) {
        let size = emission.size
        if case .frame(let offset) = emission.data, isKnown {
            let values = TypeCandidates.values(own, size: size, dwarf)
            guard let offset else { return (values, .function) }
            let there = values.at(frame: offset, depths: depths[emission.function] ?? [])
            return (there, values.distinct.count > there.distinct.count ? .place : .function)
        }
        let locals = TypeCandidates.targets(own.filter { !$0.isParameter }, size: size, dwarf)
        // Only what comes from elsewhere may be what another function has.
        guard locals.isEmpty, emission.data == .elsewhere, let size else { return (locals, .function) }
        let parameters = TypeCandidates.targets(own.filter(\.isParameter), size: size, dwarf)
        // Small structures have any size by chance.
        guard parameters.isEmpty, size > Self.largestByChance else { return (parameters, .function) }
        return (TypeCandidates.values(dwarf.variables(), size: size, dwarf), .object)
    }

    private static let largestByChance = 8
}
