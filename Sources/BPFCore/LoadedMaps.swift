// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BasicContainers
internal import Diagnostics
internal import SystemPackage

/// What became of a map of the object.
public struct MapReport: Sendable, Equatable {
    /// The map's name.
    public let name: String
    /// The kernel's id of it.
    public let id: UInt32
    /// Where it is pinned, if it is.
    public let pin: String?
    /// Whether it was there before.
    public let isReused: Bool
}

/// The open maps of an object, by their place in it.
struct LoadedMaps: ~Copyable {
    /// The descriptors by the map's index in the object; -1 for what is not there yet.
    private(set) var descriptors: [Int32]
    private(set) var reports: [MapReport] = []
    private(set) var notes: [Diagnostic] = []
    private var plain = UniqueArray<MapHandle>()
    /// The last made comes first, and so is let go first: folders that were made for one hold the later ones too.
    private var pinned = UniqueArray<PinnedMap>()

    init(count: Int) {
        descriptors = Array(repeating: -1, count: count)
    }

    mutating func add(_ step: LoadPlan.MapStep, mountPoint: String) throws(BPFError) {
        let attributes = MapHandle.Attributes(
            type: step.type.rawValue, keySize: step.keySize, valueSize: step.valueSize, maxEntries: step.maxEntries,
            flags: step.flags, numaNode: step.numaNode, name: step.name.text,
            innerMapDescriptor: step.innerTemplate.map { descriptors[$0] })
        guard let pin = step.pin else {
            let map = try MapHandle.create(attributes)
            descriptors[step.map] = map.descriptor.rawValue
            reports.append(
                MapReport(name: attributes.name, id: try map.info().id, pin: nil, isReused: false))
            plain.append(map)
            return
        }
        let map = try PinnedMap.openOrCreate(
            PinPath(mountPoint: mountPoint, folders: pin.directories, name: pin.name), attributes)
        descriptors[step.map] = map.map.descriptor.rawValue
        reports.append(
            MapReport(
                name: attributes.name, id: try map.map.info().id, pin: map.path.path, isReused: !map.wasCreated))
        notes += map.notes
        pinned.insert(map, at: 0)
    }

    /// Puts an inner map into a slot of an outer one.
    func insert(inner: Int, into outer: Int, key: UInt32) throws(BPFError) {
        try insert(descriptors[inner], "the inner map", into: outer, key: key)
    }

    /// Puts a descriptor into a slot of a map of maps or programs.
    func insert(_ descriptor: Int32, _ what: String, into map: Int, key: UInt32) throws(BPFError) {
        do throws(Errno) {
            try BPFCommand.updateElement(
                map: descriptors[map], key: key.bytes.span, value: UInt32(bitPattern: descriptor).bytes.span, flags: 0)
        } catch {
            throw BPFError(
                .mapElement, errno: error, "cannot put \(what) into slot \(key)",
                cause: error == .argListTooLong ? "the map has no slot of that number" : nil)
        }
    }

    mutating func keepPins() {
        for index in 0..<pinned.count { pinned[index].keepPin() }
    }
}
