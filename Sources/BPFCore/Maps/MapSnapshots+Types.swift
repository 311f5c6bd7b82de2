// SPDX-License-Identifier: Apache-2.0

public import BTF
internal import BPFObject
internal import Diagnostics

/// The types of elements.
extension MapSnapshots {
    /// The type of elements by the BTF that the kernel has of the map: `struct NAME { KEY key; VALUE value; }`.
    ///
    /// The variables of a map that holds an object's data are the members of `value`. Of the maps of a map `key` has the
    /// members `outer` and `inner`.
    ///
    /// - Returns: nil of a map that was created without types: ``plainSchema()`` describes it by its sizes then, or
    ///   `EventSchema.element(of:key:value:keySize:valueSize:name:)` by types that are known from elsewhere.
    public func schema() throws(BPFError) -> EventSchema? {
        let outer = try MapTypes(info)
        guard shape.reading == .innerMaps else {
            guard outer.types != nil else { return nil }
            let key: [(name: String, part: EventSchema.ElementPart)] =
                switch shape.reading {
                case .peek: []
                case .threads, .controlGroups: [("", EventSchema.ElementPart(size: shape.keySize))]
                default: [("", outer.key(size: shape.keySize))]
                }
            return try make(key, outer.value(size: shape.valueSize))
        }
        guard let inner = try InnerWalk.firstMap(in: map) else { return nil }
        let types = try MapTypes(inner.info())
        guard outer.types != nil || types.types != nil, let outerSize = shape.outerKeySize else { return nil }
        return try make(
            [
                ("outer", outer.key(size: outerSize)), ("inner", types.key(size: shape.keySize - outerSize)),
            ], types.value(size: shape.valueSize))
    }

    /// The type of elements by their sizes alone: numbers of 1, 2, 4 or 8 bytes, or so many bytes.
    public func plainSchema() throws(BPFError) -> EventSchema {
        let inner = shape.outerKeySize.map { shape.keySize - $0 } ?? 0
        let key: [(name: String, part: EventSchema.ElementPart)] =
            if let outer = shape.outerKeySize, inner > 0 {
                [("outer", EventSchema.ElementPart(size: outer)), ("inner", EventSchema.ElementPart(size: inner))]
            } else if shape.keySize > 0 {
                [("", EventSchema.ElementPart(size: shape.keySize))]
            } else {
                []
            }
        return try make(key, plainValue)
    }

    /// What a value without types is: the addresses of a stack, where the type of map tells that.
    private var plainValue: EventSchema.ElementPart {
        let size = shape.valueSize
        guard info.type == .stackTrace else { return EventSchema.ElementPart(size: size) }
        // BPF_F_STACK_BUILD_ID: build ids and offsets instead of addresses.
        if info.flags & 1 << 5 != 0, size % 32 == 0 { return EventSchema.ElementPart(buildIDs: size / 32) }
        return size % 8 == 0 ? EventSchema.ElementPart(numbers: size / 8) : EventSchema.ElementPart(size: size)
    }

    private func make(
        _ key: [(name: String, part: EventSchema.ElementPart)], _ value: EventSchema.ElementPart
    ) throws(BPFError) -> EventSchema {
        do throws(EventSchemaError) {
            return try EventSchema.element(key: key, value: value, name: info.name.isEmpty ? "map" : info.name)
        } catch {
            throw BPFError(.info, error.diagnostic)
        }
    }
}

/// The types that the kernel has of a map.
private struct MapTypes {
    let types: BTF?
    private let info: Map.Info

    init(_ info: Map.Info) throws(BPFError) {
        self.info = info
        guard info.btfID != 0, info.keyTypeID != 0 || info.valueTypeID != 0 else {
            types = nil
            return
        }
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try BTFHandle.open(id: info.btfID).bytesOrErrno()
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot read the types of map \(info.name)")
        }
        do throws(BTFError) {
            types = try BTF(parsing: bytes)
        } catch {
            throw BPFError(.info, .infoRefused, "cannot read the types of map \(info.name)", cause: "\(error)")
        }
    }

    func key(size: Int) -> EventSchema.ElementPart { part(info.keyTypeID, size) }
    func value(size: Int) -> EventSchema.ElementPart { part(info.valueTypeID, size) }

    private func part(_ type: UInt32, _ size: Int) -> EventSchema.ElementPart {
        guard let types, type != 0 else { return EventSchema.ElementPart(size: size) }
        return EventSchema.ElementPart(size: size, Int(type), in: types)
    }
}
