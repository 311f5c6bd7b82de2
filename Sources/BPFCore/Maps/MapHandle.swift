// SPDX-License-Identifier: Apache-2.0

internal import CBPF
public import SystemPackage

/// An open map (`BPF_MAP_*`), held by its descriptor.
public struct MapHandle: ~Copyable, Sendable {
    /// What `BPF_MAP_CREATE` is told.
    public struct Attributes: Sendable, Equatable {
        /// A number of `enum bpf_map_type`, the kind of map.
        public var type: UInt32
        /// Bytes of a key.
        public var keySize: UInt32
        /// Bytes of a value.
        public var valueSize: UInt32
        /// The number of entries at most.
        public var maxEntries: UInt32
        /// Bits of `BPF_F_*`, as they were asked for.
        public var flags: UInt32
        /// The NUMA node, used when `flags` has `BPF_F_NUMA_NODE`.
        public var numaNode: UInt32
        /// Letters, digits and `_`, at most 15.
        public var name: String
        /// For maps of maps: an open map of the inner kind.
        public var innerMapDescriptor: Int32?

        /// Creates attributes.
        public init(
            type: UInt32, keySize: UInt32, valueSize: UInt32, maxEntries: UInt32, flags: UInt32 = 0,
            numaNode: UInt32 = 0, name: String, innerMapDescriptor: Int32? = nil
        ) {
            self.type = type
            self.keySize = keySize
            self.valueSize = valueSize
            self.maxEntries = maxEntries
            self.flags = flags
            self.numaNode = numaNode
            self.name = name
            self.innerMapDescriptor = innerMapDescriptor
        }
    }

    /// What the kernel tells of a map (`struct bpf_map_info`).
    public struct Info: Sendable, Equatable {
        /// A number of `enum bpf_map_type`, the kind of map.
        public var type: UInt32
        /// The id, unique as long as the map lives.
        public var id: UInt32
        /// Bytes of a key.
        public var keySize: UInt32
        /// Bytes of a value.
        public var valueSize: UInt32
        /// The number of entries at most.
        public var maxEntries: UInt32
        /// Bits of `BPF_F_*`, with those that the kernel added.
        public var flags: UInt32
        /// The name it was created with.
        public var name: String
    }

    /// The map's descriptor.
    public let descriptor: OwnedDescriptor

    /// The sizes that the kernel reads and writes in our memory; nil for maps per CPU, where they are not these.
    private let elementSize: (key: Int, value: Int)?

    private init(_ descriptor: consuming OwnedDescriptor, type: UInt32, keySize: UInt32, valueSize: UInt32) {
        self.descriptor = descriptor
        let perCPU = [5, 6, 10, 21].contains(type)  // PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH, PERCPU_CGROUP_STORAGE
        elementSize = perCPU ? nil : (Int(keySize), Int(valueSize))
    }

    /// Takes over a descriptor that turns out to be a map or not.
    ///
    /// - Throws: `BPFError` of operation `info`: the kernel does not know it, or it is a program or a link.
    init(_ descriptor: consuming OwnedDescriptor) throws(BPFError) {
        let info = try Self.readInfo(descriptor.rawValue)
        self.init(descriptor, type: info.type, keySize: info.keySize, valueSize: info.valueSize)
    }

    /// Creates a map.
    public static func create(_ attributes: Attributes) throws(BPFError) -> MapHandle {
        do {
            return MapHandle(
                try MemoryLock.retrying { () throws(Errno) in try BPFCommand.createMap(attributes) },
                type: attributes.type, keySize: attributes.keySize, valueSize: attributes.valueSize)
        } catch {
            throw BPFError(
                .createMap, errno: error, "cannot create map \(attributes.name)", cause: attributes.meaning(of: error))
        }
    }

    /// What the kernel tells of this map.
    public func info() throws(BPFError) -> Info {
        try Self.readInfo(descriptor.rawValue)
    }

    private static func readInfo(_ descriptor: Int32) throws(BPFError) -> Info {
        var info = cbpf_map_info()
        do {
            try BPFCommand.readInfo(of: descriptor, into: &info)
        } catch {
            throw BPFError(.info, errno: error, "cannot read what the kernel knows of a map")
        }
        return Info(
            type: info.type, id: info.id, keySize: info.key_size, valueSize: info.value_size,
            maxEntries: info.max_entries, flags: info.map_flags, name: BPFCommand.name(of: info.name))
    }

    /// Sets an element (`BPF_ANY`).
    ///
    /// - Parameters:
    ///   - key: As many bytes as the map's keys have.
    ///   - value: As many bytes as the map's values have.
    /// - Throws: `EINVAL` if the sizes are others, and for maps per CPU, whose values are arrays.
    public func update(key: [UInt8], value: [UInt8]) throws(Errno) {
        guard key.count == elementSize?.key, value.count == elementSize?.value else { throw .invalidArgument }
        try BPFCommand.updateElement(map: descriptor.rawValue, key: key.span, value: value.span, flags: 0)
    }

    /// Sets an element of a map with 4-byte keys and values, such as an array of descriptors.
    public func update(key: UInt32, value: UInt32) throws(Errno) {
        try update(key: key.bytes, value: value.bytes)
    }

    /// The value of an element; nil if there is none.
    ///
    /// - Parameter key: As many bytes as the map's keys have.
    /// - Throws: `EINVAL` if the size is another, and for maps per CPU, whose values are arrays.
    public func lookUp(key: [UInt8]) throws(Errno) -> [UInt8]? {
        guard let elementSize, key.count == elementSize.key else { throw .invalidArgument }
        var value = [UInt8](repeating: 0, count: elementSize.value)
        do {
            try BPFCommand.lookUpElement(map: descriptor.rawValue, key: key.span, value: &value)
        } catch .noSuchFileOrDirectory {
            return nil
        }
        return value
    }

    /// Removes an element of a map with 4-byte keys.
    public func delete(key: UInt32) throws(Errno) {
        guard elementSize?.key == 4 else { throw .invalidArgument }
        try BPFCommand.deleteElement(map: descriptor.rawValue, key: key.bytes.span)
    }
}

extension MapHandle.Attributes {
    /// What an errno of `BPF_MAP_CREATE` means, where that is more than its name.
    fileprivate func meaning(of errno: Errno) -> String? {
        switch errno {
        case .invalidArgument:
            "the kernel does not take this combination: type \(type), key \(keySize) bytes, "
                + "value \(valueSize) bytes, \(maxEntries) entries, flags 0x\(String(flags, radix: 16))"
        case .argListTooLong: "keys or values are larger than the kernel takes for this type"
        case .noMemory: "the kernel has no memory for \(maxEntries) entries"
        default: nil
        }
    }
}

extension UInt32 {
    /// The number as the kernel reads it from memory.
    var bytes: [UInt8] { unsafe withUnsafeBytes(of: self) { unsafe Array($0) } }
}
