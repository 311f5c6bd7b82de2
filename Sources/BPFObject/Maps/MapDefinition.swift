// SPDX-License-Identifier: Apache-2.0

/// A map that an object defines: declared as one, or made of a section of data.
public struct MapDefinition: Sendable, Equatable {
    /// How an object came to define a map.
    package enum Origin: Sendable, Equatable {
        /// A structure in a section `maps`, as tc and the kernel's samples have them.
        case legacy(MapLayout)
        /// A variable of section `.maps`, whose BTF type tells everything.
        case btf
        /// A section of data: the map's one value is its bytes.
        case data(DataSection)
        /// The kernel's configuration as the object asks for it (`__kconfig`).
        case configuration
        /// A structure of functions for the kernel, of a section `.struct_ops`.
        case structure
    }

    /// The name of its symbol or, of a map made of data, of its section (`.rodata`; `.kconfig`).
    public let name: String
    /// The name to create it with; `MapName` tells the kernel's rules.
    public internal(set) var kernelName: String
    /// The kind of map.
    public internal(set) var type = MapType(rawValue: 0)
    /// Bytes of a key.
    public internal(set) var keySize: UInt32 = 0
    /// Bytes of a value.
    public internal(set) var valueSize: UInt32 = 0
    /// The number of entries at most.
    public internal(set) var maxEntries: UInt32 = 0
    /// Bits of `BPF_F_*`.
    public internal(set) var flags: UInt32 = 0
    /// The NUMA node, used when `flags` has `BPF_F_NUMA_NODE` (4).
    public internal(set) var numaNode: UInt32 = 0
    /// What some kinds of map want besides (`map_extra`), such as the number of a bloom filter's hashes.
    public internal(set) var mapExtra: UInt64 = 0
    /// The id of the key's type in the object's BTF; 0 is none.
    package internal(set) var keyTypeID = 0
    /// The id of the value's type in the object's BTF, for data that of its section; 0 is none.
    package internal(set) var valueTypeID = 0
    /// The number of its member `pinning`: 1 is the root of bpffs, 2 is tc's shared folder in a legacy map.
    package internal(set) var pinning: UInt32 = 0

    /// tc's `id`, by which a map of maps names its inner maps; 0 is none.
    package internal(set) var id: UInt32 = 0
    /// tc's `inner_id`: the `id` of the maps that a map of maps holds; 0 is none.
    package internal(set) var innerID: UInt32 = 0
    /// tc's `inner_idx`: the slot of the outer map that this map goes into; nil is none (`~0`, or no such member).
    package internal(set) var innerIndex: UInt32?
    /// The samples' `inner_map_idx`: the index, in the section, of the map that a map of maps is made after.
    package internal(set) var innerMapIndex: UInt32?

    /// The map that the inner ones are like, where the outer one's BTF type tells it (`__array(values, …)`).
    public var inner: MapDefinition? {
        get { innerStorage.first }
        set { innerStorage = newValue.map { [$0] } ?? [] }
    }
    /// What the object puts into it by name.
    package internal(set) var slots: [MapSlot] = []
    /// What its one value holds at first, if it is made of a section of data.
    package internal(set) var content: DataContent?

    /// The structure of functions that it registers with the kernel, if it is one.
    package internal(set) var structure: StructureDefinition?

    /// What an arena holds at first: the object's variables of address space 1.
    package internal(set) var arenaContent: [UInt8] = []

    /// How the object came to define it.
    package let origin: Origin
    /// The section that it was found in.
    public let section: String
    /// Bytes from the start of that section.
    package let offset: Int

    /// At most one: a structure cannot hold itself otherwise.
    private var innerStorage: [MapDefinition] = []

    init(name: String, origin: Origin, section: String, offset: Int) {
        self.name = name
        kernelName = name
        self.origin = origin
        self.section = section
        self.offset = offset
    }

    /// Where it is in the file, for messages.
    var placeText: String { "at byte \(offset) of section \(section)" }

    /// How a legacy definition was read; nil for other maps.
    package var layout: MapLayout? {
        if case .legacy(let layout) = origin { layout } else { nil }
    }

    /// Whether its sizes are those of something in the object.
    var hasFixedSize: Bool { isData || structure != nil }

    /// Whether its one value is data of the object.
    public var isData: Bool { content != nil }
}

/// An element that an object gives to a map in its declaration.
package struct MapSlot: Sendable, Equatable {
    /// What goes in.
    package enum Target: Sendable, Equatable {
        /// A map, by its index in `Object.maps`.
        case map(Int)
        /// A program, by the name of its function.
        case program(String)
    }

    /// The key, a number of 4 bytes.
    package let index: UInt32
    /// What goes in.
    package let target: Target
}

extension Object {
    /// The programs that the object itself puts into program arrays: others call them, and nothing attaches them.
    public var tailCalls: Set<String> {
        var names: Set<String> = []
        for case .program(let name) in maps.flatMap(\.slots).map(\.target) { names.insert(name) }
        return names
    }
}
