// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF

/// The commands of bpf(2) that concern maps, one typed function each.
extension BPFCommand {
    /// `BPF_MAP_CREATE`.
    static func createMap(_ attributes: Map.Attributes) throws(Errno) -> OwnedDescriptor {
        var (attr, size) = numbers(attributes)
        return OwnedDescriptor(owning: try call(CBPF_MAP_CREATE, &attr, size: size))
    }

    /// Why the kernel does not create a map, in its own words (`BPF_COMMON_ATTRS`, Linux 7.2).
    ///
    /// - Returns: nil from kernels that do not tell, and of a map that it creates this time.
    static func reasonAgainstMap(_ attributes: Map.Attributes) -> String? {
        guard takesCommonAttributes else { return nil }
        var (attr, size) = numbers(attributes)
        var log = [UInt8](repeating: 0, count: 4096)
        let answer = unsafe log.withUnsafeMutableBufferPointer { room in
            var common = cbpf_common_attr()
            common.log_buf = UInt64(UInt(bitPattern: room.baseAddress))
            common.log_size = UInt32(truncatingIfNeeded: room.count)
            common.log_level = 1
            return unsafe cbpf_bpf_common(Int32(CBPF_MAP_CREATE), &attr, UInt32(truncatingIfNeeded: size), &common)
        }
        guard answer < 0 else {
            _ = OwnedDescriptor(owning: answer)
            return nil
        }
        let lines = String(decoding: log.prefix { $0 != 0 }, as: UTF8.self).split(separator: "\n")
        let text = lines.joined(separator: "; ")
        return text.isEmpty ? nil : text.last == "." ? String(text.dropLast()) : text
    }

    /// Whether the kernel knows the attributes of all commands: it looks at their address then, which is none here.
    private static let takesCommonAttributes: Bool = {
        var attr = cbpf_map_create_attr()
        let size = UInt32(MemoryLayout<cbpf_map_create_attr>.size)
        return unsafe cbpf_bpf_common(Int32(CBPF_MAP_CREATE), &attr, size, nil) < 0 && Errno.last == .badAddress
    }()

    /// The attributes as the kernel takes them, and how many of their bytes it is shown.
    private static func numbers(_ attributes: Map.Attributes) -> (cbpf_map_create_attr, size: Int) {
        var attr = cbpf_map_create_attr()
        attr.map_type = attributes.type.rawValue
        attr.key_size = attributes.keySize
        attr.value_size = attributes.valueSize
        attr.max_entries = attributes.maxEntries
        attr.map_flags = attributes.flags
        attr.inner_map_fd = UInt32(bitPattern: attributes.innerMapDescriptor ?? 0)
        attr.numa_node = attributes.numaNode
        setName(attributes.name, &attr.map_name)
        attr.btf_fd = UInt32(bitPattern: attributes.btf ?? 0)
        attr.btf_key_type_id = attributes.keyTypeID
        attr.btf_value_type_id = attributes.valueTypeID
        attr.btf_vmlinux_value_type_id = attributes.structureTypeID
        attr.map_extra = attributes.mapExtra
        attr.value_type_btf_obj_fd = attributes.structureModule ?? 0
        typealias Fields = cbpf_map_create_attr
        let size =
            if attributes.structureModule != nil {
                MemoryLayout<Fields>.offset(of: \Fields.map_token_fd)
            } else if attributes.mapExtra != 0 {
                MemoryLayout<Fields>.offset(of: \Fields.value_type_btf_obj_fd)
            } else if attributes.structureTypeID != 0 {
                MemoryLayout<Fields>.offset(of: \Fields.map_extra)
            } else {
                MemoryLayout<Fields>.offset(
                    of: attributes.btf == nil ? \Fields.map_ifindex : \Fields.btf_vmlinux_value_type_id)
            }
        return (attr, size ?? MemoryLayout<Fields>.size)
    }

    /// `BPF_MAP_FREEZE` (5.2).
    static func freezeMap(_ map: Int32) throws(Errno) {
        var descriptor = map
        try call(CBPF_MAP_FREEZE, &descriptor)
    }

    /// `BPF_MAP_UPDATE_ELEM`.
    static func updateElement(
        map: Int32, key: borrowing Span<UInt8>, value: borrowing Span<UInt8>, flags: UInt64
    ) throws(Errno) {
        try withAddresses(key, value) { key, value throws(Errno) in
            var attr = cbpf_map_elem_attr(
                map_fd: UInt32(bitPattern: map), padding: 0, key: key, value: value, flags: flags)
            try call(CBPF_MAP_UPDATE_ELEM, &attr)
        }
    }

    /// `BPF_MAP_LOOKUP_ELEM`: `value` has room from `offset` on for as much as the kernel writes for this map.
    static func lookUpElement(
        map: Int32, key: borrowing Span<UInt8>, value: inout [UInt8], at offset: Int = 0
    ) throws(Errno) {
        try unsafe value.withUnsafeMutableBufferPointer { (room) throws(Errno) in
            let room = UInt64(UInt(bitPattern: room.baseAddress)) + UInt64(offset)
            try withAddresses(key, key) { key, _ throws(Errno) in
                var attr = cbpf_map_elem_attr(
                    map_fd: UInt32(bitPattern: map), padding: 0, key: key, value: room, flags: 0)
                try call(CBPF_MAP_LOOKUP_ELEM, &attr)
            }
        }
    }

    /// The same for a key that may not be there: whether it is.
    static func findElement(
        map: Int32, key: borrowing Span<UInt8>, value: inout [UInt8], at offset: Int = 0
    ) throws(Errno) -> Bool {
        do throws(Errno) {
            try lookUpElement(map: map, key: key, value: &value, at: offset)
        } catch .noSuchFileOrDirectory {
            return false
        }
        return true
    }

