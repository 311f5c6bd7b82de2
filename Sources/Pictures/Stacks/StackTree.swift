// SPDX-License-Identifier: Apache-2.0

/// Stacks that have all come, to be walked: the children of each frame by name, and the weights of what is above each.
struct StackTree {
    let counts: StackCounts
    /// The weight of each node with all above it.
    let totals: [UInt64]
    /// The same of what these are compared with.
    let totalsBefore: [UInt64]
    /// Where the children of a node are in ``children``: from its own number to that of the next.
    private let starts: [Int]
    private let children: [Int32]

    init(_ counts: StackCounts) {
        let nodes = counts.nodes
        var totals = nodes.map(\.own)
        var before = nodes.map(\.before)
        var starts = [Int](repeating: 0, count: nodes.count + 1)
        // Children come behind their parents.
        for index in nodes.indices.dropFirst().reversed() {
            let parent = Int(nodes[index].parent)
            totals[parent] = totals[parent].saturating(adding: totals[index])
            before[parent] = before[parent].saturating(adding: before[index])
            starts[parent + 1] += 1
        }
        for index in nodes.indices { starts[index + 1] += starts[index] }
        // The order of names does not depend on the order in which stacks came.
        let names = counts.names
        let byName = names.indices.sorted { names[$0].utf8.lexicographicallyPrecedes(names[$1].utf8) }
        var rank = [Int](repeating: 0, count: names.count)
        for (place, name) in byName.enumerated() { rank[name] = place }
        let order = nodes.indices.dropFirst().sorted {
            let (one, other) = (nodes[$0], nodes[$1])
            let ranks = (rank[Int(one.name)], rank[Int(other.name)])
            return ranks.0 != ranks.1 ? ranks.0 < ranks.1 : one.kind.rawValue < other.kind.rawValue
        }
        var next = starts
        var children = [Int32](repeating: 0, count: max(nodes.count - 1, 0))
        for index in order {
            let parent = Int(nodes[index].parent)
            children[next[parent]] = Int32(truncatingIfNeeded: index)
            next[parent] += 1
        }
        (self.counts, self.totals, totalsBefore) = (counts, totals, before)
        (self.starts, self.children) = (starts, children)
    }

    func children(of node: Int) -> ArraySlice<Int32> { children[starts[node]..<starts[node + 1]] }

    func node(_ index: Int) -> StackCounts.Node { counts.nodes[index] }

    func name(_ index: Int) -> String {
        let name = Int(counts.nodes[index].name)
        return name >= 0 ? counts.names[name] : ""
    }

    /// Calls for each node in the order of names, outer ones first, with the nodes that lead to it.
    ///
    /// - Parameter body: Returns false to leave the rest out.
    func walk(_ body: (_ node: Int, _ path: [Int32]) -> Bool) {
        var path: [Int32] = []
        var open: [(node: Int32, depth: Int)] = children(of: 0).reversed().map { ($0, 0) }
        while let (node, depth) = open.popLast() {
            path.removeLast(path.count - depth)
            path.append(node)
            guard body(Int(node), path) else { return }
            for child in children(of: Int(node)).reversed() { open.append((child, depth + 1)) }
        }
    }
}
