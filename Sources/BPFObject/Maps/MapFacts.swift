// SPDX-License-Identifier: Apache-2.0

/// What a machine has that the sizes of some maps depend on.
package struct MapFacts: Sendable, Equatable {
    /// The number of CPUs that may ever be there (`/sys/devices/system/cpu/possible`).
    package var possibleCPUs: UInt32
    /// Bytes of a page of memory.
    package var pageSize: UInt32

    /// Creates facts.
    package init(possibleCPUs: UInt32, pageSize: UInt32) {
        self.possibleCPUs = possibleCPUs
        self.pageSize = pageSize
    }

    /// The number of entries that a map is created with.
    ///
    /// A perf event array without a number gets one entry for each possible CPU. A ring buffer gets the next number of
    /// bytes that is a page times a power of two, as the kernel wants it; what would be beyond 2 GiB is left to the
    /// kernel to refuse, as is 0.
    package func entries(_ entries: UInt32, of type: MapType) -> UInt32 {
        switch type {
        case .perfEventArray: return entries == 0 ? possibleCPUs : entries
        case .ringbuf, .userRingbuf:
            guard entries != 0, pageSize != 0 else { return entries }
            var size = UInt64(pageSize)
            while size < UInt64(entries) { size *= 2 }
            return size > UInt64(Int32.max) ? entries : UInt32(truncatingIfNeeded: size)
        default: return entries
        }
    }
}

extension MapDefinition {
    /// Whether the number of its entries depends on the machine.
    public var dependsOnMachine: Bool {
        switch type {
        case .perfEventArray: maxEntries == 0
        case .ringbuf, .userRingbuf: true
        default: false
        }
    }
}

extension MapType {
    /// `BPF_MAP_TYPE_USER_RINGBUF` (6.1).
    public static let userRingbuf = MapType(rawValue: 31)

    /// Those that the kernel does not create with types of keys and values.
    private static let untyped: Set<MapType> = [
        .perfEventArray, .arrayOfMaps, .hashOfMaps, .devmap, .devmapHash,
        MapType(rawValue: 7),  // stack_trace
        MapType(rawValue: 8),  // cgroup_array
        MapType(rawValue: 15),  // sockmap
        MapType(rawValue: 16),  // cpumap
        MapType(rawValue: 17),  // xskmap
        MapType(rawValue: 18),  // sockhash
        MapType(rawValue: 22),  // queue
        MapType(rawValue: 23),  // stack
        MapType(rawValue: 33),  // arena
    ]

    /// Whether the kernel takes the BTF ids of its key and value (`btf_key_type_id`, `btf_value_type_id`).
    public var takesTypes: Bool { !Self.untyped.contains(self) }
}
