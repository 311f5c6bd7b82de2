// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// What the elements of a map are like as snapshots have them.
public struct MapShape: Sendable, Equatable {
    /// Bytes of a key, of the maps of a map those of both keys; 0 where elements have none.
    public let keySize: Int
    /// Bytes of a value, of a map per CPU those of one CPU; of the maps of a map the inner ones'.
    public let valueSize: Int
    /// The values of each element, one for each possible CPU; nil where there is one for all.
    public let cpus: Int?
    /// Bytes of the first key, that of the outer map, where a map holds maps.
    public let outerKeySize: Int?
    /// Whether it is known: of a map of maps that holds none yet it is not, and snapshots of it are empty until then.
    public let isKnown: Bool
    let reading: MapReading

    /// Bytes of all values of an element.
    var room: Int { cpus.map { (valueSize + 7) / 8 * 8 * $0 } ?? valueSize }

    /// Finds out what a map is like.
    ///
    /// - Throws: ``BPFError`` that says why, if it cannot be read.
    init(_ map: borrowing Map) throws(BPFError) {
        reading = map.type.reading(valueSize: map.valueSize)
        switch reading {
        case .unreadable(let reason): throw map.unreadable(reason)
        case .innerMaps:
            outerKeySize = map.keySize
            guard let inner = try InnerWalk.firstMap(in: map) else {
                (keySize, valueSize, cpus, isKnown) = (map.keySize, map.valueSize, nil, false)
                return
            }
            let own = try MapShape(inner)
            keySize = map.keySize + own.keySize
            (valueSize, cpus, isKnown) = (own.valueSize, own.cpus, own.isKnown)
        case .keys, .peek, .threads, .controlGroups:
            keySize =
                switch reading {
                case .peek: 0
                case .threads: 4
                case .controlGroups: 8
                default: map.keySize
                }
            valueSize = map.valueSize
            cpus = map.type.needsRoomPerCPU ? try PossibleCPUs.count() : nil
            (outerKeySize, isKnown) = (nil, true)
        }
    }

    /// A walk over all elements, with the memory of the walk before if there was one.
    func walk(of map: borrowing Map, keeping buffer: ElementBuffer? = nil) throws(BPFError) -> MapWalk {
        let way: any MapWay =
            switch reading {
            case .peek: PeekWalk()
            case .threads: ThreadWalk()
            case .controlGroups: try ControlGroupWalk()
            case .innerMaps: InnerWalk(map)
            default: PlainWalk(map)
            }
        return MapWalk(way, keySize: keySize, room: room, keeping: buffer)
    }
}

extension Map {
    /// Says why the elements of a map cannot be read.
    func unreadable(_ reason: MapReading.Reason) -> BPFError {
        BPFError(
            .mapElement, .mapNotListed, "cannot read the elements of map \(label)",
            cause: "a map of type \(type): \(reason.words)")
    }
}
