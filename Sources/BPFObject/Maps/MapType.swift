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
    /// `BPF_MAP_TYPE_STACK_TRACE`.
    public static let stackTrace = MapType(rawValue: 7)
    /// `BPF_MAP_TYPE_USER_RINGBUF` (6.1).
    public static let userRingbuf = MapType(rawValue: 31)
    /// `BPF_MAP_TYPE_ARENA` (6.9).
    public static let arena = MapType(rawValue: 33)
    /// `BPF_MAP_TYPE_PERCPU_HASH`.
    public static let perCPUHash = MapType(rawValue: 5)
    /// `BPF_MAP_TYPE_PERCPU_ARRAY`.
    public static let perCPUArray = MapType(rawValue: 6)
    /// `BPF_MAP_TYPE_LRU_PERCPU_HASH`.
    public static let lruPerCPUHash = MapType(rawValue: 10)
    /// `BPF_MAP_TYPE_LRU_HASH`.
    public static let lruHash = MapType(rawValue: 9)
    /// `BPF_MAP_TYPE_LPM_TRIE`.
    public static let lpmTrie = MapType(rawValue: 11)

    /// Whether its elements lie in the buckets of a hash table (kernel/bpf/hashtab.c).
    var isHashed: Bool { [.hash, .perCPUHash, .lruHash, .lruPerCPUHash, .hashOfMaps].contains(self) }
}

extension MapType: CustomStringConvertible {
    /// The name as bpftool prints it, such as `perf_event_array`, or `type 99`.
    public var description: String { isKnown ? facts.name : "type \(rawValue)" }
}
