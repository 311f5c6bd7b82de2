// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
public import Records

/// Reads all elements of a map again and again, each time into a ``Records/SnapshotSink``.
///
/// ```swift
/// var snapshots = try MapSnapshots(programs.map("counts"), source: 0)
/// let progress = try snapshots.read(into: &sink)
/// ```
///
/// While programs write, a key that is there all the time is in a snapshot once. One that is added or removed meanwhile
/// is in it or not. Each value is as it was at some moment of the reading, and those of two keys not at the same one;
/// a value that a program writes at that moment may be half of each. A trie is the exception: its walk in the kernel
/// compares nodes (`trie_get_next_key`), so prefixes beside one that is written in that instant may be passed, and no
/// reader can see it. Where a map changes so fast that keys may be missing, the end of the snapshot says so
/// (``Records/SnapshotEnd/Extent/unsteady``). Memory does not grow with the map where the kernel hands out many elements a
/// call; elsewhere, keys are remembered up to a bound.
///
/// | Map | Key | Value |
/// | --- | --- | --- |
/// | hashes, arrays, tries, storage of control groups before 6.2 | its key | its value, per CPU one for each |
/// | maps of programs, devices, CPUs, sockets | its key | the id of the program, what was set, the cookie of the socket |
/// | maps of maps | the key of the outer map, then the inner one's | the inner map's |
/// | queues and stacks | none | what would be taken out next |
/// | storage of tasks | the id of the thread (`u32`); before 6.9 of the first thread of each process only | its value |
/// | storage of control groups (6.2) | the id of the group (`u64`) | its value |
///
/// Other maps cannot be read: rings, filters, arenas, and storage of sockets and inodes.
public struct MapSnapshots: ~Copyable, Sendable {
    /// How far a read came.
    public enum Progress: Sendable, Equatable {
        /// The snapshot is whole, or ended for another reason: that is in its end.
        case done(SnapshotEnd)
        /// The sink has no room: the next read goes on where this one stopped.
        case sinkFull
        /// Some time has passed: the next read goes on where this one stopped (``readPart(into:limit:)``).
        case more
    }

    private enum State: Sendable {
        case idle
        case beginning(SnapshotHead)
        case reading
        case ending(SnapshotEnd)
    }

    /// What the kernel told of the map when this was made.
    public let info: Map.Info
    /// The number of the map among those that are read.
    public let source: UInt32
    /// What elements are like.
    public private(set) var shape: MapShape
    let map: Map
    private var state = State.idle
    private var walk: MapWalk
    private var number: UInt64 = 0
    private var elements: UInt64 = 0
    private var failure: BPFError?

    /// Takes a map, of which it keeps a handle of its own.
    ///
    /// - Parameters:
    ///   - map: The map.
    ///   - source: The number of the map among those that are read, for the sink.
    /// - Throws: ``BPFError`` of code `map-not-listed` that says why, if no process can read the elements of such a map.
    public init(_ map: borrowing Map, source: UInt32) throws(BPFError) {
        let handle = try map.duplicate()
        let info = try map.info()
        let shape = try MapShape(map)
        walk = try shape.walk(of: map)
        self.map = handle
        self.source = source
        self.info = info
        self.shape = shape
    }

    /// Reads elements into a sink until it is full or there are no more.
    ///
    /// - Parameters:
    ///   - sink: Gets the begin, the elements and the end of the snapshot.
    ///   - limit: Elements to take at most; the end says whether there are more.
    /// - Returns: Whether the snapshot is done. Where the sink had no room, the next call goes on with the same snapshot.
    /// - Throws: ``BPFError`` of the kernel. A snapshot that was begun has its end by then, which says that it failed.
    public mutating func read<Sink: SnapshotSink & ~Copyable>(
        into sink: inout Sink, limit: UInt64? = nil
    ) throws(BPFError) -> Progress {
        while true {
            let progress = try readPart(into: &sink, limit: limit)
            if progress != .more { return progress }
        }
    }

    /// Reads as ``read(into:limit:)`` does, for about 5 ms: for a loop that has other things to do, since a map may have
    /// a great many slots and few elements.
    ///
    /// - Parameters:
    ///   - sink: Gets the begin, the elements and the end of the snapshot.
    ///   - limit: Elements to take at most; the end says whether there are more.
    /// - Returns: Whether the snapshot is done; if it is not, the next call goes on with it.
    /// - Throws: ``BPFError`` of the kernel. A snapshot that was begun has its end by then, which says that it failed.
    public mutating func readPart<Sink: SnapshotSink & ~Copyable>(
        into sink: inout Sink, limit: UInt64? = nil
    ) throws(BPFError) -> Progress {
        let end = MonotonicClock.nanoseconds + 5_000_000
        while true {
            switch state {
            case .idle: try begin()
            case .beginning(let head):
                guard sink.begin(head) else { return .sinkFull }
                state =
                    wasStopped
                    ? .ending(SnapshotEnd(elements: 0, ended: MonotonicClock.nanoseconds, extent: .limited)) : .reading
            case .reading:
                guard let extent = handOut(to: &sink, limit ?? .max) else { return .sinkFull }
                if let extent {
                    state = .ending(
                        SnapshotEnd(elements: elements, ended: MonotonicClock.nanoseconds, extent: extent))
                } else if MonotonicClock.nanoseconds >= end {
                    return .more
                } else {
                    fill()
                }
            case .ending(let end):
                guard sink.end(end) else { return .sinkFull }
                state = .idle
                if let failure { throw failure }
                return .done(end)
            }
        }
    }

    /// Whether the snapshot was ended by ``stop()``.
    package private(set) var wasStopped = false

    /// Has the snapshot that is read end with what has been handed out: as one that has no more than was asked for.
    package mutating func stop() {
        if case .beginning = state { wasStopped = true }
        guard case .reading = state else { return }
        wasStopped = true
        state = .ending(SnapshotEnd(elements: elements, ended: MonotonicClock.nanoseconds, extent: .limited))
    }

    private mutating func begin() throws(BPFError) {
        if !shape.isKnown { shape = try MapShape(map) }
        walk = try shape.walk(of: map, keeping: walk.buffer)
        number += 1
        elements = 0
        failure = nil
        wasStopped = false
        state = .beginning(
            SnapshotHead(
                source: source, number: number, began: MonotonicClock.nanoseconds, keySize: shape.keySize,
                valueSize: shape.valueSize, cpus: shape.cpus))
    }

    /// Hands out what was read.
    ///
    /// - Returns: How the snapshot ended, if it did (nil within); nil if the sink has no room.
    private mutating func handOut<Sink: SnapshotSink & ~Copyable>(
        to sink: inout Sink, _ limit: UInt64
    ) -> SnapshotEnd.Extent?? {
        while walk.buffer.taken < walk.buffer.count {
            guard elements < limit else { return .some(.limited) }
            let (at, keySize, room) = (walk.buffer.taken, walk.buffer.keySize, walk.buffer.room)
            let isTaken = unsafe sink.take(
                key: walk.buffer.keys.span.bytes.extracting((at * keySize)..<((at + 1) * keySize)),
                values: walk.buffer.values.span.bytes.extracting((at * room)..<((at + 1) * room)))
            guard isTaken else { return nil }
            walk.buffer.taken += 1
            elements += 1
        }
        if failure != nil { return .some(.failed) }
        return walk.isLast ? .some(walk.isUnsteady ? .unsteady : .whole) : .some(nil)
    }

    private mutating func fill() {
        do throws(BPFError) { try walk.fill(map) } catch { failure = error }
    }
}
