// SPDX-License-Identifier: Apache-2.0

/// Queues whose times never fall, and a heap of their heads: a merge.
///
/// An event goes behind the latest tail that is not after it. So there are as few queues as there can be: about one
/// for each ring, and not more than about twice the root of their number where events come in random order.
struct SortedRuns: ~Copyable {
    private struct Run {
        var tail: UInt64
        var last: EventStore.Place
        var isEmpty = false
    }

    /// The first event of a queue.
    struct Head {
        var time: UInt64
        var sequence: UInt64
        var place: EventStore.Place
        fileprivate var run: Int

        @inline(__always)
        fileprivate static func < (left: Head, right: Head) -> Bool {
            left.time < right.time || (left.time == right.time && left.sequence < right.sequence)
        }
    }

    /// More of one capture are of use only where times fall all the time.
    static let limit = 4096

    private let limit: Int

    /// No queues.
    ///
    /// - Parameter limit: As many there can be.
    init(limit: Int = Self.limit) { self.limit = limit }

    /// In the order of falling tails; an event in front of all tails begins a queue at the end.
    private var runs: [Run] = []
    private var heads: [Head] = []
    private var recent = 0

    /// The event that is next.
    @inline(__always)
    var first: Head? { heads.first }

    /// The place in ``runs`` where an event can go; nil if there is none.
    @inline(__always)
    mutating func run(for time: UInt64) -> Int? {
        // Events of a ring come many at a time.
        if recent < runs.count, runs[recent].tail <= time, recent == 0 || runs[recent &- 1].tail > time {
            return recent
        }
        return search(time)
    }

    private mutating func search(_ time: UInt64) -> Int? {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].tail <= time { high = middle } else { low = middle + 1 }
        }
        guard low < limit else { return nil }
        recent = low
        return low
    }

    /// Puts an event, which is stored already, into a queue that ``run(for:)`` named.
    @inline(__always)
    mutating func append(
        _ place: EventStore.Place, time: UInt64, sequence: UInt64, to run: Int, in store: inout EventStore
    ) {
        if run < runs.count, !runs[run].isEmpty {
            store.link(runs[run].last, to: place)
            runs[run].tail = time
            runs[run].last = place
            return
        }
        if run == runs.count {
            runs.append(Run(tail: time, last: place))
        } else {
            runs[run] = Run(tail: time, last: place)
        }
        heads.append(Head(time: time, sequence: sequence, place: place, run: run))
        siftUp()
    }

    /// Removes the first event from its queue; it is still stored.
    @inline(__always)
    mutating func removeFirst(in store: borrowing EventStore) {
        guard let first = heads.first else { return }
        if let next = store.next(after: first.place) {
            let front = store.front(at: next)
            heads[0] = Head(time: front.time, sequence: front.sequence, place: next, run: first.run)
        } else {
            runs[first.run].isEmpty = true
            let last = heads.removeLast()
            guard !heads.isEmpty else { return }
            heads[0] = last
        }
        siftDown()
    }

    /// Forgets the queues, which are empty.
    mutating func reset() {
        precondition(heads.isEmpty)
        runs.removeAll(keepingCapacity: true)
        recent = 0
    }

    private mutating func siftUp() {
        var at = heads.count - 1
        let head = heads[at]
        while at > 0 {
            let parent = (at - 1) / 2
            guard head < heads[parent] else { break }
            heads[at] = heads[parent]
            at = parent
        }
        heads[at] = head
    }

    @inline(__always)
    private mutating func siftDown() {
        let count = heads.count
        let head = heads[0]
        var at = 0
        while true {
            var child = at &* 2 &+ 1
            guard child < count else { break }
            if child &+ 1 < count, heads[child &+ 1] < heads[child] { child &+= 1 }
            guard heads[child] < head else { break }
            heads[at] = heads[child]
            at = child
        }
        if at > 0 { heads[at] = head }
    }
}
