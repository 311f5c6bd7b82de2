// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BPFObject
internal import BTF
internal import EventTypes

extension Object {
    /// What the object tells of the elements of a map; nil if it has none of that name and these sizes, or no types.
    func element(of info: Map.Info, pin: String) throws(EventSchemaError) -> EventSchema? {
        let map = maps.first { $0.kernelName == info.name } ?? maps.first { $0.name == pin || $0.name == info.name }
        guard let map, map.keySize == info.keySize, map.valueSize == info.valueSize,
            map.keyTypeID != 0 || map.valueTypeID != 0
        else { return nil }
        return try .element(
            of: typeInfo.types, key: map.keyTypeID, value: map.valueTypeID, keySize: Int(info.keySize),
            valueSize: Int(info.valueSize), name: info.name.isEmpty ? map.name : info.name)
    }
}
