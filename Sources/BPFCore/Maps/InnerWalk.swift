// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// The elements of the maps that a map holds, each with the key of the outer map before its own.
struct InnerWalk: MapWay {
    /// A map that the walk is in; let go of with it.
    private final class Inner: Sendable {
        let map: Map

        init(_ map: consuming Map) { self.map = map }
    }

    private var outer: KeyWalk
    private var outerElements: ElementBuffer
    private var isOuterDone = false
    private var inner: Inner?
    private var walk: MapWalk?
    private var outerKey: [UInt8] = []
    private var wasUnsteady = false

    init(_ map: borrowing Map) {
        outer = KeyWalk(map)
        outerElements = ElementBuffer(keySize: map.keySize, room: map.valueSize)
    }

    var isUnsteady: Bool { wasUnsteady || outer.isUnsteady }

    /// The first of the maps that can be opened; nil if there is none.
    static func firstMap(in map: borrowing Map) throws(BPFError) -> Map? {
        var walk = InnerWalk(map)
        while true {
            guard let isThere = try walk.nextMap(map) else { continue }
            guard isThere, let inner = walk.inner else { return nil }
            return try inner.map.duplicate()
        }
    }

    mutating func fill(_ buffer: inout ElementBuffer, _ map: borrowing Map) throws(BPFError) -> Bool {
        buffer.clear(room: 0)
        if walk == nil || walk?.isLast == true {
            if walk?.isUnsteady == true { wasUnsteady = true }
            guard let isThere = try nextMap(map) else { return false }
            guard isThere, let inner else { return true }
            let shape = try MapShape(inner.map)
            guard map.keySize + shape.keySize == buffer.keySize, shape.room == buffer.room else {
                throw BPFError(
                    .mapElement, .mapNotListed, "cannot read the maps of map \(map.label)",
                    cause: "they have elements of different sizes")
            }
            walk = try shape.walk(of: inner.map, keeping: walk?.buffer)
        }
        if let inner {
            try walk?.fill(inner.map)
            if let part = walk?.buffer { copy(part, to: &buffer) }
        }
        return false
    }

    private func copy(_ part: ElementBuffer, to buffer: inout ElementBuffer) {
        buffer.clear(room: part.count)
        for index in 0..<part.count {
            let start = index * buffer.keySize
            for byte in 0..<outerKey.count { buffer.keys[start + byte] = outerKey[byte] }
            let own = index * part.keySize
            for byte in 0..<part.keySize { buffer.keys[start + outerKey.count + byte] = part.keys[own + byte] }
        }
        let size = part.count * part.room
        buffer.values.replaceSubrange(0..<size, with: part.values[..<size])
        buffer.count = part.count
    }

    /// Goes to the next map; one that went away since its id was read is passed over.
    ///
    /// - Returns: Whether there is one; nil if there was none so far, and there may be one yet.
    private mutating func nextMap(_ map: borrowing Map) throws(BPFError) -> Bool? {
        var hasFilled = false
        while true {
            while outerElements.taken == outerElements.count {
                if isOuterDone { return false }
                if hasFilled { return nil }
                isOuterDone = try outer.fill(&outerElements, map)
                hasFilled = true
            }
            let at = outerElements.taken
            outerElements.taken += 1
            outerKey = Array(outerElements.key(at))
            let id: UInt32 = Memory.value(outerElements.value(at))
            do throws(BPFError) {
                inner = Inner(try Map(id: id))
                return true
            } catch {
                guard error.errno == .noSuchFileOrDirectory else { throw error }
            }
        }
    }
}
