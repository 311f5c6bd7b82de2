// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import CBPF
internal import Diagnostics

/// An open map (`BPF_MAP_*`), held by its descriptor.
public struct Map: ~Copyable, Sendable {
    /// What `BPF_MAP_CREATE` is told.
    package struct Attributes: Sendable, Equatable {
        /// The kind of map.
        package var type: MapType
        /// Bytes of a key.
        package var keySize: UInt32
        /// Bytes of a value.
        package var valueSize: UInt32
        /// The number of entries at most.
        package var maxEntries: UInt32
        /// Bits of `BPF_F_*`, as they were asked for.
        package var flags: UInt32
        /// The NUMA node, used when `flags` has `BPF_F_NUMA_NODE`.
        package var numaNode: UInt32
        /// Letters, digits and `_`, at most 15.
        package var name: String
        /// For maps of maps: an open map of the inner kind.
        package var innerMapDescriptor: Int32?
        /// The BTF that the type ids are of, loaded; nil for a map without types.
        package var btf: Int32?
        /// The type of keys in that BTF; 0 for none.
        package var keyTypeID: UInt32
        /// The type of values in that BTF; 0 for none.
        package var valueTypeID: UInt32
        /// What the type of map makes of it, such as the number of hashes of a bloom filter (5.16).
        package var mapExtra: UInt64
        /// Of a structure of functions: the type of its value in the kernel's BTF, or a module's; 0 of other maps.
        var structureTypeID: UInt32 = 0
        /// The BTF of the module that has the structure; nil is the kernel's own.
        var structureModule: Int32?

        /// Creates attributes.
        package init(
            type: MapType, keySize: UInt32, valueSize: UInt32, maxEntries: UInt32, flags: UInt32 = 0,
            numaNode: UInt32 = 0, name: String, innerMapDescriptor: Int32? = nil, btf: Int32? = nil,
            keyTypeID: UInt32 = 0, valueTypeID: UInt32 = 0, mapExtra: UInt64 = 0
        ) {
            self.type = type
            self.keySize = keySize
            self.valueSize = valueSize
            self.maxEntries = maxEntries
            self.flags = flags
            self.numaNode = numaNode
            self.name = name
            self.innerMapDescriptor = innerMapDescriptor
            self.btf = btf
            self.keyTypeID = keyTypeID
            self.valueTypeID = valueTypeID
            self.mapExtra = mapExtra
        }
    }

    /// What the kernel tells of a map (`struct bpf_map_info`).
    public struct Info: Sendable, Equatable {
        /// The kind of map.
        public var type: MapType
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
        /// The id of the BTF it was created with; 0 for none.
        package var btfID: UInt32
        /// The type of keys in that BTF; 0 for none.
        package var keyTypeID: UInt32
        /// The type of values in that BTF; 0 for none.
        package var valueTypeID: UInt32
        /// What the type of map makes of it; nil from kernels that do not tell (before 5.16).
        public var mapExtra: UInt64?
    }

    /// The map's descriptor.
    package let descriptor: OwnedDescriptor
    /// Why the map has no BTF though it was created with some: what the kernel said of it; nil if it has what was given.
    package private(set) var refusedTypes: Errno?

    /// The kind of map.
    public let type: MapType
    /// Bytes of a key.
    public let keySize: Int
    /// Bytes of a value; of a map per CPU those of one CPU.
    public let valueSize: Int

    /// The sizes that the kernel reads and writes in our memory; nil for maps per CPU, where they are not these.
    private var elementSize: (key: Int, value: Int)? { type.needsRoomPerCPU ? nil : (keySize, valueSize) }

    private init(_ descriptor: consuming OwnedDescriptor, type: MapType, keySize: UInt32, valueSize: UInt32) {
        self.descriptor = descriptor
        self.type = type
        self.keySize = Int(keySize)
        self.valueSize = Int(valueSize)
    }

    /// Takes over a descriptor that turns out to be a map or not.
    ///
    /// - Throws: `BPFError` of operation `info`: the kernel does not know it, or it is a program or a link.
    init(_ descriptor: consuming OwnedDescriptor) throws(BPFError) {
        let info = try Self.readInfo(descriptor.rawValue)
        self.init(descriptor, type: info.type, keySize: info.keySize, valueSize: info.valueSize)
    }

    /// Creates a map, without its types if the kernel does not take those: ``refusedTypes`` tells.
    package static func create(_ attributes: Attributes) throws(BPFError) -> Map {
        var attributes = attributes
        if !attributes.type.takesTypes { attributes.dropTypes() }
        do {
            var refusedTypes: Errno?
            let descriptor = try MemoryLock.retrying { () throws(Errno) in
                do throws(Errno) {
                    return try BPFCommand.createMap(attributes)
                } catch {
                    // EPERM is of the memory limit, or would stop a map without types as well.
                    guard attributes.btf != nil, attributes.structureTypeID == 0, error != .notPermitted else {
                        throw error
                    }
                    attributes.dropTypes()
                    refusedTypes = error
                    return try BPFCommand.createMap(attributes)
                }
            }
            var map = Map(
                descriptor, type: attributes.type, keySize: attributes.keySize, valueSize: attributes.valueSize)
            map.refusedTypes = refusedTypes
            return map
        } catch {
            throw attributes.refusal(error)
        }
    }

    /// What the kernel tells of this map.
    public func info() throws(BPFError) -> Info {
        try Self.readInfo(descriptor.rawValue)
    }

