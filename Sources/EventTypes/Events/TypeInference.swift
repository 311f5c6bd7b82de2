// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF
internal import Diagnostics

/// Finds out what the events of maps are from the code that sends them: the code says how many bytes, BTF and debug
/// information say which type of that size it has at hand.
///
/// A type is taken only if it is the only one; a wrong one is worse than none.
struct TypeInference {
    let object: Object
    private let dwarf: DWARF?
    /// Why there is no debug information, as a clause.
    private let missing: String
    let schemas: SchemaCutter
    private let functions: [String: [Int]]
    private let emissions: [Emission]
    let depths: [Int: Set<Int>]
    /// The places that jumps lead to in functions that send.
    let jumpTargets: [Int: Set<Int>]
    private let isCut: Bool
    /// What functions write to memory that may become an event; only where there is no debug information.
    private let writes: [Int: Set<EventWrite>]
    /// Whether source lines tell types, as there is no debug information.
    private let readsLines: Bool
    private let lineFacts = LineFacts()

    init(_ object: Object, _ dwarf: DWARF?, _ schemas: SchemaCutter, missing: String, readsLines: Bool = false) {
        self.object = object
        self.dwarf = dwarf
        self.missing = missing
        self.schemas = schemas
        let scanner = EmissionScanner(object.functions)
        isCut = scanner.isCut
        writes = readsLines ? scanner.writes : [:]
        self.readsLines = readsLines
        emissions = scanner.found.filter { $0.map != nil }.sorted()
        let senders = Set(emissions.map(\.function))
        depths = Dictionary(uniqueKeysWithValues: senders.map { ($0, scanner.frameDepths(of: $0)) })
        jumpTargets = Dictionary(
            uniqueKeysWithValues: senders.map { ($0, EmissionScanner.targets(object.functions[$0].instructions)) })
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
        // Sizes of events whose type is not known.
        var untold: Set<Int> = []
        var isUntold = false
        var told: [Int: EventType?] = [:]
        for emission in emissions where emission.map == index {
            do throws(EventFault) {
                Self.add(try type(of: emission), to: &types)
            } catch {
                // What lines tell is told of all events of a size together.
                if let type = declaredType(emission) {
                    Self.add(type, to: &types)
                    continue
                }
                if let size = emission.size {
                    let type = told[size] ?? lineType(ofMap: index, size)
                    told[size] = .some(type)
                    if let type {
                        Self.add(type, to: &types)
                        continue
                    }
                }
                isUntold = true
                if let size = emission.size { untold.insert(size) }
                let size = emission.size.map { "\($0) bytes" } ?? "varying size"
                add("events of \(map) of \(size) have no type: \(error.words)")
            }
        }
        for type in types {
            let rivals = types.filter { $0.sizes.overlaps(type.sizes) }
            guard rivals.count > 1 else { continue }
            let names = rivals.map(\.schema.name).joined(separator: ", ")
            let size = EventType.words(size: type.schema.size, sent: type.sent)
            add(
                "events of \(map) of \(size) have no type: several have that size (\(names)),"
                    + " which BPF_EVENT_TAGGED can distinguish")
        }
        types = types.filter { type in types.filter { $0.sizes.overlaps(type.sizes) }.count == 1 }
        // Events that may have another type have none.
        types.removeAll { type in untold.contains { type.sizes.contains($0) } }
        if isUntold { types = types.map { Self.strict($0) } }
        if types.isEmpty, notes.isEmpty {
            add("nothing in the object is seen to send events to \(map)")
        }
        if isCut { add("the code is too large to be looked at for all that it sends to \(map)") }
        return MapEvents(map: map, types: types, notes: types.map { $0.note(map: map) } + notes)
    }

    /// Adds a type; what is sent of it in several places is put together where it overlaps.
    private static func add(_ type: EventType, to types: inout [EventType]) {
        let known = types.firstIndex { $0.schema == type.schema && $0.sizes.overlaps(type.sizes) }
        guard let known else { return types.append(type) }
        guard types[known].sent != nil || type.sent != nil else { return }
        let (one, other) = (types[known].sizes, type.sizes)
        let sent = min(one.lowerBound, other.lowerBound)...max(one.upperBound, other.upperBound)
        types[known] = EventType(schema: type.schema, origin: types[known].origin, sent: sent)
    }

