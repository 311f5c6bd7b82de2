// SPDX-License-Identifier: Apache-2.0

/// A map that an object defines.
public struct MapDefinition: Sendable, Equatable {
    /// The name of its symbol, as the file has it: `MapName` tells whether the kernel takes it.
    public let name: String
    /// The kind of map.
    public let type: MapType
    /// Bytes of a key.
    public let keySize: UInt32
    /// Bytes of a value.
    public let valueSize: UInt32
    /// The number of entries at most.
    public let maxEntries: UInt32
    /// Bits of `BPF_F_*`.
    public let flags: UInt32
    /// tc's `id`, by which a map of maps names its inner maps; 0 is none.
    public let id: UInt32
    /// tc's `pinning`, a number whose meaning the loader gives.
    public let pinning: UInt32
    /// tc's `inner_id`: the `id` of the maps that a map of maps holds; 0 is none.
    public let innerID: UInt32
    /// tc's `inner_idx`: the slot of the outer map that this map goes into; nil is none (`~0`, or no such member).
    public let innerIndex: UInt32?
    /// The samples' `inner_map_idx`: the index, in the section, of the map that a map of maps is made after.
    public let innerMapIndex: UInt32?
    /// The NUMA node, used when `flags` has `BPF_F_NUMA_NODE` (4).
    public let numaNode: UInt32
    /// How the definition was read.
    public let layout: MapLayout
    /// The section that it was found in.
    public let section: String
    /// Bytes from the start of that section.
    public let offset: Int
}
