// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// The type of the elements of a map (`struct { K key; V value; }`), and what a table shows beside them.
///
/// What is beside them is laid out behind the element, so that everything that shows, chooses or sorts events does so for
/// it too: `min` and `max` with the type of the value, `change` (`same`, `new` or `gone`), `delta` and `rate` with those
/// members of the value that are counters.
package struct ElementParts: Sendable {
    /// What is beside an element.
    package struct Extras: OptionSet, Sendable {
        /// The bits.
        package let rawValue: UInt8

        /// A choice by its bits.
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The least and the largest of the values of all CPUs.
        package static let extremes = Extras(rawValue: 1)
        /// What became of the element since the snapshot before.
        package static let changes = Extras(rawValue: 2)
    }

    /// The type with what is beside it.
    package let plan: DecodingPlan
    /// What is beside it.
    package let extras: Extras
    /// Where the value is in an element; empty where it has none.
    package let value: Range<Int>
    /// Whether the type ends with its value, as those of elements do; hostile ones claim more.
    package let endsWithValue: Bool
    /// The counters of the value; no more than ``counterLimit``.
    package let counters: [CounterPlace]
    /// Whether ``counters`` are all that there are.
    package let hasAllCounters: Bool
    /// Where the least and the largest values begin.
    package let extremes: (least: Int, largest: Int)
    /// Where it stands whether an element is new.
    package let change: Int
    /// Where the first change stands: 8 bytes each, in the order of ``counters``.
    package let deltas: Int
    /// Where the first change a second stands: so too, as `double`.
    package let rates: Int

    /// Counters of one element.
    ///
    /// A type has no more than two for each byte of its value either: those of hostile ones lie over each other, and each
    /// element takes as long as it has counters.
    package static let counterLimit = 4096

    /// Plans what is beside the elements of a type.
    package init(_ plan: DecodingPlan, _ wanted: Extras) {
        var layout = ElementLayout(plan)
        value = layout.value
        // The padding of the most that an alignment takes.
        endsWithValue = plan.size <= (layout.value.upperBound + 15) / 16 * 16
        counters = layout.counters
        hasAllCounters = layout.hasAllCounters
        extras = layout.canGrow ? wanted : []
        var (least, largest, change, deltas, rates) = (0, 0, 0, 0, 0)
        if extras.contains(.extremes) {
            least = layout.addCopy(named: "min")
            largest = layout.addCopy(named: "max")
        }
        var sent: ClosedRange<Int>?
        if extras.contains(.changes) {
            change = layout.addChange()
            deltas = layout.addNumbers(named: "delta", .integer)
            rates = layout.addNumbers(named: "rate", .float)
            if change < layout.size { sent = change...layout.size }
        }
        extremes = (least, largest)
        (self.change, self.deltas, self.rates) = (change, deltas, rates)
        self.plan =
            extras.isEmpty
            ? plan : DecodingPlan(plan, nodes: layout.nodes, tables: layout.tables, size: layout.size, sent: sent)
    }
}

/// Lays out what stands behind an element.
private struct ElementLayout {
    private(set) var nodes: [PlanNode]
    private(set) var tables: [EnumerationNames]
    private(set) var size: Int
    private(set) var value = 0..<0
    private(set) var counters: [CounterPlace] = []
    private(set) var hasAllCounters = true
    /// The value among the nodes.
    private var valueNode: Int?
    private let order: ByteOrder
    /// Counters that there may be.
    private var limit = 0
    /// Values that may be looked at: most of a large type may be no counters, in each element of an array.
    private var looks = 1 << 18

    init(_ plan: DecodingPlan) {
        nodes = plan.nodes
        tables = plan.tables
        size = (plan.size + 7) / 8 * 8
        order = plan.byteOrder
        guard let root = nodes.first, root.shape == .structure else { return }
        var at = 1
        while at < root.end {
            if nodes[at].name == "value" { valueNode = at }
            at = nodes[at].end
        }
        guard let valueNode else { return }
        value = nodes[valueNode].offset..<(nodes[valueNode].offset + nodes[valueNode].size)
        limit = min(ElementParts.counterLimit, 2 * max(value.count, 0))
        // A value that is one number, or an array of such, has no other name than its map.
        let map = plan.typeName.split(separator: " ").last.map { String($0) } ?? ""
        let isNamed = nodes[valueNode].shape != .structure
        addCounters(valueNode, base: 0, isNamed ? CPUMerge.byName(map) : nil)
    }

