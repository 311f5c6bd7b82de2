// SPDX-License-Identifier: Apache-2.0

/// What is known of a type of maps, in one line for each: a new type is a new line, and states all of it.
package struct MapTypeFacts: Sendable {
    /// What its keys are.
    enum Key: Sendable {
        /// There are none.
        case none
        /// Numbers of 4 bytes: an index, or a descriptor of the object that an element belongs to.
        case number
        /// The length of a prefix, and the data of which it is one.
        case prefix
        /// `struct bpf_cgroup_storage_key`, or the id of a control group.
        case controlGroup
        /// What programs make on their stack, of no more bytes than that has.
        case own
        /// What programs define; how long it may be is not known here.
        case other
    }

    /// What its values are.
    enum Value: Sendable {
        /// There are none.
        case none
        /// What programs define, one for each key.
        case own
        /// What programs define, one for each key and possible CPU: a lookup gives all of them, each rounded up to 8 bytes.
        case perCPU
        /// Numbers of 4 bytes: descriptors, or numbers of devices and CPUs.
        case number
        /// The same, or 8 bytes: with a program, or with the cookie of a socket.
        case numberOrMore
        /// The frames of a stack.
        case stack
        /// Functions and data of a structure of the kernel, which knows the size.
        case structure
        /// Not known, so that a lookup may give one for each possible CPU.
        case unknown
    }

    /// When there is memory for its elements.
    enum Allocation: Sendable {
        /// All at once, always: it is an array.
        case array
        /// All at once.
        case inAdvance
        /// All at once, or with `BPF_F_NO_PREALLOC` as they come.
        case either
        /// As they come, which `BPF_F_NO_PREALLOC` has to say.
        case asTheyCome
        /// In a way of its own.
        case other
    }

    /// What `max_entries` is.
    enum Entries: Sendable {
        /// How many elements there may be.
        case elements
        /// A slot for each possible CPU, if nothing else is said.
        case cpus
        /// The bytes of a ring: a page times a power of two.
        case bytes
        /// Nothing: there are as many as there are owners.
        case owners
    }

    /// In which order the kernel walks its elements.
    package enum Order: Sendable {
        /// By their numbers.
        case indices
        /// By the prefixes that they are: what lies within another one comes before it.
        case prefixes
        /// By buckets of a table that stays as large as it is.
        case buckets
        /// By a table that grows while it is walked.
        case growing
    }

    /// The name as bpftool prints it.
    let name: String
    let key: Key
    let value: Value
    let allocation: Allocation
    let entries: Entries
    let order: Order
    /// How a process reads the elements; of sockets only where values have room for a cookie.
    let reading: MapReading
    /// Whether the kernel takes BTF ids of its key and value.
    let takesTypes: Bool
    /// Whether making one asks for `CAP_NET_ADMIN`.
    let isOfNetwork: Bool
    /// The first kernel that has it; nil if that is older than 4.18, or not known.
    let since: KernelRelease?
    /// The options that a kernel needs for it beside those for bpf(2).
    let options: [String]

    private init(
        _ name: String, _ key: Key, _ value: Value, _ allocation: Allocation = .other, _ entries: Entries = .elements,
        _ reading: MapReading = .keys, order: Order = .buckets, takesTypes: Bool = true, isOfNetwork: Bool = false,
        since: KernelRelease? = nil, options: [String] = []
    ) {
        self.name = name
        self.key = key
        self.value = value
        self.allocation = allocation
        self.entries = entries
        self.reading = reading
        self.order = order
        self.takesTypes = takesTypes
        self.isOfNetwork = isOfNetwork
        self.since = since
        self.options = options
    }

    /// Those of a type that is newer than this list.
    static let unknown = MapTypeFacts("", .other, .unknown, .other, .elements, .unreadable(.unknown))

    private static let groups = ["CONFIG_CGROUPS", "CONFIG_CGROUP_BPF"]
    private static let socketMessages = ["CONFIG_NET_SOCK_MSG", "CONFIG_BPF_STREAM_PARSER"]
    private static let sockets = MapReading.unreadable(.socketsWithoutCookies)

    /// All of `enum bpf_map_type`, by their numbers.
    static let all: [MapTypeFacts] = [
        MapTypeFacts("unspec", .other, .unknown, .other, .elements, .unreadable(.unknown)),
        MapTypeFacts("hash", .own, .own, .either),
        MapTypeFacts("array", .number, .own, .array, order: .indices),
        MapTypeFacts("prog_array", .number, .number, .array, order: .indices),
        MapTypeFacts(
            "perf_event_array", .number, .number, .array, .cpus, .unreadable(.ring), order: .indices, takesTypes: false,
            options: ["CONFIG_PERF_EVENTS"]),
        MapTypeFacts("percpu_hash", .own, .perCPU, .either),
        MapTypeFacts("percpu_array", .number, .perCPU, .array, order: .indices),
        MapTypeFacts(
            "stack_trace", .number, .stack, .array, order: .indices, takesTypes: false, options: ["CONFIG_PERF_EVENTS"]),
        MapTypeFacts(
            "cgroup_array", .number, .number, .array, .elements, .unreadable(.references), order: .indices,
            takesTypes: false, options: groups),
        MapTypeFacts("lru_hash", .own, .own, .inAdvance),
        MapTypeFacts("lru_percpu_hash", .own, .perCPU, .inAdvance),
        MapTypeFacts("lpm_trie", .prefix, .own, .asTheyCome, order: .prefixes),
        MapTypeFacts(
            "array_of_maps", .number, .number, .array, .elements, .innerMaps, order: .indices, takesTypes: false),
        MapTypeFacts("hash_of_maps", .other, .number, .other, .elements, .innerMaps, takesTypes: false),
        MapTypeFacts(
            "devmap", .number, .numberOrMore, order: .indices, takesTypes: false, isOfNetwork: true,
            options: ["CONFIG_NET"]),
        MapTypeFacts(
            "sockmap", .number, .numberOrMore, .other, .elements, sockets, order: .indices, takesTypes: false,
            isOfNetwork: true,
            options: socketMessages),
        MapTypeFacts("cpumap", .number, .numberOrMore, order: .indices, takesTypes: false, options: ["CONFIG_NET"]),
        MapTypeFacts(
            "xskmap", .number, .number, .other, .elements, .unreadable(.references), order: .indices, takesTypes: false,
            isOfNetwork: true, options: ["CONFIG_XDP_SOCKETS"]),
        MapTypeFacts(
            "sockhash", .other, .numberOrMore, .other, .elements, sockets, takesTypes: false, isOfNetwork: true,
            since: KernelRelease(4, 18), options: socketMessages),
        MapTypeFacts(
            "cgroup_storage", .controlGroup, .own, .other, .owners, since: KernelRelease(4, 19), options: groups),
        MapTypeFacts(
            "reuseport_sockarray", .other, .own, .other, .elements, sockets, order: .indices,
            since: KernelRelease(4, 19),
            options: ["CONFIG_INET", "CONFIG_NET"]),
        MapTypeFacts(
            "percpu_cgroup_storage", .controlGroup, .perCPU, .other, .owners, since: KernelRelease(4, 20),
            options: groups),
        MapTypeFacts("queue", .none, .own, .other, .elements, .peek, takesTypes: false, since: KernelRelease(4, 20)),
        MapTypeFacts("stack", .none, .own, .other, .elements, .peek, takesTypes: false, since: KernelRelease(4, 20)),
        MapTypeFacts(
            "sk_storage", .number, .own, .asTheyCome, .owners, .unreadable(.sockets), since: KernelRelease(5, 2),
            options: ["CONFIG_INET", "CONFIG_NET"]),
        MapTypeFacts(
            "devmap_hash", .number, .numberOrMore, takesTypes: false, isOfNetwork: true,
            since: KernelRelease(5, 4), options: ["CONFIG_NET"]),
        MapTypeFacts(
            "struct_ops", .other, .structure, .other, .elements, .unreadable(.structure),
            since: KernelRelease(5, 6), options: ["CONFIG_BPF_JIT"]),
        MapTypeFacts("ringbuf", .none, .none, .other, .bytes, .unreadable(.ring), since: KernelRelease(5, 8)),
        MapTypeFacts(
            "inode_storage", .number, .own, .asTheyCome, .owners, .unreadable(.inodes),
            since: KernelRelease(5, 10), options: ["CONFIG_BPF_LSM"]),
        MapTypeFacts("task_storage", .number, .own, .asTheyCome, .owners, .threads, since: KernelRelease(5, 11)),
        MapTypeFacts(
            "bloom_filter", .none, .own, .other, .elements, .unreadable(.filter), since: KernelRelease(5, 16)),
        MapTypeFacts(
            "user_ringbuf", .none, .none, .other, .bytes, .unreadable(.userRing), since: KernelRelease(6, 1)),
        MapTypeFacts(
            "cgrp_storage", .number, .own, .asTheyCome, .owners, .controlGroups, since: KernelRelease(6, 2),
            options: groups),
        MapTypeFacts(
            "arena", .none, .none, .other, .elements, .unreadable(.memory), takesTypes: false,
            since: KernelRelease(6, 9)),
        MapTypeFacts("insn_array", .other, .own, order: .indices, since: KernelRelease(6, 19)),
        MapTypeFacts("rhash", .other, .own, order: .growing, since: KernelRelease(7, 2)),
    ]
}

