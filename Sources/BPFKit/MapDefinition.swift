// SPDX-License-Identifier: Apache-2.0

/// What a map is, in numbers: the constant that a map's global variable holds, and of which the compiler of probes makes
/// the definition that the loader reads.
@frozen
public struct MapDefinition: Sendable {
    /// The kind of the map, one of `BPF_MAP_TYPE_…`.
    public let kind: UInt32
    /// Bytes of a key.
    public let keySize: UInt32
    /// Bytes of a value, or of an event.
    public let valueSize: UInt32
    /// How many entries there is room for; bytes of a ring buffer; 0: the loader decides.
    public let maxEntries: UInt32
    /// `BPF_F_…` of the map.
    public let flags: UInt32
    /// ``Pinning``.
    public let pinning: UInt32

    /// A definition, of constants.
    @_transparent public init(
        kind: UInt32, keySize: UInt32, valueSize: UInt32, maxEntries: UInt32, flags: UInt32, pinning: UInt32
    ) {
        self.kind = kind
        self.keySize = keySize
        self.valueSize = valueSize
        self.maxEntries = maxEntries
        self.flags = flags
        self.pinning = pinning
    }
}

/// Where a map stays when the loader has gone.
@frozen
public struct Pinning: Sendable {
    /// The number that the kernel knows.
    public let rawValue: UInt32
    /// A value by the number that the kernel knows.
    @_transparent public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Nowhere.
    public static var none: Pinning { @_transparent get { Pinning(rawValue: 0) } }
    /// At `/sys/fs/bpf/NAME`: `LIBBPF_PIN_BY_NAME`.
    public static var byName: Pinning { @_transparent get { Pinning(rawValue: 1) } }
    /// At `/sys/fs/bpf/NAME`, in the form of tc and of the tools of 2018: a `struct bpf_elf_map` with `PIN_OBJECT_NS`.
    public static var legacyObject: Pinning { @_transparent get { Pinning(rawValue: 2) } }
    /// At `/sys/fs/bpf/tc/globals/NAME`, shared with tc: a `struct bpf_elf_map` with `PIN_GLOBAL_NS`.
    public static var legacyGlobal: Pinning { @_transparent get { Pinning(rawValue: 3) } }
}

/// What a map is asked to do otherwise than by default; put several together by `|`.
@frozen
public struct MapFlags: Sendable {
    /// The number that the kernel knows.
    public let rawValue: UInt32
    /// A value by the number that the kernel knows.
    @_transparent public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Both.
    @_transparent public static func | (a: MapFlags, b: MapFlags) -> MapFlags {
        MapFlags(rawValue: a.rawValue | b.rawValue)
    }

    /// Nothing.
    public static var none: MapFlags { @_transparent get { MapFlags(rawValue: 0) } }
    /// Memory for entries is taken when they come: `BPF_F_NO_PREALLOC`.
    public static var noPreallocation: MapFlags { @_transparent get { MapFlags(rawValue: 1) } }
    /// Each processor drops its own least recently used entries: `BPF_F_NO_COMMON_LRU`.
    public static var noCommonLRU: MapFlags { @_transparent get { MapFlags(rawValue: 2) } }
    /// Processes may only read the map: `BPF_F_RDONLY`.
    public static var readOnlyForProcesses: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 3) } }
    /// Processes may only write the map: `BPF_F_WRONLY`.
    public static var writeOnlyForProcesses: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 4) } }
    /// Probes may only read the map: `BPF_F_RDONLY_PROG`, Linux 5.2.
    public static var readOnlyForProbes: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 7) } }
    /// Probes may only write the map: `BPF_F_WRONLY_PROG`, Linux 5.2.
    public static var writeOnlyForProbes: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 8) } }
    /// Processes may map an array into their memory: `BPF_F_MMAPABLE`, Linux 5.5.
    public static var mappable: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 10) } }
    /// An inner map may have another number of entries: `BPF_F_INNER_MAP`, Linux 5.10.
    public static var innerMap: MapFlags { @_transparent get { MapFlags(rawValue: 1 << 12) } }
}

/// A map: memory that probes and processes share.
///
/// It is a global constant of a probe: `let counts = HashMap<…>(…)`.
public protocol ProbeMap: ~Copyable, Sendable {
    /// What stands for the map in calls of helpers.
    var address: UnsafeMutablePointer<MapDefinition> { get }
}

/// Which entries ``KeyedMap/insert(_:for:_:)`` may write.
@frozen
public struct InsertionMode: Sendable {
    /// The number that the kernel knows.
    public let rawValue: UInt64
    /// A value by the number that the kernel knows.
    @_transparent public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// New ones and those that are there: `BPF_ANY`.
    public static var always: InsertionMode { @_transparent get { InsertionMode(rawValue: 0) } }
    /// New ones: `BPF_NOEXIST`.
    public static var ifAbsent: InsertionMode { @_transparent get { InsertionMode(rawValue: 1) } }
    /// Those that are there: `BPF_EXIST`.
    public static var ifPresent: InsertionMode { @_transparent get { InsertionMode(rawValue: 2) } }
}
