// SPDX-License-Identifier: Apache-2.0

/// Stacks with weights, those that begin alike put together: a tree whose root is no frame.
///
///     var counts = StackCounts()
///     counts.add([PictureFrame("sshd", .process), PictureFrame("read", .user)], weight: 3)
///
/// The memory is bounded: by ``nodeLimit`` frames, ``nameLimit`` bytes of names and ``depthLimit`` frames of one stack. What
/// has no room keeps its weight: it counts for the innermost frame that has, and ``cut`` says how much that is.
package struct StackCounts: Sendable {
    struct Node: Sendable {
        let name: Int32
        let kind: PictureFrame.Kind
        let parent: Int32
        /// The weight of the stacks that end here.
        var own: UInt64 = 0
        /// The same of those that these are compared with.
        var before: UInt64 = 0
    }

    private struct Edge: Hashable {
        let parent: Int32
        let name: Int32
        let kind: PictureFrame.Kind
    }

    /// Frames of all stacks.
    package static let nodeLimit = 1 << 18
    /// Bytes of the names of all frames; what a name takes beside (some 64) is limited by ``nodeLimit``.
    package static let nameLimit = 16 << 20
    /// Frames of one stack.
    package static let depthLimit = 1024

    /// Parents come before their children; the first one is the root.
    private(set) var nodes = [Node(name: -1, kind: .note, parent: -1)]
    private(set) var names: [String] = []
    private var numbers: [String: Int32] = [:]
    private var nameBytes = 0
    private var edges: [Edge: Int32] = [:]
    private let limit: Int

    /// The weight of all stacks.
    package private(set) var total: UInt64 = 0
    /// The same of those that these are compared with; nil if there are none.
    package private(set) var totalBefore: UInt64?
    /// The weight of stacks whose innermost frames had no room.
    package private(set) var cut: UInt64 = 0
    /// Whether there are none.
    package var isEmpty: Bool { total == 0 && (totalBefore ?? 0) == 0 }
    /// How many different frames in different places there are.
    package var frameCount: Int { nodes.count - 1 }

    /// Creates no stacks.
    ///
    /// - Parameter limit: Frames of all stacks.
    package init(limit: Int = StackCounts.nodeLimit) { self.limit = min(max(limit, 1), Self.nodeLimit) }

    /// Adds a stack.
    ///
    /// - Parameters:
    ///   - frames: Its frames, the outermost first.
    ///   - weight: How much it counts.
    package mutating func add(_ frames: some Sequence<PictureFrame>, weight: UInt64) {
        guard weight > 0 else { return }
        let (place, isWhole) = place(of: frames)
        nodes[place].own = nodes[place].own.saturating(adding: weight)
        total = total.saturating(adding: weight)
        if !isWhole { cut = cut.saturating(adding: weight) }
    }

    /// Adds the stacks of others to these.
    package mutating func add(_ others: StackCounts) { merge(others, asBefore: false) }

    /// Compares these with others: what was before.
    package mutating func compare(with others: StackCounts) { merge(others, asBefore: true) }

    private mutating func merge(_ others: StackCounts, asBefore: Bool) {
        if asBefore { totalBefore = (totalBefore ?? 0).saturating(adding: others.total) }
        if !asBefore { total = total.saturating(adding: others.total) }
        cut = cut.saturating(adding: others.cut)
        // Where each of the others' frames is here, and whether it had no room: parents come first.
        var places = [Int](repeating: 0, count: others.nodes.count)
        var isCut = [Bool](repeating: false, count: others.nodes.count)
        for (index, node) in others.nodes.enumerated() {
            if index > 0 {
                let parent = Int(node.parent)
                // What a frame without room has called is not what the one around it has called.
                let frame = PictureFrame(others.names[Int(node.name)], node.kind)
                let child = isCut[parent] ? nil : child(of: places[parent], frame)
                isCut[index] = child == nil
                places[index] = child ?? places[parent]
            }
            let place = places[index]
            if asBefore {
                nodes[place].before = nodes[place].before.saturating(adding: node.own)
            } else {
                nodes[place].own = nodes[place].own.saturating(adding: node.own)
            }
            if isCut[index] { cut = cut.saturating(adding: node.own) }
        }
    }

    /// The node of a stack, and whether it has all of its frames.
    private mutating func place(of frames: some Sequence<PictureFrame>) -> (Int, isWhole: Bool) {
        var (place, depth) = (0, 0)
        for frame in frames {
            guard depth < Self.depthLimit, let next = child(of: place, frame) else { return (place, false) }
            place = next
            depth += 1
        }
        return (place, true)
    }

    private mutating func child(of parent: Int, _ frame: PictureFrame) -> Int? {
        let parent = Int32(truncatingIfNeeded: parent)
        if let name = numbers[frame.name], let known = edges[Edge(parent: parent, name: name, kind: frame.kind)] {
            return Int(known)
        }
        // A name is kept for a frame that has room only, so that there are no more names than frames.
        guard nodes.count <= limit, let name = number(of: frame.name) else { return nil }
        let edge = Edge(parent: parent, name: name, kind: frame.kind)
        let number = nodes.count
        edges[edge] = Int32(truncatingIfNeeded: number)
        nodes.append(Node(name: name, kind: frame.kind, parent: edge.parent))
        return number
    }

    private mutating func number(of name: String) -> Int32? {
        if let known = numbers[name] { return known }
        guard nameBytes + name.utf8.count <= Self.nameLimit else { return nil }
        nameBytes += name.utf8.count
        let number = Int32(truncatingIfNeeded: names.count)
        names.append(name)
        numbers[name] = number
        return number
    }
}

extension UInt64 {
    /// A sum that is the largest number where it would be beyond.
    package func saturating(adding other: UInt64) -> UInt64 {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}
