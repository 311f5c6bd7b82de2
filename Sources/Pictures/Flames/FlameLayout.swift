// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

/// Where the frames of a flame graph lie: as wide as their weight, on top of their callers.
///
/// Frames that would be too narrow to be seen are one box beside the others of their caller, which counts them; no picture has
/// more than ``limit`` boxes.
struct FlameLayout {
    struct Box {
        /// The frame; of narrow ones their caller.
        let node: Int
        /// The weight to the left of it.
        let start: UInt64
        let weight: UInt64
        /// Frames below it.
        let depth: Int
        /// How many narrow frames it stands for; 0 for a frame itself.
        let narrow: Int
    }

    private(set) var boxes: [Box] = []
    /// The frames of the highest stack.
    private(set) var height = 0
    /// Frames that are in no box of their own.
    private(set) var hidden = 0

    /// Boxes of a picture, those of narrow frames not counted.
    static let limit = 8000
    /// Frames of less than this part of the whole are narrow: half a pixel of 1200.
    private static let parts: UInt64 = 2400

    init(_ tree: StackTree) {
        let total = tree.totals[0]
        guard total > 0 else { return }
        let least = Self.least(tree, total)
        boxes.append(Box(node: 0, start: 0, weight: total, depth: 0, narrow: 0))
        var open = [boxes[0]]
        while let box = open.popLast() {
            height = max(height, box.depth + 1)
            var start = box.start
            var (narrow, narrowWeight) = (0, UInt64(0))
            for child in tree.children(of: box.node) {
                let weight = tree.totals[Int(child)]
                guard weight >= least else {
                    guard weight > 0 else { continue }
                    narrow += 1
                    narrowWeight = narrowWeight.saturating(adding: weight)
                    continue
                }
                let above = Box(node: Int(child), start: start, weight: weight, depth: box.depth + 1, narrow: 0)
                boxes.append(above)
                open.append(above)
                start = start.saturating(adding: weight)
            }
            guard narrow > 0, narrowWeight >= least else { continue }
            height = max(height, box.depth + 2)
            boxes.append(
                Box(node: box.node, start: start, weight: narrowWeight, depth: box.depth + 1, narrow: narrow))
        }
        let drawn = boxes.reduce(0) { $0 + ($1.narrow == 0 ? 1 : 0) }
        hidden = tree.totals.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } - drawn
    }

    /// The weight that a frame needs for a box of its own.
    private static func least(_ tree: StackTree, _ total: UInt64) -> UInt64 {
        let least = max(total / parts, 1)
        var wide = tree.totals.filter { $0 >= least }
        guard wide.count > limit else { return least }
        wide.sort(by: >)
        // Those of the same weight are treated alike.
        return wide[limit].saturating(adding: 1)
    }
}
