// SPDX-License-Identifier: Apache-2.0

package import EventDecoding
internal import EventSummaries

extension StackCounts {
    /// Writes the stacks as speedscope's JSON (`https://www.speedscope.app/file-format-schema.json`): a sampled profile whose
    /// samples are the different stacks.
    ///
    /// What the picture lacks is in its name, where speedscope shows it.
    ///
    /// - Parameter each: Called behind each sample.
    /// - Returns: The weight of the stacks that are left out, as the text has no more than ``textLimit`` bytes.
    package func writeSpeedscope(
        _ legend: PictureLegend, to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void
    ) -> UInt64 {
        let tree = StackTree(self)
        // A frame of two kinds is two frames.
        var numbers: [PictureFrame: Int] = [:]
        var frames: [PictureFrame] = []
        var numberOfNode = [Int](repeating: 0, count: nodes.count)
        for index in nodes.indices.dropFirst() {
            let frame = PictureFrame(tree.name(index), nodes[index].kind)
            let number = numbers[frame] ?? frames.count
            if number == frames.count {
                numbers[frame] = number
                frames.append(frame)
            }
            numberOfNode[index] = number
        }
        lines.append("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"name\":")
        let title = ([legend.title] + legend.notes).filter { !$0.isEmpty }.joined(separator: "; ")
        lines.appendJSON(title)
        lines.append(",\"exporter\":")
        lines.appendJSON(legend.exporter)
        lines.append(",\"activeProfileIndex\":0,\"shared\":{\"frames\":[")
        for (index, frame) in frames.enumerated() {
            if index > 0 { lines.append(",") }
            lines.append("\n{\"name\":")
            lines.appendJSON(frame.name)
            if let file = frame.kind.file {
                lines.append(",\"file\":")
                lines.appendJSON(file)
            }
            lines.append("}")
            each(&lines)
        }
        lines.append("]},\"profiles\":[{\"type\":\"sampled\",\"name\":")
        lines.appendJSON(title)
        lines.append(",\"unit\":")
        lines.appendJSON(legend.unit.speedscopeName)
        lines.append(",\"startValue\":0,\"endValue\":")
        let (shown, leftOut) = shownWeight(tree)
        lines.append(shown)
        lines.append(",\"samples\":[")
        writeSamples(tree, numberOfNode, to: &lines, each)
        lines.append("],\"weights\":[")
        writeWeights(tree, to: &lines, each)
        lines.append("]}]}\n")
        each(&lines)
        return leftOut
    }

    /// What a frame takes in a sample at most.
    private static let frameCost = 7

    /// Calls for each stack that there is room for.
    private func forEachShown(_ tree: StackTree, _ body: (_ node: Int, _ path: [Int32], _ isShown: Bool) -> Void) {
        var left = Self.textLimit
        tree.walk { index, path in
            guard tree.node(index).own > 0 else { return true }
            let cost = path.count * Self.frameCost + 8
            body(index, path, cost <= left)
            left -= min(cost, left)
            return true
        }
    }

    private func shownWeight(_ tree: StackTree) -> (shown: UInt64, leftOut: UInt64) {
        var (shown, leftOut) = (UInt64(0), UInt64(0))
        forEachShown(tree) { index, _, isShown in
            let weight = tree.node(index).own
            if isShown {
                shown = shown.saturating(adding: weight)
            } else {
                leftOut = leftOut.saturating(adding: weight)
            }
        }
        return (shown, leftOut)
    }

    private func writeSamples(
        _ tree: StackTree, _ numbers: [Int], to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void
    ) {
        var isFirst = true
        forEachShown(tree) { _, path, isShown in
            guard isShown else { return }
            lines.append(isFirst ? "[" : ",\n[")
            isFirst = false
            for (place, node) in path.enumerated() {
                if place > 0 { lines.append(",") }
                lines.append(UInt64(numbers[Int(node)]))
            }
            lines.append("]")
            each(&lines)
        }
    }

    private func writeWeights(
        _ tree: StackTree, to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void
    ) {
        var isFirst = true
        forEachShown(tree) { index, _, isShown in
            guard isShown else { return }
            if !isFirst { lines.append(",") }
            isFirst = false
            lines.append(tree.node(index).own)
            each(&lines)
        }
    }
}

extension PictureFrame.Kind {
    /// What speedscope colours frames by.
    fileprivate var file: String? {
        switch self {
        case .kernel: "[kernel]"
        case .process: "[process]"
        case .user, .inlined, .note: nil
        }
    }
}

extension SummaryUnit {
    /// The unit as speedscope names it.
    fileprivate var speedscopeName: String {
        switch self {
        case .none: "none"
        case .bytes: "bytes"
        case .time(1_000, _): "microseconds"
        case .time(1_000_000, _): "milliseconds"
        case .time: "nanoseconds"
        }
    }
}
