// SPDX-License-Identifier: Apache-2.0

import Builtin

/// A hash table: `BPF_MAP_TYPE_HASH`, Linux 3.19.
@frozen
@_rawLayout(like: MapDefinition)
public struct HashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 1, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride),
                valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride), maxEntries: maxEntries,
                flags: flags.rawValue, pinning: pinning.rawValue))
    }
}

/// A hash table that drops what was not used for the longest time when it is full: `BPF_MAP_TYPE_LRU_HASH`, Linux 4.10.
@frozen
@_rawLayout(like: MapDefinition)
public struct LRUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 9, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride),
                valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride), maxEntries: maxEntries,
                flags: flags.rawValue, pinning: pinning.rawValue))
    }
}

/// A hash table with a value for each processor; a probe sees that of its own: `BPF_MAP_TYPE_PERCPU_HASH`, Linux 4.6.
@frozen
@_rawLayout(like: MapDefinition)
public struct PerCPUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 5, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride),
                valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride), maxEntries: maxEntries,
                flags: flags.rawValue, pinning: pinning.rawValue))
    }
}

/// A hash table of both kinds: `BPF_MAP_TYPE_LRU_PERCPU_HASH`, Linux 4.10.
@frozen
@_rawLayout(like: MapDefinition)
public struct PerCPULRUHashMap<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 10, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride),
                valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride), maxEntries: maxEntries,
                flags: flags.rawValue, pinning: pinning.rawValue))
    }
}

/// Values by prefixes, of which a look-up finds the longest that fits: `BPF_MAP_TYPE_LPM_TRIE`, Linux 4.11.
///
/// The key is a structure whose first member is the length of the prefix in bits, a `UInt32`; the bytes of the prefix
/// follow, the most significant one first.
@frozen
@_rawLayout(like: MapDefinition)
public struct LPMTrie<Key: BitwiseCopyable, Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, flags: MapFlags = .noPreallocation, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 11, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride),
                valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride), maxEntries: maxEntries,
                flags: flags.rawValue, pinning: pinning.rawValue))
    }
}
