// SPDX-License-Identifier: Apache-2.0

extension BPFCollection {
    /// A map with the types of its keys and values, by its name in the object; it lives on its own.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - key: The type of keys.
    ///   - value: The type of values.
    /// - Throws: ``BPFError`` if there is no such map, or the sizes of the types are not the map's.
    public func map<Key, Value>(
        _ name: String, _ key: Key.Type, _ value: Value.Type
    ) throws(BPFError) -> TypedMap<Key, Value> {
        try TypedMap(try map(name))
    }
}
