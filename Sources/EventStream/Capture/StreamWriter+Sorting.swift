// SPDX-License-Identifier: Apache-2.0

extension StreamWriter {
    /// What a sorted capture's order costs so far: the records that wait for it, those that came too late for it, and
    /// those that did not wait because the memory was full.
    public var sorting: (waiting: Int, late: UInt64, forced: UInt64) {
        (sorter.entries.count, sorter.late, sorter.forced)
    }

    /// Begins a round of draining every ring.
    ///
    /// Until ``finishRound(isComplete:)`` says that every ring was drained, the round goes on, and further calls only tell
    /// the time.
    ///
    /// - Parameter now: The time in ns of the clock that the samples have; records without a time get it as the time at
    ///   which they were read.
    public mutating func beginRound(at now: UInt64) {
        // A round that goes on may do so for long, while nobody takes what it has read.
        progress.readTime = now
        if sorter.roundStart == nil { sorter.roundStart = now }
    }

    /// Ends a round, or a part of one: what is complete can be written.
    ///
    /// In a sorted capture that is what happened before a round began that drained every ring, less a millisecond.
    ///
    /// - Parameter isComplete: Whether every ring was drained since the round began.
    /// - Returns: False if there is more, and what is there must be written first.
    public mutating func finishRound(isComplete: Bool) -> Bool {
        if isComplete, let start = sorter.roundStart {
            sorter.complete = max(sorter.complete, start - min(start, TimeSorter.margin))
            sorter.roundStart = nil
        }
        defer { finishBlock() }
        return giveOut(before: sorter.complete)
    }

    /// Gives out all records that wait for their order: the rings are drained for the last time.
    ///
    /// - Returns: False if there are more, and what is there must be written first.
    public mutating func flushSorted() -> Bool {
        sorter.entries.isEmpty || giveOut(before: nil)
    }

    /// Makes room for a record; where there is none, half of those that wait go out before their time.
    @inline(__always)
    mutating func makeSortingRoom(for count: Int) -> Bool {
        while !sorter.hasRoom(for: count) {
            guard forceOut() else { return false }
        }
        return true
    }

    @inline(never)
    private mutating func forceOut() -> Bool {
        sorter.sort()
        let waiting = sorter.entries.count
        let isDone = giveOutFirst((waiting + 1) / 2)
        sorter.forced += UInt64(waiting - sorter.entries.count)
        return isDone
    }

    private mutating func giveOut(before time: UInt64?) -> Bool {
        guard !sorter.entries.isEmpty else { return true }
        sorter.sort()
        return giveOutFirst(time.map { sorter.count(before: $0) } ?? sorter.entries.count)
    }

    private mutating func giveOutFirst(_ count: Int) -> Bool {
        var given = 0
        while given < count {
            let entry = sorter.entries[given]
            guard makeRoom(for: Int(entry.count), layout: [.context, .merged]) else { break }
            sorter.copy(entry, into: &buffer)
            block.note(time: entry.time)
            block.count += 1
            sorter.noteGiven(entry.time)
            given += 1
        }
        if given > 0 { sorter.removeFirst(given) }
        return given == count
    }
}
