// SPDX-License-Identifier: Apache-2.0

import Records

/// What a snapshot brought.
struct CollectedElements: SnapshotSink {
    struct Element: Hashable, Comparable {
        let key: [UInt8]
        let values: [UInt8]

        static func < (one: Self, other: Self) -> Bool {
            one.key.lexicographicallyPrecedes(other.key)
                || one.key == other.key && one.values.lexicographicallyPrecedes(other.values)
        }
    }

    private(set) var head: SnapshotHead?
    private(set) var elements: [Element] = []
    private(set) var end: SnapshotEnd?
    /// Every so many calls there is no room; 0 for always room.
    var refusals = 0
    private var calls = 0

    init(refusals: Int = 0) { self.refusals = refusals }

    mutating func begin(_ head: SnapshotHead) -> Bool {
        guard hasRoom() else { return false }
        self.head = head
        (elements, end) = ([], nil)
        return true
    }

    mutating func take(key: RawSpan, values: RawSpan) -> Bool {
        guard hasRoom() else { return false }
        elements.append(Element(key: Self.bytes(key), values: Self.bytes(values)))
        return true
    }

    mutating func end(_ end: SnapshotEnd) -> Bool {
        guard hasRoom() else { return false }
        self.end = end
        return true
    }

    private mutating func hasRoom() -> Bool {
        calls += 1
        return refusals == 0 || calls % refusals != 0
    }

    private static func bytes(_ span: RawSpan) -> [UInt8] {
        (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
}

/// Counts the elements of a snapshot and keeps nothing.
struct CountedElements: SnapshotSink {
    private(set) var count = 0
    private(set) var bytes = 0

    mutating func begin(_ head: SnapshotHead) -> Bool {
        (count, bytes) = (0, 0)
        return true
    }

    mutating func take(key: RawSpan, values: RawSpan) -> Bool {
        count += 1
        bytes += key.byteCount + values.byteCount
        return true
    }

    mutating func end(_ end: SnapshotEnd) -> Bool { true }
}
