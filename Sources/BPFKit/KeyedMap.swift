// SPDX-License-Identifier: Apache-2.0

/// A map of values that are found by a key: hash tables, arrays, tries of prefixes.
public protocol KeyedMap<Key, Value>: ProbeMap, ~Copyable {
    /// What entries are found by.
    associatedtype Key: BitwiseCopyable
    /// What the map holds.
    associatedtype Value: BitwiseCopyable
}

extension KeyedMap where Self: ~Copyable {
    /// The value in the map, to be read and changed in place: `bpf_map_lookup_elem()` (helper 1, Linux 3.19).
    @_transparent public func pointer(to key: Key) -> UnsafeMutablePointer<Value>? {
        withBytes(of: key) { key in
            kernelHelper(1, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> UnsafeMutableRawPointer?).self)(
                address, key)?.assumingMemoryBound(to: Value.self)
        }
    }

    /// The value of a key; to set it writes the entry, to set `nil` removes it.
    public subscript(key: Key) -> Value? {
        @_transparent get { pointer(to: key)?.pointee }
        @_transparent nonmutating set {
            if let newValue { insert(newValue, for: key) } else { remove(key) }
        }
    }

    /// The value of a key, or `standard` where there is none.
    ///
    /// `counts[key, default: 0] += 1` reads and writes again: between the two another processor may do the same. Where
    /// every one counts, use ``count(_:for:)``.
    public subscript(key: Key, default standard: Value) -> Value {
        @_transparent get { pointer(to: key)?.pointee ?? standard }
        @_transparent nonmutating set { insert(newValue, for: key) }
    }

    /// Writes an entry: `bpf_map_update_elem()` (helper 2, Linux 3.19).
    ///
    /// - Returns: 0, or a negative number of an error: -7 `E2BIG` where the map is full, -17 `EEXIST`, -2 `ENOENT`.
    @discardableResult
    @_transparent public func insert(_ value: Value, for key: Key, _ mode: InsertionMode = .always) -> Int {
        withBytes(of: key) { key in
            withBytes(of: value) { value in
                kernelHelper(
                    2, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UInt64) -> Int).self)(
                        address, key, value, mode.rawValue)
            }
        }
    }

    /// Removes an entry: `bpf_map_delete_elem()` (helper 3, Linux 3.19).
    ///
    /// - Returns: 0, or a negative number of an error: -2 `ENOENT` where there was none.
    @discardableResult
    @_transparent public func remove(_ key: Key) -> Int {
        withBytes(of: key) { key in
            kernelHelper(3, as: (@convention(c) (UnsafeRawPointer, UnsafeRawPointer) -> Int).self)(address, key)
        }
    }

    /// Calls `body` for each entry until it returns 1 in place of 0: `bpf_for_each_map_elem()` (helper 164, Linux 5.13).
    ///
    /// Hash tables and arrays have it. The verifier takes no other result of the body, which may use and change what is
    /// around it.
    ///
    ///     counts.forEach { entry in
    ///         total += counts.value(of: entry).pointee
    ///         return 0
    ///     }
    ///
    /// - Returns: for how many entries, or a negative number of an error.
    @discardableResult
    @_transparent public func forEach(_ body: (MapEntry) -> Int) -> Int { __bpfkit_for_each(address, body) }

    /// The key of an entry that ``forEach(_:)`` hands over.
    @_transparent public func key(of entry: MapEntry) -> Key { entry.key.load(as: Key.self) }

    /// The value of an entry that ``forEach(_:)`` hands over, which may be changed.
    @_transparent public func value(of entry: MapEntry) -> UnsafeMutablePointer<Value> {
        entry.value.assumingMemoryBound(to: Value.self)
    }
}

/// An entry of a map, while the map is gone through.
@frozen
public struct MapEntry {
    /// The map.
    public let map: UnsafeRawPointer
    /// The key.
    public let key: UnsafeRawPointer
    /// The value.
    public let value: UnsafeMutableRawPointer
}

extension KeyedMap where Self: ~Copyable, Value: FixedWidthInteger {
    /// Adds to the number of a key, without losing what other processors add at the same time; the first one makes the
    /// entry.
    ///
    /// The number has 4 or 8 bytes.
    @_transparent public func count(_ amount: Value = 1, for key: Key) {
        if let number = pointer(to: key) {
            add(amount, to: number)
        } else if insert(amount, for: key, .ifAbsent) != 0, let number = pointer(to: key) {
            add(amount, to: number)
        }
    }
}