    /// A type that no event of another size than it can have; one that ends in an array of any length has all sizes.
    private static func strict(_ type: EventType) -> EventType {
        guard type.sent == nil, case .inferred(let evidence) = type.origin, evidence.size == type.schema.size else {
            return type
        }
        return EventType(schema: type.schema, tag: type.tag, origin: type.origin, sent: type.sizes)
    }

    // MARK: - One place of the code

    /// A type that is found, and what of it is sent.
    struct Finding {
        var schema: EventSchema
        var sent: ClosedRange<Int>?
        let source: EventEvidence.Source
    }

    private func type(of emission: Emission) throws(EventFault) -> EventType {
        let name = object.functions[emission.function].name
        let finding: Finding
        if let known = try known(emission) { finding = known } else { finding = try searched(emission, name) }
        let evidence = EventEvidence(size: emission.size, function: name, source: finding.source)
        return EventType(schema: finding.schema, origin: .inferred(evidence), sent: finding.sent)
    }

    /// A type that the debug information tells.
    private func searched(_ emission: Emission, _ name: String) throws(EventFault) -> Finding {
        guard let dwarf else { throw EventFault(words: missing) }
        guard emission.data != .dynamic else { throw EventFault(words: "\(name) writes them piece by piece") }
        let tooMuch = EventFault(words: "its debug information is too much to look through")
        guard !dwarf.isExhausted else { throw tooMuch }
        let entries = functions[name] ?? []
        let own = entries.flatMap { dwarf.variables(in: $0) }
        if case .frame(let place?) = emission.data, !entries.isEmpty,
            let finding = try placed(emission, at: place, own, name, dwarf)
        {
            return finding
        }
        var elsewhere: Set<String> = []
        if emission.data.isPointedTo {
            let proven = try pointedTo(emission, own, name, dwarf)
            if let finding = proven.finding { return finding }
            elsewhere = proven.elsewhere
        }
        let (candidates, source) = candidates(emission, own, isKnown: !entries.isEmpty, dwarf)
        let distinct = candidates.distinct
        guard !dwarf.isExhausted else { throw tooMuch }
        guard let first = try Self.only(distinct, name, dwarf), !elsewhere.contains(first.identity) else {
            throw EventFault(words: "no variable of the debug information is like them in \(name)")
        }
        guard first.isComposite else {
            throw EventFault(words: "\(name) sends \(dwarf.spelling(of: first.type)), which has no fields")
        }
        let schema = try schemas.schema(of: first.type, dwarf)
        return try part(emission, of: schema, source)
    }

    /// The only one of some candidates; nil if there is none.
    ///
    /// - Throws: If there are several.
    static func only(
        _ distinct: [TypeCandidates.Candidate], _ name: String, _ dwarf: DWARF
    ) throws(EventFault) -> TypeCandidates.Candidate? {
        guard distinct.count > 1 else { return distinct.first }
        let names = distinct.prefix(8).map { dwarf.spelling(of: $0.type) }.joined(separator: ", ")
        throw EventFault(words: "several types are like them in \(name) (\(names))")
    }

    /// A type that the address of the event tells: that of a map's values, or of a global variable.
    private func known(_ emission: Emission) throws(EventFault) -> Finding? {
        guard let types = object.typeInfo.types else { return nil }
        let id: Int
        let source: EventEvidence.Source
        switch emission.data {
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
            guard type.kind != .array, emission.size == whole else { return nil }
            throw EventFault(words: "they are of type \(types.spelling(of: id)), which has no fields")
        }
        // A structure's own name is the better one.
        let (part, sent) = try Self.part(emission, of: type, id: type.nameOffset == 0 ? id : type.id, types)
        return Finding(schema: try schemas.schema(ofType: part), sent: sent, source: source)
    }

    // MARK: - Source lines

    /// The structure of BTF that is sent as a whole by the source lines of an object without debug information: the line of
    /// the call names a variable, and another one declares it; nil if it has another size.
    private func declaredType(_ emission: Emission) -> EventType? {
        let function = object.functions[emission.function]
        guard readsLines, let size = emission.size, let types = object.typeInfo.types,
            let lines = object.typeInfo.lines(ofSection: function.sectionName),
            let call = lines.text(at: function.start + emission.instruction)
        else { return nil }
        let sent = SourceStatement(call)
        let declared = Set(
            lines.texts(in: function.range, most: 4_096).compactMap { text -> String? in
                guard let (type, variable) = SourceStatement(text).declared, sent.has(variable) else { return nil }
                return type
            })
        guard declared.count == 1, let name = declared.first,
            let known = try? EventSchema.find(named: "struct \(name)", in: types), known.size == size
        else { return nil }
        return EventType(
            schema: known, origin: .inferred(EventEvidence(size: size, function: function.name, source: .declaration)))
    }

