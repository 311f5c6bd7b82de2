// SPDX-License-Identifier: Apache-2.0

/// Memory that a helper gave to the program: what gave it, and bytes from its start.
struct GivenMemory: Hashable {
    /// What gives memory.
    enum Giver: Hashable, Comparable {
        /// A map, by its index: a value of it.
        case value(of: Int)
        /// A ring buffer, by the index of its map: room for an event.
        case room(in: Int)
    }

    /// One of these, in their order.
    let givers: [Giver]
    let offset: Int

    /// How many givers are told apart.
    private static let most = 4
    /// Bytes from the start of what is given, in either direction.
    private static let farthest = 1 << 20

    init(_ giver: Giver) {
        givers = [giver]
        offset = 0
    }

    private init(_ givers: [Giver], _ offset: Int) {
        self.givers = givers
        self.offset = offset
    }

    /// So many bytes further on; nil beyond what is ever given.
    func moved(by distance: Int) -> GivenMemory? {
        let (offset, overflow) = offset.addingReportingOverflow(distance)
        return overflow || offset.magnitude > Self.farthest.magnitude ? nil : GivenMemory(givers, offset)
    }

    /// What is known if the code came with either; nil for nothing.
    func joined(_ other: GivenMemory) -> GivenMemory? {
        guard offset == other.offset else { return nil }
        let all = Set(givers).union(other.givers)
        return all.count <= Self.most ? GivenMemory(all.sorted(), offset) : nil
    }

    /// The map whose value it is, if it is the start of one.
    var map: Int? {
        if offset == 0, givers.count == 1, case .value(let map) = givers[0] { map } else { nil }
    }
}