extension MapType {
    /// What is known of it.
    var facts: MapTypeFacts { isKnown ? MapTypeFacts.all[Int(rawValue)] : .unknown }

    /// Whether it is one that this version knows.
    var isKnown: Bool { rawValue < UInt32(MapTypeFacts.all.count) }

    /// Whether each CPU has a value of its own: a lookup gives one for every possible CPU, each rounded up to 8 bytes.
    public var isPerCPU: Bool { facts.value == .perCPU }

    /// Whether its keys are the numbers from 0 on, and its values what programs define.
    package var isArray: Bool { facts.allocation == .array && (facts.value == .own || facts.value == .perCPU) }

    /// Whether a lookup may write a value for every possible CPU: also of types that are newer than this list, of which
    /// the larger room is the safe one.
    package var needsRoomPerCPU: Bool { isPerCPU || facts.value == .unknown }

    /// Whether its elements have no key.
    public var isKeyless: Bool { facts.key == .none }

    /// Whether its values are maps.
    public var holdsMaps: Bool { facts.reading == .innerMaps }

    /// Whether its values are stacks.
    public var holdsStacks: Bool { facts.value == .stack }

    /// Whether programs send events through it.
    public var holdsEvents: Bool { facts.reading == .unreadable(.ring) }

    /// Whether the kernel makes room for all entries at once, unless `BPF_F_NO_PREALLOC` is given.
    public var reservesEntries: Bool {
        switch (facts.allocation, facts.value) {
        case (.array, .own), (.array, .perCPU), (.inAdvance, _), (.either, _): true
        default: false
        }
    }