    /// The type that the source lines of an object without debug information tell of all events of a map and a size; nil if
    /// they leave any doubt.
    private func lineType(ofMap index: Int, _ size: Int) -> EventType? {
        guard readsLines, let types = object.typeInfo.types else { return nil }
        let sent = emissions.filter { $0.map == index && $0.size == size }
        // Each is looked for in all lines of its functions.
        guard sent.count <= Self.mostSent else { return nil }
        do throws(EventFault) {
            var joined: SourceLayout?
            for emission in sent {
                for part in try layouts(of: emission, size) {
                    if joined == nil { joined = part } else { try joined?.join(part, size: size) }
                }
            }
            guard let layout = joined, let function = sent.first?.function else { return nil }
            let evidence = EventEvidence(size: size, function: object.functions[function].name, source: .lines)
            // A structure that BTF has by the name that the lines say is the better one.
            if let name = layout.structure, let known = try? EventSchema.find(named: "struct \(name)", in: types),
                known.size == size
            {
                return EventType(schema: known, origin: .inferred(evidence))
            }
            let schema = try layout.schema(size: size, types.byteOrder)
            return EventType(schema: schema, origin: .inferred(evidence))
        } catch {
            return nil
        }
    }

    /// What each function that fills an event tells of it.
    private func layouts(of emission: Emission, _ size: Int) throws(EventFault) -> [SourceLayout] {
        var found: [SourceLayout] = []
        let givers = Set(emission.givers)
        for function in writes.keys.sorted() {
            var own: [(offset: Int, write: EventWrite)] = []
            for write in writes[function] ?? [] {
                switch (write.place, emission.data) {
                case (.frame(let place), .frame(let start?)) where function == emission.function:
                    own.append((place - start, write))
                case (.given(let memory), _) where !givers.isDisjoint(with: memory.givers):
                    own.append((memory.offset, write))
                default: continue
                }
            }
            own.removeAll { $0.offset < 0 || $0.offset + $0.write.size > size }
            own.sort { ($0.offset, $0.write.instruction) < ($1.offset, $1.write.instruction) }
            guard !own.isEmpty else { continue }
            let code = object.functions[function]
            guard let lines = object.typeInfo.lines(ofSection: code.sectionName) else { continue }
            lineFacts.left -= 1
            guard lineFacts.left >= 0 else {
                throw EventFault(words: "there are too many source lines to look through")
            }
            let call = function == emission.function ? lines.text(at: code.start + emission.instruction) : nil
            found.append(
                try SourceLayout(
                    size: size, writes: own, call: call, lines: lines.texts(in: code.range, most: 4_096),
                    text: { lines.text(at: code.start + $0.instruction) }, sizes: memberSizes))
        }
        return found
    }

    /// The sizes that members of some names have in the structures of BTF; none where there is too much to look through.
    private func memberSizes(_ names: Set<String>) -> [String: Set<Int>] {
        guard !names.isEmpty else { return [:] }
        if lineFacts.sizes == nil { lineFacts.sizes = allMemberSizes() }
        let known = lineFacts.sizes ?? [:]
        return names.reduce(into: [:]) { $0[$1] = known[$1] }
    }

    private func allMemberSizes() -> [String: Set<Int>] {
        guard let types = object.typeInfo.types, types.endID < Self.mostTypes else { return [:] }
        var sizes: [String: Set<Int>] = [:]
        for id in types.firstID..<types.endID {
            guard let type = types[id], type.kind.isComposite else { continue }
            for member in types.members(of: type) where member.nameOffset != 0 && member.bitSize == 0 {
                guard let size = types.size(of: member.type) else { continue }
                sizes[types.string(member.nameOffset), default: []].insert(size)
            }
        }
        return sizes
    }

    private static let mostTypes = 1 << 16
    private static let mostSent = 64
}

/// What source lines are asked for all events of an object.
private final class LineFacts {
    /// Functions whose lines may still be read: each is read anew for each event that it fills.
    var left = 1_024
    /// The sizes that members of each name have in the structures of BTF; nil if nobody has asked.
    var sizes: [String: Set<Int>]?
}
