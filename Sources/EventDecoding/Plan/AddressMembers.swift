// SPDX-License-Identifier: Apache-2.0

/// Members of structures that are one end of a connection, as far as names tell it.
enum AddressMembers {
    /// The names of a member that says which kind of address is beside it.
    ///
    /// The last one can be another thing too.
    static let families = [
        "family", "sa_family", "skc_family", "sk_family", "af", "ipver", "ip_ver", "ip_version", "version",
    ]

    /// Says of the members of a structure which are an address of 16 bytes without doubt: integers, or bytes, that are
    /// named so beside the family of it.
    ///
    /// - Parameter start: The first member; what follows it is in the structure to its end.
    static func name(from start: Int, in nodes: inout [PlanNode]) {
        var addresses: [Int] = []
        var hasFamily = false
        var at = start
        while at < nodes.count {
            let node = nodes[at]
            if families.dropLast().contains(node.name), [.integer, .enumeration].contains(node.shape) {
                hasFamily = true
            }
            if [.integer, .octets].contains(node.shape), node.addressSize == 16, node.textFormat == nil,
                ValueFormat.words(of: node.name).contains(where: ValueFormat.addressWords.contains)
            {
                addresses.append(at)
            }
            at = max(node.end, at + 1)
        }
        guard hasFamily else { return }
        for index in addresses { nodes[index].named = .endpoint }
    }
}

extension PlanNode {
    /// Its bytes, if it can be an address of IP: 4 or 16.
    var addressSize: Int? {
        switch shape {
        case .integer: access.bits == 32 && access.byteCount == 4 ? 4 : access.bits == 128 ? 16 : nil
        case .octets, .array, .opaque: size == 4 || size == 16 ? size : nil
        case .structure: typeName == "in_addr" && size == 4 ? 4 : typeName == "in6_addr" && size == 16 ? 16 : nil
        default: nil
        }
    }
}
