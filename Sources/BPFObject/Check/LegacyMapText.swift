// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension Object {
    /// The definition of a legacy map in the form of `.maps`, ready to be pasted; nil if it has that form.
    ///
    /// - Parameter index: The map, in ``maps``.
    package func modernForm(ofMap index: Int) -> String? {
        guard maps.indices.contains(index), let layout = maps[index].layout else { return nil }
        let map = maps[index]
        let type = map.type.isKnown ? "BPF_MAP_TYPE_" + map.type.description.uppercased() : "\(map.type.rawValue)"
        var lines = ["struct {", "    __uint(type, \(type));"]
        if map.maxEntries > 0 { lines.append("    __uint(max_entries, \(map.maxEntries));") }
        if map.keySize > 0 { lines.append("    " + size("key", map.keyTypeID, map.keySize)) }
        if map.valueSize > 0, !map.type.holdsMaps {
            lines.append("    " + size("value", map.valueTypeID, map.valueSize))
        }
        if map.flags != 0 { lines.append("    __uint(map_flags, 0x\(String(map.flags, radix: 16)));") }
        if map.numaNode != 0 { lines.append("    __uint(numa_node, \(map.numaNode));") }
        if map.pinning != 0 {
            let other = layout.convention == .tc && map.pinning == 2
            lines.append(
                "    __uint(pinning, LIBBPF_PIN_BY_NAME);"
                    + (other ? " /* below the root of bpffs, and no more in tc/globals */" : ""))
        }
        if map.type.holdsMaps {
            lines += [
                "    __uint(value_size, 4);",
                "    /* __array(values, struct inner); and the inner maps with .values = { [0] = &inner } */",
            ]
        }
        return (lines + ["} \(map.name) SEC(\".maps\");"]).joined(separator: "\n")
    }

    /// The type of a key or a value where the object tells it, else its size.
    private func size(_ name: String, _ type: Int, _ bytes: UInt32) -> String {
        guard let types = typeInfo.types, type != 0, types.size(of: type) == Int(bytes) else {
            return "__uint(\(name)_size, \(bytes));"
        }
        return "__type(\(name), \(types.spelling(of: type)));"
    }
}
