// SPDX-License-Identifier: Apache-2.0

/// An array of counters in the elements of a map, such as the buckets of a histogram.
package struct CounterArray: Sendable {
    /// Where it is: `value.slots`, `value.hists[3].slots`.
    package let path: String
    /// The same without numbers of elements: `value.hists.slots`.
    package let member: String
    /// Its own name.
    package let name: String
    /// The type of the structure that it is in; empty if it has no name.
    package let owner: String
    /// How many counters it has.
    package let count: Int
    /// What its author says of it by `btf_decl_tag("hist:…")`; nil for nothing.
    package let note: String?
    private let first: CounterPlace
    private let stride: Int

    init(
        path: String, member: String, owner: String, note: String?, _ array: PlanNode, _ element: PlanNode, base: Int
    ) {
        self.path = path
        self.member = member
        self.owner = owner
        self.note = note
        name = array.name
        count = array.count
        first = CounterPlace(element.access.moved(by: base + array.offset))
        stride = array.stride
    }

    /// Where its first counter is.
    package var offset: Int { first.offset }

    /// A counter; nil where the element ends before it.
    package func load(_ index: Int, _ element: RawSpan) -> UInt64? {
        let start = index * stride
        guard start <= element.byteCount else { return nil }
        return first.load(element.extracting(start..<element.byteCount))
    }

    /// Arrays of one type.
    package static let limit = 1024
    /// Counters of one array.
    package static let countLimit = 4096
    /// Bytes of the paths of all of them.
    static let pathLimit = 256 << 10
}

extension DecodingPlan {
    /// The arrays of counters that the value of an element has; no more than ``CounterArray/limit``.
    package func counterArrays() -> [CounterArray] {
        var search = ArraySearch(nodes: nodes)
        guard let root = nodes.first, root.shape == .structure else { return [] }
        var at = 1
        while at < root.end {
            if nodes[at].name == "value" {
                search.end = nodes[at].offset + nodes[at].size
                search.add(at, "", "value", owner: "", base: 0)
            }
            at = nodes[at].end
        }
        return search.found
    }
}

/// Looks for the arrays of counters in a type, which is not trusted.
private struct ArraySearch {
    let nodes: [PlanNode]
    var found: [CounterArray] = []
    /// Where the value ends: an array that goes on behind it is none.
    var end = 0
    private var paths = 0
    private var looks = 1 << 18

    init(nodes: [PlanNode]) { self.nodes = nodes }

    mutating func add(_ index: Int, _ path: String, _ member: String, owner: String, base: Int) {
        looks -= 1
        guard found.count < CounterArray.limit, looks > 0 else { return }
        let node = nodes[index]
        let path = path.isEmpty ? member : path
        if node.shape == .structure {
            var at = index + 1
            while at < node.end {
                let name = nodes[at].name
                if mayHaveArrays(at) {
                    add(at, "\(path).\(name)", "\(member).\(name)", owner: node.typeName, base: base)
                }
                at = nodes[at].end
            }
        } else if node.shape == .array, index + 1 < node.end {
            let element = nodes[index + 1]
            if element.isCounter {
                guard node.count > 1, node.count <= CounterArray.countLimit,
                    base + node.offset + node.stride * node.count <= end
                else { return }
                paths += path.utf8.count + member.utf8.count
                guard paths <= CounterArray.pathLimit else { return }
                found.append(
                    CounterArray(
                        path: path, member: member, owner: owner, note: node.histogramNote, node, element, base: base))
            } else if element.shape == .structure || element.shape == .array {
                for number in 0..<node.count {
                    guard found.count < CounterArray.limit, looks > 0, let distance = node.pace.times(number) else {
                        return
                    }
                    let before = found.count
                    add(
                        index + 1, "\(path)[\(number)]", member, owner: owner,
                        base: base + node.offset + distance.bytes)
                    // An element that has none has none in any other.
                    if found.count == before { return }
                }
            }
        }
    }

    private func mayHaveArrays(_ index: Int) -> Bool {
        nodes[index].shape == .structure || nodes[index].shape == .array
    }
}
