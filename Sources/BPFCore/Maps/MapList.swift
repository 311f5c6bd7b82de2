// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BasicContainers
internal import CBPF
internal import Diagnostics

/// What became of a map of the object.
public struct MapReport: Sendable, Equatable {
    /// The map's index in the object.
    public let index: Int
    /// The map's name.
    public let name: String
    /// The kernel's id of it.
    public let id: UInt32
    /// Where it is pinned, if it is.
    public let pin: String?
    /// Whether it was there before.
    public let isReused: Bool
}

/// The maps of a loaded object.
public struct MapList: ~Copyable {
    /// The descriptors of those that are there, by their names; borrowed.
    var open: [String: Int32] {
        Dictionary(zip(names, descriptors).filter { $0.1 >= 0 }) { first, _ in first }
    }

    /// The descriptors by the map's index in the object; -1 for what is not there yet.
    private(set) var descriptors: [Int32]
    /// What became of each map, in the order in which they were made.
    public private(set) var reports: [MapReport] = []
    private(set) var notes: [Diagnostic] = []
    /// Arenas that were made, as this process sees them.
    private var arenas = UniqueArray<ArenaMapping>()
    private var plain = UniqueArray<Map>()
    /// The last made comes first, and so is let go first: folders that were made for one hold the later ones too.
    private var pinned = UniqueArray<PinnedMap>()

    init(names: [String]) {
        self.names = names
        descriptors = Array(repeating: -1, count: names.count)
    }

    /// The names of the maps, as the object has them; those of data are `.rodata`, `.data`, `.bss`.
    public let names: [String]

    /// A handle of a map, which lives on its own.
    ///
    /// - Throws: ``BPFError`` that lists the maps if none of that name was created.
    func handle(named name: String) throws(BPFError) -> Map {
        guard let index = names.firstIndex(of: name), let map = try handle(at: index) else {
            let there = names.indices.filter { descriptors[$0] >= 0 }.map { names[$0] }
            throw BPFError(
                .info, .mapUnknown, "the object has no map \(name)", cause: NamesThere.words(for: name, there),
                nextStep: NamesThere.hint(for: name, there))
        }
        return map
    }

    /// A handle of a map by its index in the object, which lives on its own; nil if it was not created.
    func handle(at index: Int) throws(BPFError) -> Map? {
        guard descriptors.indices.contains(index), descriptors[index] >= 0 else { return nil }
        return try Map(try OwnedDescriptor.duplicate(of: descriptors[index], "a map"))
    }

    /// Creates or reuses a map, fills it and pins it.
    ///
    /// - Parameters:
    ///   - types: The descriptor of the object's BTF; nil creates maps without types.
    mutating func add(
        _ step: LoadPlan.MapStep, mountPoint: String, types: Int32?
    ) throws(BPFError) {
        var attributes = Self.attributes(step, types: types)
        attributes.innerMapDescriptor = step.innerTemplate.map { descriptors[$0] }
        guard let template = step.template else {
            return try add(step, attributes, mountPoint: mountPoint)
        }
        // The pattern of inner maps is needed for the one call only.
        let pattern = try Map.create(Self.attributes(template, types: types))
        attributes.innerMapDescriptor = pattern.descriptor.rawValue
        try add(step, attributes, mountPoint: mountPoint)
        extendLifetime(pattern)
    }

    private mutating func add(
        _ step: LoadPlan.MapStep, _ attributes: Map.Attributes, mountPoint: String
    ) throws(BPFError) {
        guard let pin = step.pin else {
            let map = try Map.create(attributes)
            try Self.fill(map, step)
            try mapArena(map, step)
            note(map, attributes)
            descriptors[step.map] = map.descriptor.rawValue
            reports.append(
                MapReport(
                    index: step.map, name: attributes.name, id: try map.info().id, pin: nil, isReused: false))
            plain.append(map)
            return
        }
        let path =
            try pin.path.map { path throws(BPFError) in try PinPath(path: path) }
            ?? PinPath(mountPoint: mountPoint, folders: pin.directories, name: pin.name)
        let map = try PinnedMap.openOrCreate(path, attributes)
        if map.wasCreated {
            try Self.fill(map.map, step)
            try mapArena(map.map, step)
        } else if step.content != nil {
            notes.append(
                Diagnostic(
                    .pinKept, .warning, stage: .map,
                    "the values of \(attributes.name) are those of the pin \(path.path)",
                    cause: "a pinned map is used as it is, and not filled again",
                    nextStep: "remove the pin to begin anew: \(.remove(path.path), "rm \(path.path)")"))
        }
        note(map.map, attributes)
        descriptors[step.map] = map.map.descriptor.rawValue
        reports.append(
            MapReport(
                index: step.map, name: attributes.name, id: try map.map.info().id, pin: map.path.path,
                isReused: !map.wasCreated))
        notes += map.notes
        pinned.insert(map, at: 0)
    }

