// SPDX-License-Identifier: Apache-2.0

/// A map whose keys and values are Swift values, told once and laid out as in C: numbers, or structures of numbers.
///
///     let counts = try programs.map("counts", UInt32.self, UInt64.self)
///     try counts.set(7, of: 42)
///     for (key, value) in try counts.entries() { print(key, value) }
///
/// It is for maps with one value for each key; maps per CPU have ``Map/entriesPerCPU(_:_:)``.
public struct TypedMap<Key: BitwiseCopyable & Sendable, Value: BitwiseCopyable & Sendable>: ~Copyable {
    /// The map itself.
    public let map: Map

    /// Takes a map whose keys and values have the sizes of the types.
    ///
    /// - Throws: ``BPFError`` if they have others, or the map has a value for each CPU.
    public init(_ map: consuming Map) throws(BPFError) {
        try map.checkPlain()
        try map.check(key: MemoryLayout<Key>.size)
        try map.check(Value.self)
        self.map = map
    }

    /// The value of a key; nil if there is none.
    public func value(of key: Key) throws(BPFError) -> Value? { try map.value(of: key) }

    /// Sets the value of a key.
    public func set(_ value: Value, of key: Key, _ rule: Map.UpdateRule = .any) throws(BPFError) {
        try map.set(value, of: key, rule)
    }

    /// Removes the element of a key.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    public func remove(_ key: Key) throws(BPFError) -> Bool { try map.remove(key) }

    /// All elements, as ``Map/forEachElement(_:)`` finds them.
    public func entries() throws(BPFError) -> [(key: Key, value: Value)] { try map.entries(Key.self, Value.self) }
}