    private static func readInfo(_ descriptor: Int32) throws(BPFError) -> Info {
        var info = cbpf_map_info()
        let known: Int
        do {
            known = try BPFCommand.readInfo(of: descriptor, into: &info)
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot read what the kernel knows of a map")
        }
        return Info(
            type: MapType(rawValue: info.type), id: info.id, keySize: info.key_size, valueSize: info.value_size,
            maxEntries: info.max_entries, flags: info.map_flags, name: BPFCommand.name(of: info.name),
            btfID: info.btf_id, keyTypeID: info.btf_key_type_id, valueTypeID: info.btf_value_type_id,
            mapExtra: known >= MemoryLayout<cbpf_map_info>.size ? info.map_extra : nil)
    }

    /// Lets nobody change the map through bpf(2) any more (`BPF_MAP_FREEZE`, 5.2); programs still may.
    public func freeze() throws(Errno) {
        try BPFCommand.freezeMap(descriptor.rawValue)
    }

    /// Whether the map is frozen, by /proc; nil if that cannot be read or does not tell.
    package func isFrozen(roots: KernelRoots = KernelRoots()) -> Bool? {
        guard let text = try? KernelFile.text("\(roots.proc)/self/fdinfo/\(descriptor.rawValue)", limit: 1 << 16),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("frozen:") })
        else { return nil }
        return line.hasSuffix("1")
    }

    /// Another handle of the same open map, which lives on its own.
    ///
    /// The kernel takes a perf event out of its slot when the last of the handles through which it was put there closes.
    public func duplicate() throws(BPFError) -> Map {
        try Map(try descriptor.duplicate("a map"))
    }

    /// Sets an element.
    ///
    /// - Parameters:
    ///   - key: As many bytes as the map's keys have.
    ///   - value: As many bytes as the map's values have.
    ///   - flags: `BPF_ANY` (0), `BPF_NOEXIST` (1), `BPF_EXIST` (2).
    /// - Throws: `EINVAL` if the sizes are others, and for maps per CPU, whose values are arrays.
    package func update(key: [UInt8], value: [UInt8], flags: UInt64 = 0) throws(Errno) {
        guard key.count == elementSize?.key, value.count == elementSize?.value else { throw .invalidArgument }
        try BPFCommand.updateElement(map: descriptor.rawValue, key: key.span, value: value.span, flags: flags)
    }

    /// Sets an element of a map with 4-byte keys and values, such as an array of descriptors.
    package func update(key: UInt32, value: UInt32) throws(Errno) {
        try update(key: key.bytes, value: value.bytes)
    }

    /// The value of an element; nil if there is none.
    ///
    /// - Parameter key: As many bytes as the map's keys have.
    /// - Throws: `EINVAL` if the size is another, and for maps per CPU, whose values are arrays.
    package func lookUp(key: [UInt8]) throws(Errno) -> [UInt8]? {
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
    package func delete(key: UInt32) throws(Errno) {
        guard elementSize?.key == 4 else { throw .invalidArgument }
        try BPFCommand.deleteElement(map: descriptor.rawValue, key: key.bytes.span)
    }
}

extension Map.Attributes {
    fileprivate mutating func dropTypes() {
        btf = nil
        keyTypeID = 0
        valueTypeID = 0
    }

    /// What an errno of `BPF_MAP_CREATE` means.
    fileprivate func refusal(_ errno: Errno) -> BPFError {
        let message = "cannot create map \(name)"
        let size = ", of type \(type), key \(keySize) bytes, value \(valueSize) bytes, \(maxEntries) entries"
        switch errno {
        case .invalidArgument, .argListTooLong, .notSupported:
            let shape = MapRule.Shape(
                name: name, type: type, keySize: keySize, valueSize: valueSize, maxEntries: maxEntries, flags: flags)
            let release = KernelRelease(versionCode: KernelVersion.running())
            let page = UInt32(truncatingIfNeeded: MemoryPage.size)
            let said = BPFCommand.reasonAgainstMap(self)
            if let rule = MapRule.broken(
                by: shape, release: release, pageSize: page, deepestStack: MachineSettings.deepestStack())
            {
                return BPFError(
                    .createMap, .mapRuleBroken, errno: errno, message, cause: rule.cause,
                    details: said.map { ["the kernel says: \($0)"] } ?? [], nextStep: rule.hint)
            }
            let shapeText = String((size + ", flags 0x\(String(flags, radix: 16))").dropFirst(2))
            if let said {
                return BPFError(
                    .createMap, .mapRefused, errno: errno, message, cause: said, details: ["it is \(shapeText)"])
            }
            let options = KernelOption.of(map: type)
            return BPFError(
                .createMap, errno == .argListTooLong ? .mapTooLarge : .mapRefused, errno: errno, message,
                cause: (errno == .argListTooLong ? "it is larger than the kernel takes" : "the kernel does not take it")
                    + ", \(shapeText)",
                details: errno == .argListTooLong ? [] : KernelConfig.doubts(of: options),
                nextStep: errno == .argListTooLong
                    ? "make it smaller: fewer entries (\(.mapSize, name, to: "ENTRIES")), or smaller keys and values"
                    : nil)
        case .noMemory:
            return BPFError(
                .createMap, .mapMemory, errno: errno, message, cause: "the kernel has no memory for it" + size,
                nextStep: "make it smaller: \(.mapSize, name, to: "ENTRIES")")
        default:
            return BPFError(.createMap, .mapRefused, errno: errno, message)
                .needing(PermissionFacts.capabilities(toCreate: type))
        }
    }
}

extension FixedWidthInteger where Self: BitwiseCopyable {
    /// The number as the kernel reads it from memory.
    var bytes: [UInt8] { unsafe withUnsafeBytes(of: self) { unsafe Array($0) } }
}