    /// Takes the map of a structure of functions, which is registered once its programs are loaded.
    mutating func add(structure map: consuming Map, _ step: LoadPlan.MapStep) throws(BPFError) {
        descriptors[step.map] = map.descriptor.rawValue
        reports.append(
            MapReport(index: step.map, name: step.name.text, id: try map.info().id, pin: nil, isReused: false))
        plain.append(map)
    }

    private static func attributes(_ step: LoadPlan.MapStep, types: Int32?) -> Map.Attributes {
        // Kernels before 5.5 do not let processes map arrays into their memory, nor do they take all else that data needs.
        let flags = step.content?.isMappable == true ? step.flags | mappable : step.flags
        var attributes = Map.Attributes(
            type: step.type, keySize: step.keySize, valueSize: step.valueSize, maxEntries: step.maxEntries,
            flags: flags, numaNode: step.numaNode, name: step.name.text)
        attributes.mapExtra = step.mapExtra
        if let types, step.keyTypeID != 0 || step.valueTypeID != 0 {
            attributes.btf = types
            attributes.keyTypeID = UInt32(truncatingIfNeeded: step.keyTypeID)
            attributes.valueTypeID = UInt32(truncatingIfNeeded: step.valueTypeID)
        }
        return attributes
    }

    /// `BPF_F_MMAPABLE`.
    private static let mappable: UInt32 = 1 << 10

    /// Puts the data of a section into its map, for good if programs may only read it.
    private static func fill(_ map: borrowing Map, _ step: LoadPlan.MapStep) throws(BPFError) {
        guard let content = step.content else { return }
        do throws(Errno) {
            // A new array is all zeros.
            if content.bytes.contains(where: { $0 != 0 }) {
                try map.update(key: UInt32(0).bytes, value: content.bytes)
            }
        } catch {
            throw BPFError(.mapElement, .mapAccessFailed, errno: error, "cannot fill map \(step.name)")
        }
        guard content.isReadOnly else { return }
        do throws(Errno) {
            try map.freeze()
        } catch {
            throw BPFError(
                .mapElement, .mapAccessFailed, errno: error, "cannot freeze map \(step.name) (BPF_MAP_FREEZE)")
        }
    }

    /// Makes an arena's address known, and puts the object's variables into it.
    private mutating func mapArena(_ map: borrowing Map, _ step: LoadPlan.MapStep) throws(BPFError) {
        guard step.type == .arena else { return }
        do throws(Errno) {
            arenas.append(
                try ArenaMapping.map(
                    arena: map.descriptor.rawValue, pages: step.maxEntries, address: step.mapExtra,
                    content: step.arenaContent))
        } catch {
            throw BPFError(
                .createMap, .mapRefused, errno: error, "cannot map the arena \(step.name)",
                cause: error == .argListTooLong
                    ? "its \(step.maxEntries) pages do not hold the \(step.arenaContent.count) bytes of the object's "
                        + "variables" : nil,
                nextStep: error == .argListTooLong ? "use \(.mapSize, "\(step.name)", to: "PAGES")" : nil)
        }
    }

    private mutating func note(_ map: borrowing Map, _ attributes: Map.Attributes) {
        // A program array has no types anywhere: it holds programs, which bpftool shows by their ids.
        guard let errno = map.refusedTypes, attributes.type != .progArray else { return }
        var note = Diagnostic(
            .typesNotLoaded, .warning, stage: .map, "map \(attributes.name) has no types in the kernel",
            cause: "it refused them: \(errno.described)", details: ["bpftool map dump shows bytes in place of members"])
        note.map = attributes.name
        notes.append(note)
    }

    mutating func note(_ note: Diagnostic) { notes.append(note) }

    /// Puts a program into a slot of a program array.
    func insert(program: Int32, into map: Int, key: UInt32) throws(BPFError) {
        do throws(Errno) {
            try BPFCommand.updateElement(
                map: descriptors[map], key: key.bytes.span, value: UInt32(bitPattern: program).bytes.span, flags: 0)
        } catch {
            throw BPFError(
                .mapElement, .mapSlotRefused, errno: error, "cannot put the program into slot \(key)",
                cause: error == .invalidArgument
                    ? "an array takes programs of one type, all for the same kind of attach point" : nil)
        }
    }

    /// The value of key 0; nil if the map was not created.
    func value(ofMap index: Int) throws(BPFError) -> [UInt8]? {
        guard let map = try handle(at: index) else { return nil }
        return try map.bytes(ofKey: UInt32(0).bytes)
    }

    /// Puts an inner map into a slot of an outer one.
    func insert(inner: Int, into outer: Int, key: UInt32) throws(BPFError) {
        do throws(Errno) {
            try BPFCommand.updateElement(
                map: descriptors[outer], key: key.bytes.span, value: UInt32(bitPattern: descriptors[inner]).bytes.span,
                flags: 0)
        } catch {
            throw BPFError(
                .mapElement, .mapSlotRefused, errno: error, "cannot put the inner map into slot \(key)",
                cause: error == .argListTooLong ? "the outer map has no slot of that number" : nil)
        }
    }

    mutating func keepPins() {
        for index in 0..<pinned.count { pinned[index].keepPin() }
    }
}