    /// In which order the kernel walks its elements.
    package var order: MapTypeFacts.Order { facts.order }

    /// Whether elements make room for newer ones when there is no more.
    package var evicts: Bool { facts.allocation == .inAdvance }

    /// Whether its elements are made one by one, up to a number, so that it may be full.
    package var mayBeFull: Bool { facts.reading != .peek && facts.entries == .elements && facts.order != .indices }

    /// Whether the kernel takes the BTF ids of its key and value (`btf_key_type_id`, `btf_value_type_id`).
    public var takesTypes: Bool { facts.takesTypes }

    /// Whether making one asks for `CAP_NET_ADMIN` beside `CAP_BPF`.
    package var isOfNetwork: Bool { facts.isOfNetwork }

    /// The first kernel that has it; nil if none is known, or if it is older than 4.18.
    package var since: KernelRelease? { facts.since }

    /// How a process gets at all elements of a map of this type.
    ///
    /// - Parameter valueSize: Bytes of a value, on which it depends for maps of sockets.
    public func reading(valueSize: Int) -> MapReading {
        facts.reading == .unreadable(.socketsWithoutCookies) && valueSize == 8 ? .keys : facts.reading
    }

    /// Whether user space can walk its keys and read its values.
    public var isIterable: Bool { [.keys, .innerMaps].contains(reading(valueSize: 8)) }

    /// Whether its keys are numbers: of arrays, and of what is stored with objects of the kernel.
    var hasKeyOfFourBytes: Bool { facts.key == .number }

    /// Whether its values are numbers.
    var hasValueOfFourBytes: Bool { facts.value == .number || facts.value == .numberOrMore }
}
