// SPDX-License-Identifier: Apache-2.0

/// What takes the elements of a map as they are read: a snapshot of it.
///
/// A snapshot is one ``begin(_:)``, an ``take(key:values:)`` for each element and one ``end(_:)``. Each of them answers
/// whether there was room: the reader hands the same thing over again later where there was none.
public protocol SnapshotSink: ~Copyable {
    /// Begins a snapshot.
    mutating func begin(_ head: SnapshotHead) -> Bool
    /// Takes an element.
    ///
    /// - Parameters:
    ///   - key: ``SnapshotHead/keySize`` bytes; of the maps of a map the key of the outer map and then that of the inner.
    ///   - values: ``SnapshotHead/valueSize`` bytes; where there are ``SnapshotHead/cpus``, those of each, each rounded up
    ///     to 8 bytes.
    mutating func take(key: RawSpan, values: RawSpan) -> Bool
    /// Ends the snapshot that was begun last.
    mutating func end(_ end: SnapshotEnd) -> Bool
}

/// What is known of a snapshot before its first element.
public struct SnapshotHead: Sendable, Equatable {
    /// The number of the map among those that are read.
    public var source: UInt32
    /// The number of this snapshot among those of its map, from 1.
    public var number: UInt64
    /// When reading began: ns of `CLOCK_MONOTONIC`.
    public var began: UInt64
    /// Bytes of a key; 0 where elements have none (queues and stacks).
    public var keySize: Int
    /// Bytes of a value, of a map per CPU those of one CPU.
    public var valueSize: Int
    /// The values that each element has, one for each possible CPU; nil where there is one for all.
    public var cpus: Int?

    /// Creates a head.
    public init(source: UInt32, number: UInt64, began: UInt64, keySize: Int, valueSize: Int, cpus: Int? = nil) {
        self.source = source
        self.number = number
        self.began = began
        self.keySize = keySize
        self.valueSize = valueSize
        self.cpus = cpus
    }

    /// The bytes of all values of an element as ``SnapshotSink/take(key:values:)`` gets them.
    public var valuesSize: Int {
        guard let cpus else { return valueSize }
        return (valueSize + 7) / 8 * 8 * cpus
    }
}

/// What is known of a snapshot after its last element.
public struct SnapshotEnd: Sendable, Equatable {
    /// How much of the map the snapshot has.
    public enum Extent: UInt32, Sendable {
        /// Each key that was there all the time, once; of a trie but for what the kernel's walk passes.
        case whole = 0
        /// As many elements as were asked for; there are more.
        case limited = 1
        /// Programs removed elements faster than they were read: keys that were there all the time may be missing.
        case unsteady = 2
        /// Reading stopped at an error.
        case failed = 3
    }

    /// How many elements were taken.
    public var elements: UInt64
    /// When reading ended: ns of `CLOCK_MONOTONIC`.
    public var ended: UInt64
    /// How much of the map the snapshot has.
    public var extent: Extent

    /// Creates an end.
    public init(elements: UInt64, ended: UInt64, extent: Extent) {
        self.elements = elements
        self.ended = ended
        self.extent = extent
    }
}
