// SPDX-License-Identifier: Apache-2.0

import Builtin

/// Values with the numbers 0 to `maxEntries - 1`, all zero at first: `BPF_MAP_TYPE_ARRAY`, Linux 3.19.
@frozen
@_rawLayout(like: MapDefinition)
public struct ArrayMap<Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
    /// The number of an entry.
    public typealias Key = UInt32
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// The value of a number; all numbers below `maxEntries` have one, and none is removed.
    public subscript(key: UInt32) -> Value? {
        @_transparent get { pointer(to: key)?.pointee }
        @_transparent nonmutating set {
            if let newValue { insert(newValue, for: key) } else { __bpfkit_no_removal() }
        }
    }
    /// An array has all of its entries.
    @available(*, unavailable, message: "an array has all of its entries: write zero")
    public func remove(_ key: UInt32) -> Int { -22 }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 2, keySize: 4, valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride),
                maxEntries: maxEntries, flags: flags.rawValue, pinning: pinning.rawValue))
    }
}

/// Values by number, one for each processor, of which a probe sees that of its own: `BPF_MAP_TYPE_PERCPU_ARRAY`,
/// Linux 4.6.
///
/// It is also the place for what is too large for the stack.
@frozen
@_rawLayout(like: MapDefinition)
public struct PerCPUArray<Value: BitwiseCopyable>: ~Copyable, KeyedMap, @unchecked Sendable {
    /// The number of an entry.
    public typealias Key = UInt32
    /// What stands for the map in calls of helpers.
    public var address: UnsafeMutablePointer<MapDefinition> {
        @_transparent get { UnsafeMutablePointer(Builtin.addressOfRawLayout(self)) }
    }
    /// The value of a number; all numbers below `maxEntries` have one, and none is removed.
    public subscript(key: UInt32) -> Value? {
        @_transparent get { pointer(to: key)?.pointee }
        @_transparent nonmutating set {
            if let newValue { insert(newValue, for: key) } else { __bpfkit_no_removal() }
        }
    }
    /// An array has all of its entries.
    @available(*, unavailable, message: "an array has all of its entries: write zero")
    public func remove(_ key: UInt32) -> Int { -22 }
    /// A map with room for `maxEntries` entries: a constant.
    @_transparent public init(maxEntries: UInt32, flags: MapFlags = .none, pinning: Pinning = .none) {
        address.initialize(
            to: MapDefinition(
                kind: 6, keySize: 4, valueSize: UInt32(truncatingIfNeeded: MemoryLayout<Value>.stride),
                maxEntries: maxEntries, flags: flags.rawValue, pinning: pinning.rawValue))
    }
}