    /// Whether something can stand behind the element: nothing can behind an array that goes on to the end.
    var canGrow: Bool { valueNode != nil && !nodes.contains(where: \.isFlexible) && nodes.count < Planner.nodeLimit }

    /// - Parameter outer: What is said of what the value is within.
    private mutating func addCounters(_ index: Int, base: Int, _ outer: CPUMerge?) {
        let node = nodes[index]
        looks -= 1
        guard looks > 0 else {
            hasAllCounters = false
            return
        }
        let merge = node.merge ?? CPUMerge.byName(node.name) ?? outer
        switch node.shape {
        case .integer where node.isCounter:
            guard counters.count < limit else {
                hasAllCounters = false
                return
            }
            counters.append(CounterPlace(node.access.moved(by: base), merge: merge ?? .sum))
        case .structure:
            var at = index + 1
            while at < node.end {
                addCounters(at, base: base, merge)
                at = nodes[at].end
            }
        case .array:
            looks -= node.end - index
            guard hasCounters(index) else { return }
            for element in 0..<node.count {
                guard hasAllCounters, let distance = node.pace.times(element) else {
                    hasAllCounters = false
                    return
                }
                addCounters(index + 1, base: base + node.offset + distance.bytes, merge)
            }
        default: break
        }
    }

    private func hasCounters(_ index: Int) -> Bool {
        nodes[index..<nodes[index].end].contains { $0.isCounter }
    }

    /// Adds the value once more under another name.
    mutating func addCopy(named name: String) -> Int {
        guard let valueNode else { return size }
        let start = size
        let distance = nodes.count - valueNode
        let copied = nodes[valueNode..<nodes[valueNode].end]
        // The elements of an array count from their own start.
        var arrayEnd = 0
        for (index, node) in zip(copied.indices, copied) {
            var node = node
            if index == valueNode { node.name = name }
            if index >= arrayEnd { node.access = node.access.moved(by: start - value.lowerBound) }
            if node.shape == .array { arrayEnd = max(arrayEnd, node.end) }
            node.end += distance
            nodes.append(node)
        }
        grow(by: value.count)
        return start
    }

    private mutating func grow(by bytes: Int) {
        size += (bytes + 7) / 8 * 8
        nodes[0].extent = Extent(size)
        nodes[0].end = nodes.count
    }

    /// Adds what became of the element.
    mutating func addChange() -> Int {
        let start = size
        tables.append(EnumerationNames(counting: ["same", "new", "gone"]))
        var node = number(.enumeration, "change", at: start, bits: 8, isSigned: false)
        node.table = tables.count - 1
        nodes.append(node)
        grow(by: 8)
        return start
    }

    private func number(_ shape: PlanNode.Shape, _ name: String, at offset: Int, bits: Int, isSigned: Bool) -> PlanNode
    {
        PlanNode(
            shape: shape, name: name,
            access: ValueAccess(bitOffset: offset * 8, bits: bits, isSigned: isSigned, order: order),
            extent: Extent(bits / 8), end: nodes.count + 1)
    }

    /// Adds a number of 8 bytes for each counter of the value.
    mutating func addNumbers(named name: String, _ shape: PlanNode.Shape) -> Int {
        let start = size
        guard let valueNode, !counters.isEmpty, hasAllCounters else { return start }
        _ = addNumbers(like: valueNode, named: name, shape, at: start)
        grow(by: counters.count * 8)
        return start
    }

    /// Adds the numbers of a value, and tells the bytes that they take.
    private mutating func addNumbers(
        like index: Int, named name: String, _ shape: PlanNode.Shape, at offset: Int
    ) -> Int {
        let source = nodes[index]
        let place = nodes.count
        var bytes = 8
        nodes.append(number(shape, name, at: offset, bits: 64, isSigned: shape == .integer))
        if source.shape == .structure {
            bytes = 0
            nodes[place].shape = .structure
            var at = index + 1
            while at < source.end {
                let (next, name) = (nodes[at].end, nodes[at].name)
                if hasCounters(at) { bytes += addNumbers(like: at, named: name, shape, at: offset + bytes) }
                at = next
            }
            nodes[place].extent = Extent(bytes)
        } else if source.shape == .array {
            let stride = addNumbers(like: index + 1, named: "", shape, at: 0)
            bytes = stride * source.count
            nodes[place].shape = .array
            nodes[place].count = source.count
            nodes[place].pace = Extent(stride)
            nodes[place].extent = Extent(bytes)
        } else if source.format == .ns, shape == .integer {
            nodes[place].format = .ns
        }
        nodes[place].end = nodes.count
        return bytes
    }
}
