// SPDX-License-Identifier: Apache-2.0

/// The kind of a map (`enum bpf_map_type`); a number without a name here is left to the kernel.
public struct MapType: RawRepresentable, Sendable, Hashable {
    /// The number in `BPF_MAP_CREATE`.
    public var rawValue: UInt32

    /// Creates a type from its number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `BPF_MAP_TYPE_HASH`.
    public static let hash = MapType(rawValue: 1)
    /// `BPF_MAP_TYPE_ARRAY`.
    public static let array = MapType(rawValue: 2)
    /// `BPF_MAP_TYPE_PROG_ARRAY`.
    public static let progArray = MapType(rawValue: 3)
    /// `BPF_MAP_TYPE_PERF_EVENT_ARRAY`.
    public static let perfEventArray = MapType(rawValue: 4)
    /// `BPF_MAP_TYPE_ARRAY_OF_MAPS`.
    public static let arrayOfMaps = MapType(rawValue: 12)
    /// `BPF_MAP_TYPE_HASH_OF_MAPS`.
    public static let hashOfMaps = MapType(rawValue: 13)
    /// `BPF_MAP_TYPE_DEVMAP`.
    public static let devmap = MapType(rawValue: 14)
    /// `BPF_MAP_TYPE_DEVMAP_HASH`.
    public static let devmapHash = MapType(rawValue: 25)
    /// `BPF_MAP_TYPE_RINGBUF`.
    public static let ringbuf = MapType(rawValue: 27)
    /// `BPF_MAP_TYPE_STRUCT_OPS`.
    public static let structOps = MapType(rawValue: 26)

    /// Whether each CPU has a value of its own: a lookup gives one for every possible CPU, each rounded up to 8 bytes.
    public var isPerCPU: Bool { [5, 6, 10, 21].contains(rawValue) }

    /// Whether a lookup may write a value for every possible CPU: also of types that are newer than this list, of which
    /// the larger room is the safe one.
    package var needsRoomPerCPU: Bool { isPerCPU || rawValue >= UInt32(Self.names.count) }

    /// Whether its elements have no key.
    public var isKeyless: Bool { [22, 23, 27, 30, 31, 33].contains(rawValue) }

    /// Whether its values are maps.
    public var holdsMaps: Bool { self == .arrayOfMaps || self == .hashOfMaps }

    /// Whether programs send events through it.
    public var holdsEvents: Bool { self == .perfEventArray || self == .ringbuf }

    /// Whether the kernel makes room for all entries at once, unless `BPF_F_NO_PREALLOC` is given.
    public var reservesEntries: Bool {
        ["hash", "array", "percpu_hash", "percpu_array", "lru_hash", "lru_percpu_hash"].contains(description)
    }

    /// The last type that is known here.
    static var last: UInt32 { UInt32(names.count - 1) }

    private static let names = [
        "unspec", "hash", "array", "prog_array", "perf_event_array", "percpu_hash", "percpu_array", "stack_trace",
        "cgroup_array", "lru_hash", "lru_percpu_hash", "lpm_trie", "array_of_maps", "hash_of_maps", "devmap",
        "sockmap", "cpumap", "xskmap", "sockhash", "cgroup_storage", "reuseport_sockarray", "percpu_cgroup_storage",
        "queue", "stack", "sk_storage", "devmap_hash", "struct_ops", "ringbuf", "inode_storage", "task_storage",
        "bloom_filter", "user_ringbuf", "cgrp_storage", "arena", "insn_array", "rhash",
    ]
}

extension MapType: CustomStringConvertible {
    /// The name as bpftool prints it, such as `perf_event_array`, or `type 99`.
    public var description: String {
        rawValue < UInt32(Self.names.count) ? Self.names[Int(rawValue)] : "type \(rawValue)"
    }
}

extension MapType {
    /// Whether user space can walk its keys and read its values.
    public var isIterable: Bool {
        ![
            "unspec", "perf_event_array", "prog_array", "cgroup_array", "queue", "stack", "ringbuf", "user_ringbuf",
            "bloom_filter", "arena", "sk_storage", "inode_storage", "task_storage", "cgrp_storage", "struct_ops",
            "reuseport_sockarray", "insn_array",
        ].contains(description)
    }
}
