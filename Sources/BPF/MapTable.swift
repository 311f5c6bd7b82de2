// SPDX-License-Identifier: Apache-2.0

internal import BTF
public import BPFCore
internal import BPFObject
internal import Diagnostics
internal import EventDecoding

/// A map whose keys and values are decoded by their types in BTF.
///
///     for entry in try programs.table("counts").entries() { print(entry.key["pid"]!, entry.value.json) }
public struct MapTable: ~Copyable {
    /// One element.
    public struct Entry: Sendable {
        /// The key.
        public let key: Row
        /// The value; of a map per CPU one for each possible CPU.
        public let values: [Row]

        /// The value, of a map per CPU that of the first.
        public var value: Row { values[0] }
    }

    /// The map itself.
    public let map: Map
    private let key: EventDecoder
    private let value: EventDecoder

    /// Takes a map with the types that the kernel has of it.
    ///
    /// - Throws: ``BPFCore/BPFError`` if the map was created without types.
    public init(_ map: consuming Map) throws(BPFError) {
        let info = try map.info()
        guard info.btfID != 0, info.keyTypeID != 0, info.valueTypeID != 0 else {
            throw BPFError(
                .info, .mapUntyped, "map \(info.name) has no types in the kernel",
                cause: "it was created without BTF, as legacy maps and maps of events are",
                nextStep: "read it as Swift values: entries(UInt32.self, UInt64.self)")
        }
        let bytes = try map.typeBytes(id: info.btfID)
        let key = Self.schema("key", bytes, info.keyTypeID)
        let value = Self.schema("value", bytes, info.valueTypeID)
        try self.init(map, key: key, value: value, name: info.name)
    }

    init(_ map: consuming Map, key: EventSchema?, value: EventSchema?, name: String) throws(BPFError) {
        guard let key, let value, let keys = try? EventDecoder(key), let values = try? EventDecoder(value) else {
            throw BPFError(
                .info, .mapUntyped, "the types of map \(name) are not known",
                cause: "neither the object nor the kernel has them, or they cannot be decoded",
                nextStep: "define the map with __type(key, TYPE) and __type(value, TYPE)")
        }
        self.map = map
        self.key = keys
        self.value = values
    }

    private static func schema(_ name: String, _ btf: [UInt8], _ id: UInt32) -> EventSchema? {
        try? EventSchema(name: name, btf: btf, typeID: Int(id))
    }

    /// All elements, as `Map.forEachElement(_:)` finds them.
    public func entries() throws -> [Entry] {
        var entries: [Entry] = []
        try forEach { entries.append($0) }
        return entries
    }

    /// Hands out every element.
    public func forEach(_ body: (Entry) throws -> Void) throws {
        let size = map.valueSize
        let stride = map.type.isPerCPU ? max((size + 7) / 8 * 8, 8) : max(size, 1)
        try map.forEachElement { keyBytes, valueBytes in
            let rows = Swift.stride(from: 0, to: valueBytes.count, by: stride).map {
                Row(value.row(bytes: Array(valueBytes[$0..<min($0 + size, valueBytes.count)])))
            }
            guard !rows.isEmpty else { return }
            try body(Entry(key: Row(key.row(bytes: keyBytes)), values: rows))
        }
    }
}

extension BPFCollection {
    /// A map with its keys and values decoded by their types in the object.
    ///
    /// - Throws: ``BPFCore/BPFError`` if there is no such map, or its types are not known.
    public func table(_ name: String) throws(BPFError) -> MapTable {
        let map = try map(name)
        guard let index = object.maps.firstIndex(where: { $0.name == name }) else {
            return try MapTable(map)
        }
        return try MapTable(
            map, key: object.keySchema(ofMap: index), value: object.valueSchema(ofMap: index), name: name)
    }
}
