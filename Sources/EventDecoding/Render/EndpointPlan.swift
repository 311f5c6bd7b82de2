// SPDX-License-Identifier: Apache-2.0

/// Where the parts of one end of a connection lie: an address, and beside it a port and a family.
///
/// They are found by their names, once for a type: the port of `saddr` is `sport`, that of `src_ip` is `src_port`; the
/// family is `family`, `sa_family`, `af` or `ipver`, and says which half of a union counts.
struct EndpointPlan: Sendable {
    /// Where the address lies, and its bytes: 4 or 16.
    private let address: (offset: Int, size: Int)
    private let port: ValueAccess?
    private let family: ValueAccess?

    /// The plans of all values that are shown as such an end; none of those whose bytes say it all, as sockets' addresses.
    ///
    /// - Parameter formats: Those of the nodes; a structure with no address in it is no end, and loses that format.
    static func find(in nodes: [PlanNode], _ formats: inout [ValueFormat?]) -> [Int: EndpointPlan] {
        var plans: [Int: EndpointPlan] = [:]
        // The structures that the value at hand is in, with the members that have been looked up.
        var open: [(index: Int, names: [String: Int]?)] = []
        for (index, node) in nodes.enumerated() {
            while let last = open.last, index >= nodes[last.index].end { open.removeLast() }
            if formats[index] == .endpoint {
                if node.addressSize != nil {
                    if !open.isEmpty {
                        let last = open.count - 1
                        if open[last].names == nil { open[last].names = members(of: open[last].index, nodes) }
                        plans[index] = EndpointPlan(address: index, open[last].names ?? [:], nodes)
                    } else {
                        plans[index] = EndpointPlan(address: index, [:], nodes)
                    }
                } else if node.shape == .structure, !node.isSocketAddress {
                    plans[index] = within(index, nodes)
                    if plans[index] == nil { formats[index] = nil }
                }
            }
            if node.shape == .structure { open.append((index, nil)) }
        }
        return plans
    }

    /// The end that the members of a structure are.
    private static func within(_ index: Int, _ nodes: [PlanNode]) -> EndpointPlan? {
        let names = members(of: index, nodes)
        // Of a union of both addresses the larger one, which holds the other.
        let found = names.values.filter { member in
            nodes[member].addressSize != nil
                && ValueFormat.words(of: nodes[member].name).contains(where: ValueFormat.addressWords.contains)
        }
        let address = found.max { (nodes[$0].addressSize ?? 0, $1) < (nodes[$1].addressSize ?? 0, $0) }
        return address.map { EndpointPlan(address: $0, names, nodes) }
    }

    /// The members of a structure by their names.
    private static func members(of index: Int, _ nodes: [PlanNode]) -> [String: Int] {
        var names: [String: Int] = [:]
        var at = index + 1
        while at < nodes[index].end {
            names[nodes[at].name] = at
            at = nodes[at].end
        }
        return names
    }

    private init(address index: Int, _ names: [String: Int], _ nodes: [PlanNode]) {
        address = (nodes[index].offset, nodes[index].addressSize ?? 0)
        let found = Self.portNames(of: nodes[index].name).lazy.compactMap { names[$0] }
            .first { nodes[$0].shape == .integer && nodes[$0].access.bits == 16 }
        // A port that the program has turned around is a plain number.
        port = found.map {
            nodes[$0].textFormat?.isNetworkOrder == true ? nodes[$0].access.inNetworkOrder : nodes[$0].access
        }
        family = AddressMembers.families.lazy.compactMap { names[$0] }
            .first { [.integer, .enumeration].contains(nodes[$0].shape) && nodes[$0].access.bits <= 64 }
            .map { nodes[$0].access }
    }

    /// The names that the port of an address may have: its own name with another word in it.
    private static func portNames(of address: String) -> [String] {
        var bare = address
        for ending in ["_v4", "_v6", "_4", "_6", "v4", "v6"] where bare.hasSuffix(ending) {
            bare.removeLast(ending.utf8.count)
            break
        }
        var names: [String] = []
        for word in ["address", "addr", "ip"] {
            guard let range = bare.lastRange(of: word) else { continue }
            names.append(bare.replacing(range, with: "port"))
            break
        }
        if names == ["port"] { names += ["sport", "lport", "dport"] }
        return names
    }

    /// Appends the end in an event.
    ///
    /// - Returns: False if the event ends before it; nothing is appended then.
    func append(_ event: RawSpan, _ base: Int, to line: inout LineBuffer) -> Bool {
        let start = base + address.offset
        guard start >= 0, address.size > 0, start <= event.byteCount - address.size else { return false }
        var number: UInt16?
        if let port {
            guard let value = port.load64(event, base) else { return false }
            number = UInt16(truncatingIfNeeded: value)
        }
        // AF_INET of a union, or 4 where it is the version of IP.
        let is4 = address.size == 4 || family?.load64(event, base).map { $0 == 2 || $0 == 4 } ?? false
        if is4 {
            line.appendIPv4(UInt32(bigEndian: unsafe event.unsafeLoadUnaligned(fromByteOffset: start, as: UInt32.self)))
            if let number { line.appendPort(number) }
        } else {
            let bytes = unsafe event.unsafeLoadUnaligned(fromByteOffset: start, as: UInt128.self)
            line.appendIPv6(UInt128(bigEndian: bytes), port: number)
        }
        return true
    }
}

extension PlanNode {
    /// Whether its bytes say it all: the address of a socket.
    fileprivate var isSocketAddress: Bool { typeName.hasPrefix("sockaddr") || typeName == "__kernel_sockaddr_storage" }
}

extension String {
    /// The last place of a word.
    fileprivate func lastRange(of word: String) -> Range<Int>? {
        let (text, word) = (Array(utf8), Array(word.utf8))
        guard text.count >= word.count else { return nil }
        for start in stride(from: text.count - word.count, through: 0, by: -1)
        where text[start..<start + word.count].elementsEqual(word) {
            return start..<start + word.count
        }
        return nil
    }

    /// The text with another word at a place.
    fileprivate func replacing(_ range: Range<Int>, with word: String) -> String {
        var text = Array(utf8)
        text.replaceSubrange(range, with: Array(word.utf8))
        return String(decoding: text, as: UTF8.self)
    }
}
