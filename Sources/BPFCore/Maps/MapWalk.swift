// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// A walk over the elements of a map, a part of them at a time: the one way to all elements, for snapshots too.
struct MapWalk: Sendable {
    /// What was read and not handed out.
    var buffer: ElementBuffer
    /// Whether the buffer holds the last elements.
    private(set) var isLast = false
    private var way: any MapWay

    /// Walks a map by its keys.
    init(_ map: borrowing Map) throws(BPFError) {
        buffer = ElementBuffer(keySize: map.keySize, room: try map.valueRoom())
        way = PlainWalk(map)
    }

    /// Walks a map in another way.
    ///
    /// - Parameter used: The buffer of the walk before, whose memory is used again if it fits.
    init(_ way: any MapWay, keySize: Int, room: Int, keeping used: ElementBuffer? = nil) {
        buffer = ElementBuffer(keySize: keySize, room: room)
        if var used, used.keySize == keySize, used.room == room {
            used.clear(room: 0)
            buffer = used
        }
        self.way = way
    }

    /// Whether keys that are there all the time may be missing.
    var isUnsteady: Bool { way.isUnsteady }

    /// Reads further elements into the empty buffer, perhaps none.
    mutating func fill(_ map: borrowing Map) throws(BPFError) {
        isLast = try way.fill(&buffer, map)
    }

    /// The next element; nil after the last.
    mutating func next(_ map: borrowing Map) throws(BPFError) -> (key: [UInt8], value: [UInt8])? {
        while buffer.taken == buffer.count {
            guard !isLast else {
                guard !isUnsteady else { throw map.unsteadyError() }
                return nil
            }
            try fill(map)
        }
        let at = buffer.taken
        buffer.taken += 1
        return (Array(buffer.key(at)), Array(buffer.value(at)))
    }
}

/// A way to get at the elements of a map.
protocol MapWay: Sendable {
    /// Reads further elements into a buffer that has none.
    ///
    /// - Returns: Whether these were the last.
    mutating func fill(_ buffer: inout ElementBuffer, _ map: borrowing Map) throws(BPFError) -> Bool
    /// Whether keys that are there all the time may be missing.
    var isUnsteady: Bool { get }
}

/// By keys: many with one call where the kernel can (`BPF_MAP_LOOKUP_BATCH`, 5.6), one after the other elsewhere.
struct PlainWalk: MapWay {
    private var batches: BatchWalk?
    private var keys: KeyWalk

    init(_ map: borrowing Map) {
        batches = BatchWalk(map)
        keys = KeyWalk(map)
    }

    var isUnsteady: Bool { batches?.isUnsteady ?? false || keys.isUnsteady }

    mutating func fill(_ buffer: inout ElementBuffer, _ map: borrowing Map) throws(BPFError) -> Bool {
        if batches != nil {
            switch try batches?.fill(&buffer, map) {
            case .some(.more): return false
            case .some(.last): return true
            case .some(.keysFrom(let key)):
                batches = nil
                keys.start(after: key)
            case nil: break
            }
        }
        return try keys.fill(&buffer, map)
    }
}

extension Map {
    /// Says that a walk did not come to its end.
    func unsteadyError() -> BPFError {
        BPFError(
            .mapElement, .mapNotListed, "cannot read map \(label) to its end",
            cause: "programs remove elements faster than they are read, and each time the walk begins anew")
    }
}