    /// `BPF_MAP_GET_NEXT_KEY`: writes the key behind another one, the first for nil.
    ///
    /// - Returns: Whether there is one.
    static func nextKey(map: Int32, after key: [UInt8]?, into next: inout [UInt8]) throws(Errno) -> Bool {
        do throws(Errno) {
            try unsafe next.withUnsafeMutableBufferPointer { (room) throws(Errno) in
                let room = UInt64(UInt(bitPattern: room.baseAddress))
                let bytes = key ?? []
                try withAddresses(bytes.span, bytes.span) { address, _ throws(Errno) in
                    var attr = cbpf_map_elem_attr(
                        map_fd: UInt32(bitPattern: map), padding: 0, key: key == nil ? 0 : address, value: room,
                        flags: 0)
                    try call(CBPF_MAP_GET_NEXT_KEY, &attr)
                }
            }
        } catch .noSuchFileOrDirectory {
            return false
        }
        return true
    }

    /// `BPF_MAP_LOOKUP_BATCH` (5.6): fills keys and values from a place on.
    ///
    /// - Parameters:
    ///   - place: Where the last call ended; empty for the first.
    ///   - keys: Room for `count` keys.
    ///   - values: Room for `count` values.
    /// - Returns: How many came, and whether they were the last.
    static func lookUpBatch(
        map: Int32, place: inout [UInt8], count: Int, keys: inout [UInt8], values: inout [UInt8]
    ) throws(Errno) -> (count: Int, isLast: Bool) {
        // A hash writes the number of a bucket there, other maps a key.
        var next = [UInt8](repeating: 0, count: max(keys.count / max(count, 1), 8))
        let isFirst = place.isEmpty
        var attr = cbpf_map_batch_attr()
        attr.count = UInt32(clamping: count)
        attr.map_fd = UInt32(bitPattern: map)
        let result: Result<Void, Errno> = unsafe next.withUnsafeMutableBufferPointer { next in
            unsafe keys.withUnsafeMutableBufferPointer { keys in
                unsafe values.withUnsafeMutableBufferPointer { values in
                    unsafe place.withUnsafeBufferPointer { place in
                        attr.in_batch = isFirst ? 0 : UInt64(UInt(bitPattern: place.baseAddress))
                        attr.out_batch = UInt64(UInt(bitPattern: next.baseAddress))
                        attr.keys = UInt64(UInt(bitPattern: keys.baseAddress))
                        attr.values = UInt64(UInt(bitPattern: values.baseAddress))
                        return Result { () throws(Errno) in try call(CBPF_MAP_LOOKUP_BATCH, &attr) }
                    }
                }
            }
        }
        do throws(Errno) {
            try result.get()
        } catch .noSuchFileOrDirectory {
            return (Int(attr.count), true)
        }
        place = next
        return (Int(attr.count), false)
    }

    /// `BPF_MAP_LOOKUP_AND_DELETE_ELEM`: takes an element out of a queue or a stack (4.20).
    static func take(map: Int32, size: Int) throws(Errno) -> [UInt8]? {
        var value = [UInt8](repeating: 0, count: size)
        do throws(Errno) {
            try unsafe value.withUnsafeMutableBufferPointer { (room) throws(Errno) in
                var attr = cbpf_map_elem_attr(
                    map_fd: UInt32(bitPattern: map), padding: 0, key: 0,
                    value: UInt64(UInt(bitPattern: room.baseAddress)), flags: 0)
                try call(CBPF_MAP_LOOKUP_AND_DELETE_ELEM, &attr)
            }
        } catch .noSuchFileOrDirectory {
            return nil
        }
        return value
    }

    /// `BPF_MAP_DELETE_ELEM`.
    static func deleteElement(map: Int32, key: borrowing Span<UInt8>) throws(Errno) {
        try withAddresses(key, key) { key, _ throws(Errno) in
            var attr = cbpf_map_elem_attr(map_fd: UInt32(bitPattern: map), padding: 0, key: key, value: 0, flags: 0)
            try call(CBPF_MAP_DELETE_ELEM, &attr)
        }
    }

    /// The kernel wants addresses as 64-bit numbers, valid for the one call.
    private static func withAddresses<Result>(
        _ first: borrowing Span<UInt8>, _ second: borrowing Span<UInt8>,
        _ body: (UInt64, UInt64) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        try unsafe first.withUnsafeBufferPointer { (first) throws(Errno) in
            try unsafe second.withUnsafeBufferPointer { (second) throws(Errno) in
                // Queues and the like have no key, and the kernel wants no address of one.
                try body(
                    first.isEmpty ? 0 : UInt64(UInt(bitPattern: first.baseAddress)),
                    second.isEmpty ? 0 : UInt64(UInt(bitPattern: second.baseAddress)))
            }
        }
    }

    /// Copies at most 15 bytes of a name into `char[BPF_OBJ_NAME_LEN]`, which the kernel wants with its NUL.
    static func setName<Field: BitwiseCopyable>(_ name: String, _ field: inout Field) {
        unsafe withUnsafeMutableBytes(of: &field) { bytes in
            unsafe bytes.copyBytes(from: name.utf8.prefix(bytes.count - 1))
        }
    }

    /// Reads a name that the kernel wrote into `char[BPF_OBJ_NAME_LEN]`.
    static func name<Field: BitwiseCopyable>(of field: Field) -> String {
        unsafe withUnsafeBytes(of: field) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
