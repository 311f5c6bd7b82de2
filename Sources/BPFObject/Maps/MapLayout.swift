// SPDX-License-Identifier: Apache-2.0

/// Which structure the maps of a legacy `maps` section are read as.
public enum MapLayoutChoice: String, Sendable, CaseIterable {
    /// By the member names where there is BTF, else by size and values.
    case automatic
    /// tc's `struct bpf_elf_map`.
    case tc
    /// `struct bpf_map_def` of the kernel's samples.
    case samples
}

/// How one definition in a legacy `maps` section was read.
package struct MapLayout: Sendable, Equatable {
    /// Whose structure it is.
    package enum Convention: String, Sendable {
        /// tc's `struct bpf_elf_map`: type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx.
        case tc
        /// The samples' `struct bpf_map_def`: type, key_size, value_size, max_entries, map_flags, inner_map_idx,
        /// numa_node.
        case samples
        /// gobpf's, in sections `maps/NAME`: type, key_size, value_size, max_entries, map_flags, pinning, namespace.
        case gobpf
    }

    /// What settled it.
    package enum Source: String, Sendable {
        /// The names of the members in the object's BTF.
        case memberNames
        /// The size and the values of the definitions.
        case size
        /// The user.
        case choice
    }

    /// Bytes of one definition.
    package let size: Int
    /// Whose structure it is; with 16 or 20 bytes both are the same.
    package let convention: Convention
    /// What settled it.
    package let source: Source
}

extension MapLayout: CustomStringConvertible {
    /// For messages, such as `28 bytes, tc's bpf_elf_map (by member names)`.
    package var description: String {
        let by =
            switch source {
            case .memberNames: "by member names"
            case .size: "by size"
            case .choice: "as chosen"
            }
        let name =
            switch convention {
            case _ where size <= 20: "common to tc and samples"
            case .tc: "tc's bpf_elf_map"
            case .samples: "bpf_map_def"
            case .gobpf: "gobpf's bpf_map_def"
            }
        return "\(size) bytes, \(name) (\(by))"
    }
}

/// A member of a map definition that means something to us.
enum MapField: Hashable, CaseIterable {
    case type, keySize, valueSize, maxEntries, flags, id, pinning, innerID, innerIndex, innerMapIndex, numaNode

    /// The names that the structures of tc, libbpf and the kernel's samples give it.
    private static let names: [String: MapField] = [
        "type": .type, "map_type": .type, "size_key": .keySize, "key_size": .keySize, "size_value": .valueSize,
        "value_size": .valueSize, "max_elem": .maxEntries, "max_entries": .maxEntries, "flags": .flags,
        "map_flags": .flags, "id": .id, "pinning": .pinning, "inner_id": .innerID, "inner_idx": .innerIndex,
        "inner_map_idx": .innerMapIndex, "numa_node": .numaNode,
    ]

    init?(memberName: String) {
        guard let field = Self.names[memberName] else { return nil }
        self = field
    }

    /// The order in which a convention has them, 4 bytes each.
    static func order(_ convention: MapLayout.Convention) -> [MapField] {
        let common: [MapField] = [.type, .keySize, .valueSize, .maxEntries, .flags]
        return switch convention {
        case .tc: common + [.id, .pinning, .innerID, .innerIndex]
        case .samples: common + [.innerMapIndex, .numaNode]
        case .gobpf: common + [.pinning]
        }
    }

    /// What no definition can do without.
    static let required: [MapField] = [.type, .keySize, .valueSize, .maxEntries]
}
