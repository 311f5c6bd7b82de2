// SPDX-License-Identifier: Apache-2.0

package import BTF

/// What is where in the events of a type: made once from BTF, so that an event costs no look-up by name.
///
/// A plan is bounded whatever the type is: 16,384 values (those of each element of an array counted once), 4 MiB of
/// names and paths, and 32 types within each other.
package struct DecodingPlan: Sendable {
    /// The type as C writes it, such as `struct event`.
    package let typeName: String
    /// Bytes of an event, those of a flexible array at its end not counted.
    package let size: Int
    /// The order of the bytes of its numbers.
    package let byteOrder: ByteOrder
    /// Whether the lowest byte of a number comes first.
    package var isLittleEndian: Bool { byteOrder == .little }
    /// The values of an event in their order: numbers, texts and whole arrays.
    ///
    /// The members of structures have dotted paths (`key.saddr`), those of anonymous ones are as if they were of the
    /// structure around them, as in C.
    package let columns: [EventField]
    /// The same for eyes: a structure that is shown as one text, such as an address, is one of them.
    package let cells: [EventField]

    /// The sizes that events have where not all of the type is sent; nil if events of any size may have the type.
    package let sent: ClosedRange<Int>?

    let nodes: [PlanNode]
    let tables: [EnumerationNames]
    /// Bytes of the names that it holds, of the paths to them, and of enumerators.
    package let nameBytes: Int
    /// What the planning took: the members that were looked at.
    package let work: Int

    /// Plans the decoding of a type.
    ///
    /// - Parameters:
    ///   - schema: The type.
    ///   - sent: The sizes of its events, if a program sends only the head of it (`EventType.sent`): what is never sent
    ///     is then no value.
    /// - Throws: An error if the BTF cannot be read, or has more types in the event than are planned for.
    package init(_ schema: EventSchema, sent: ClosedRange<Int>? = nil) throws(DecodingError) {
        let btf: BTF
        do throws(BTFError) {
            btf = try BTF(parsing: schema.btf)
        } catch {
            throw DecodingError(.damaged("\(error)"), schema.name)
        }
        guard btf[schema.typeID] != nil, let size = btf.size(of: schema.typeID) else {
            throw DecodingError(.noType(id: schema.typeID), schema.name)
        }
        let planner = try Planner(btf, root: schema.typeID, typeName: schema.name)
        typeName = schema.name
        self.sent = sent
        (nodes, self.size) = Self.part(planner.nodes, Extent(size).bytes, sent)
        byteOrder = btf.byteOrder
        tables = planner.tables
        nameBytes = planner.nameBytes
        work = planner.visits
        columns = Self.columns(nodes, planner.tables)
        cells = Self.columns(nodes, planner.tables, joined: \.isOneText)
    }

    /// Of the values of a type those that are sent, and the bytes that they take.
    private static func part(
        _ nodes: [PlanNode], _ size: Int, _ sent: ClosedRange<Int>?
    ) -> (nodes: [PlanNode], size: Int) {
        guard let sent, sent.lowerBound < size else { return (nodes, size) }
        guard sent.lowerBound < sent.upperBound else {
            return (PlanHead.cut(nodes, to: sent.lowerBound), sent.lowerBound)
        }
        if let (nodes, tail) = PlanHead.varying(nodes, from: sent.lowerBound) { return (nodes, tail) }
        return (nodes, size)
    }

    /// A structure of this machine that has numbers, none of which needs padding in front of it.
    init(typeName: String, numbers: [(name: String, bits: Int, isSigned: Bool)]) {
        var offset = 0
        var nodes: [PlanNode] = []
        func add(_ shape: PlanNode.Shape, _ name: String, _ bits: Int, _ isSigned: Bool, size: Int) {
            nodes.append(
                PlanNode(
                    shape: shape, name: name,
                    access: ValueAccess(bitOffset: offset, bits: bits, isSigned: isSigned, order: .native),
                    extent: Extent(size), end: nodes.count + 1))
        }
        let size = numbers.reduce(0) { $0 + $1.bits } / 8
        add(.structure, "", 8, false, size: size)
        for number in numbers {
            add(.integer, number.name, number.bits, number.isSigned, size: number.bits / 8)
            offset += number.bits
        }
        nodes[0].end = nodes.count
        self.typeName = typeName
        self.size = size
        sent = nil
        byteOrder = .native
        self.nodes = nodes
        tables = []
        (nameBytes, work) = (0, 0)
        columns = Self.columns(nodes, [])
        cells = columns
    }

    /// A plan of nodes that were made by hand.
    init(typeName: String, _ nodes: [PlanNode], size: Int, _ order: ByteOrder) {
        (self.typeName, self.nodes, self.size, byteOrder) = (typeName, nodes, size, order)
        (nameBytes, work) = (0, 0)
        sent = nil
        tables = []
        columns = Self.columns(nodes, [])
        cells = columns
    }

    /// The plan of a type with something behind it that no program sends.
    init(_ plan: DecodingPlan, nodes: [PlanNode], tables: [EnumerationNames], size: Int, sent: ClosedRange<Int>?) {
        typeName = plan.typeName
        byteOrder = plan.byteOrder
        (nameBytes, work) = (plan.nameBytes, plan.work)
        (self.nodes, self.tables, self.size, self.sent) = (nodes, tables, size, sent)
        columns = Self.columns(nodes, tables)
        cells = Self.columns(nodes, tables, joined: \.isOneText)
    }

    /// The plan of events whose type nobody tells: it has no values, so that all of an event is what is left over.
    package static let unknown = DecodingPlan(typeName: "bytes", numbers: [])

    /// How many values and structures are planned, those of each element of an array counted once.
    package var valueCount: Int { nodes.count }

    /// Whether it is ``unknown``.
    package var isUnknown: Bool { nodes.count == 1 && size == 0 }

    /// Whether the type is no structure, so that it has one value, whose path is `value`.
    package var isValue: Bool { nodes.first.map { $0.shape != .structure } ?? false }

    /// The values of an event, structures taken apart but for those that are joined.
    static func columns(
        _ nodes: [PlanNode], _ tables: [EnumerationNames], joined: (PlanNode) -> Bool = { _ in false }
    ) -> [EventField] {
        guard let root = nodes.first else { return [] }
        guard root.shape == .structure else {
            return [EventField(path: "value", node: 0, base: 0, nodes, tables)]
        }
        var columns: [EventField] = []
        var open: [(path: String, end: Int)] = []
        var index = 1
        while index < nodes.count {
            while let last = open.last, index >= last.end { open.removeLast() }
            let node = nodes[index]
            let path = (open.last.map { $0.path + "." } ?? "") + node.name
            if node.shape == .structure, !joined(node) {
                open.append((path, node.end))
                index += 1
            } else {
                columns.append(EventField(path: path, node: index, base: 0, nodes, tables))
                index = node.end
            }
        }
        return columns
    }

    /// The paths of all columns, for messages about a name that is not among them.
    package var fieldNames: [String] { columns.map(\.path) }

    /// The place that a path names: `pid`, `key.saddr`, `args[2]`, also a whole structure; nil if there is none.
    package func field(_ path: String) -> EventField? {
        if path == "value", isValue { return columns.first }
        var rest = path[...]
        var index = 0
        var base = 0
        var isFirst = true
        while let first = rest.first {
            if first == "[" {
                guard let close = rest.firstIndex(of: "]"),
                    let number = Int(rest[rest.index(after: rest.startIndex)..<close]),
                    let element = element(number, of: index, base)
                else { return nil }
                (index, base) = element
                rest = rest[rest.index(after: close)...]
            } else {
                guard isFirst != (first == ".") else { return nil }
                if first == "." { rest = rest.dropFirst() }
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard let member = member(name, of: index) else { return nil }
                index = member
                rest = rest.dropFirst(name.count)
            }
            isFirst = false
        }
        return isFirst ? nil : EventField(path: path, node: index, base: base, nodes, tables)
    }

    private func member(_ name: Substring, of index: Int) -> Int? {
        guard index < nodes.count, nodes[index].shape == .structure, !name.isEmpty else { return nil }
        var at = index + 1
        while at < nodes[index].end {
            if nodes[at].name[...] == name { return at }
            at = nodes[at].end
        }
        return nil
    }

    /// An element of an array that has a plan of its own, and where it is.
    private func element(_ number: Int, of index: Int, _ base: Int) -> (node: Int, base: Int)? {
        let node = nodes[index]
        guard node.shape == .array, number >= 0, node.isFlexible || number < node.count, index + 1 < node.end else {
            return nil
        }
        guard let distance = node.pace.times(number) else { return nil }
        return (index + 1, base + node.offset + distance.bytes)
    }
}
