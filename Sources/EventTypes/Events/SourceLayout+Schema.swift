// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension SourceLayout {
    /// The structure as BTF.
    func schema(size: Int, _ order: ByteOrder) throws(EventFault) -> EventSchema {
        var types = Types(order)
        var parts: [BTFBuilder.Member] = []
        var tags: [Int] = []
        var index = 0
        while index < members.count {
            let first = members[index]
            var end = index + 1
            while end < members.count, members[end].offset == first.offset { end += 1 }
            let alike = members[index..<end]
            if alike.count == 1 {
                if first.isAddress { tags.append(parts.count) }
                parts.append(BTFBuilder.Member(first.flatName, types.type(of: first), bitOffset: 8 * first.offset))
            } else {
                let inner = alike.map { BTFBuilder.Member($0.flatName, types.type(of: $0)) }
                let union = types.blob.union("", size: alike.map(\.size).max() ?? 0, inner)
                for (place, member) in alike.enumerated() where member.isAddress {
                    _ = types.blob.declarationTag(Self.addressTag, on: union, component: place)
                }
                parts.append(BTFBuilder.Member("", union, bitOffset: 8 * first.offset))
            }
            index = end
        }
        let name = structure ?? variable
        let root = types.blob.structure(name, size: size, parts)
        for place in tags { _ = types.blob.declarationTag(Self.addressTag, on: root, component: place) }
        return EventSchema(name: "struct \(name)", btf: types.blob.build(), typeID: root, size: size)
    }

    /// Sixteen bytes are an address of either family: what says which is beside them.
    private static let addressTag = "fmt:endpoint"

    /// The types of members, each once.
    private struct Types {
        var blob: BTFBuilder
        private var known: [String: Int] = [:]

        init(_ order: ByteOrder) { blob = BTFBuilder(byteOrder: order) }

        mutating func type(of member: Member) -> Int {
            switch member.kind {
            case .number where member.isNetworkOrder:
                return once("__be16") { $0.blob.typedef("__be16", to: $0.number(2)) }
            case .number where member.size == 4 && member.hasAddressName:
                return once("__be32") { $0.blob.typedef("__be32", to: $0.number(4)) }
            case .number: return number(member.size, isSigned: member.hasSign)
            case .numbers(let size): return array(of: number(size), member.size / max(size, 1))
            case .text: return array(of: once("char") { $0.blob.int("char", size: 1, isSigned: true) }, member.size)
            case .bytes: return array(of: number(1), member.size)
            }
        }

        private mutating func once(_ name: String, _ make: (inout Types) -> Int) -> Int {
            if let known = known[name] { return known }
            let id = make(&self)
            known[name] = id
            return id
        }

        private mutating func number(_ size: Int, isSigned: Bool = false) -> Int {
            let names = [1: "char", 2: "short", 4: "int", 8: "long long"]
            let name = (isSigned ? size == 1 ? "signed " : "" : "unsigned ") + (names[size] ?? "int")
            return once(name) { $0.blob.int(name, size: size, isSigned: isSigned) }
        }

        private mutating func array(of element: Int, _ count: Int) -> Int {
            let index = number(4)
            return blob.array(of: element, count: count, index: index)
        }
    }
}

extension SourceLayout.Member {
    /// The name, without the structure within that it is a member of.
    fileprivate var flatName: String { name.split(separator: ".").joined(separator: "_") }

    private var words: [Substring] { flatName.split(separator: "_") }

    /// Whether it is one end of a connection by its name.
    fileprivate var hasAddressName: Bool {
        words.contains { ["saddr", "daddr", "laddr", "raddr", "addr"].contains($0.lowercased()) }
    }

    fileprivate var isAddress: Bool { kind == .bytes && size == 16 && hasAddressName }

    /// Whether a number of the name has a sign as a rule: what functions return.
    fileprivate var hasSign: Bool {
        guard size >= 4 else { return false }
        return words.contains {
            ["ret", "retval", "rc", "err", "error", "errno", "res", "result", "fd"].contains($0.lowercased())
        }
    }
}
