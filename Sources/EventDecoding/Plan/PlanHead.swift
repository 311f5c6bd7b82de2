// SPDX-License-Identifier: Apache-2.0

/// Makes of the plan of a whole type that of what is sent of it.
///
/// A member that no event has is no value of the plan: nothing is shown for it, and nothing can be asked of it.
struct PlanHead {
    private let whole: [PlanNode]
    /// Bytes that every event has.
    private let fixed: Int
    private var kept: [PlanNode] = []

    /// The values that lie within the first bytes of an event, all of them.
    ///
    /// - Parameters:
    ///   - nodes: The plan of the whole type.
    ///   - size: The bytes that are sent.
    static func cut(_ nodes: [PlanNode], to size: Int) -> [PlanNode] {
        guard let root = nodes.first, root.shape == .structure else { return nodes }
        var head = PlanHead(whole: nodes, fixed: size)
        head.add(0)
        return head.kept
    }

    /// The plan of events of which a varying part of an array is sent, that all else is in front of.
    ///
    /// - Returns: Nil if something else varies.
    static func varying(_ nodes: [PlanNode], from size: Int) -> (nodes: [PlanNode], tail: Int)? {
        var nodes = nodes
        var tail: Int?
        var index = 0
        while index < nodes.count {
            let node = nodes[index]
            // What is in an array is told by the array.
            let next = node.shape == .structure ? index + 1 : node.end
            if node.shape != .structure, !isWithin(node, size) {
                let isArray = [.text, .octets, .array].contains(node.shape) && node.stride > 0
                guard tail == nil, isArray, node.offset <= size, next == nodes.count else { return nil }
                tail = index
            }
            index = next
        }
        guard let tail else { return nil }
        nodes[tail].isFlexible = true
        nodes[tail].extent = Extent(0)
        nodes[tail].count = 0
        return (nodes, nodes[tail].offset)
    }

    private static func isWithin(_ node: PlanNode, _ size: Int) -> Bool {
        switch node.shape {
        case .integer, .boolean, .float, .enumeration, .pointer: node.offset + node.access.byteCount <= size
        case .text, .octets, .array, .structure, .opaque: !node.isFlexible && node.offset + node.size <= size
        }
    }

    private mutating func add(_ index: Int) {
        let place = kept.count
        var node = whole[index]
        guard node.shape == .structure else {
            guard Self.isWithin(node, fixed) else { return }
            // What is within an array goes with it.
            let distance = place - index
            for inner in whole[index..<node.end] {
                var inner = inner
                inner.end += distance
                kept.append(inner)
            }
            return
        }
        if node.offset + node.size > fixed { node.extent = Extent(max(fixed - node.offset, 0)) }
        kept.append(node)
        var at = index + 1
        while at < whole[index].end {
            add(at)
            at = whole[at].end
        }
        kept[place].end = kept.count
        // A structure of which nothing is there is not there.
        if index > 0, kept.count == place + 1, whole[index].size > 0 { kept.removeLast() }
    }
}
