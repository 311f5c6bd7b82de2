// SPDX-License-Identifier: Apache-2.0

import Builtin

/// The constants of a map whose values are maps.
@frozen
public struct OuterMapDefinition: Sendable {
    /// The map itself.
    public let outer: MapDefinition
    /// What each of the maps in it is.
    public let inner: MapDefinition
    /// Both.
    @_transparent public init(outer: MapDefinition, inner: MapDefinition) {
        self.outer = outer
        self.inner = inner
    }
}

/// Maps with the numbers 0 to `maxEntries - 1`, which a process puts in: `BPF_MAP_TYPE_ARRAY_OF_MAPS`, Linux 4.12.
///
///     let tables = ArrayOfMaps<HashMap<UInt32, UInt64>>(maxEntries: 4, inner: HashMap(maxEntries: 64))
@frozen
@_rawLayout(like: OuterMapDefinition)
public struct ArrayOfMaps<Inner: ProbeMap & ~Copyable>: ~Copyable, ProbeMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` maps like `inner`: a constant.
    @_transparent public init(maxEntries: UInt32, inner: consuming Inner, pinning: Pinning = .none) {
        UnsafeMutableRawPointer(address).assumingMemoryBound(to: OuterMapDefinition.self).initialize(
            to: OuterMapDefinition(
                outer: MapDefinition(
                    kind: 12, keySize: 4, valueSize: 4, maxEntries: maxEntries, flags: 0, pinning: pinning.rawValue),
                inner: inner.address.pointee))
    }
    /// Map `index`, `nil` where none was put in: `bpf_map_lookup_elem()` (helper 1, Linux 3.19).
    @_transparent public func map(_ index: UInt32) -> UnsafeMutablePointer<Inner>? {
        withBytes(of: index) { key in
            kernelHelper(1, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> UnsafeMutableRawPointer?).self)(
                address, key)?.assumingMemoryBound(to: Inner.self)
        }
    }
}

/// Maps by key, which a process puts in: `BPF_MAP_TYPE_HASH_OF_MAPS`, Linux 4.12.
@frozen
@_rawLayout(like: OuterMapDefinition)
public struct HashOfMaps<Key: BitwiseCopyable, Inner: ProbeMap & ~Copyable>: ~Copyable, ProbeMap, @unchecked Sendable {
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// A map with room for `maxEntries` maps like `inner`: a constant.
    @_transparent public init(maxEntries: UInt32, inner: consuming Inner, pinning: Pinning = .none) {
        UnsafeMutableRawPointer(address).assumingMemoryBound(to: OuterMapDefinition.self).initialize(
            to: OuterMapDefinition(
                outer: MapDefinition(
                    kind: 13, keySize: UInt32(truncatingIfNeeded: MemoryLayout<Key>.stride), valueSize: 4,
                    maxEntries: maxEntries, flags: 0, pinning: pinning.rawValue),
                inner: inner.address.pointee))
    }
    /// The map of a key, `nil` where none was put in: `bpf_map_lookup_elem()` (helper 1, Linux 3.19).
    @_transparent public func map(_ key: Key) -> UnsafeMutablePointer<Inner>? {
        withBytes(of: key) { key in
            kernelHelper(1, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> UnsafeMutableRawPointer?).self)(
                address, key)?.assumingMemoryBound(to: Inner.self)
        }
    }
}
