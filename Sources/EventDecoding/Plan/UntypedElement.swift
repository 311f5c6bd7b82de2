// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension DecodingPlan {
    /// The plan of the elements of a map whose types nobody tells: `key` and `value`, numbers where they have the size of
    /// one, else bytes.
    ///
    /// - Parameters:
    ///   - keySize: Bytes of a key; 0 if elements have none.
    ///   - valueSize: Bytes of a value.
    ///   - isForeign: Whether they come from a machine of the other byte order.
    package init(untypedKey keySize: Int, value valueSize: Int, isForeign: Bool) {
        let order: ByteOrder = isForeign ? (ByteOrder.native == .little ? .big : .little) : .native
        let start = (keySize + 7) & ~7
        var nodes = [
            PlanNode(
                shape: .structure, name: "",
                access: ValueAccess(bitOffset: 0, bits: 8, isSigned: false, order: order),
                extent: Extent(start + valueSize))
        ]
        for (name, offset, size) in [("key", 0, keySize), ("value", start, valueSize)] where size > 0 {
            let isNumber = [1, 2, 4, 8].contains(size)
            var node = PlanNode(
                shape: isNumber ? .integer : .opaque, name: name,
                access: ValueAccess(
                    bitOffset: offset * 8, bits: isNumber ? size * 8 : 8, isSigned: false, order: order),
                extent: Extent(size), end: nodes.count + 1)
            node.count = isNumber ? 0 : size
            nodes.append(node)
        }
        nodes[0].end = nodes.count
        self.init(typeName: "element", nodes, size: start + valueSize, order)
    }
}
