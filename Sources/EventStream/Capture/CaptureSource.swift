// SPDX-License-Identifier: Apache-2.0

/// A map that the events of a capture come from, or that it has snapshots of.
public struct CaptureSource: Sendable, Equatable {
    /// What a capture has of a source.
    public enum Content: UInt32, Sendable {
        /// Events: the map is a ring.
        case events = 1
        /// Snapshots of the map's elements.
        case elements = 2
        /// Snapshots of an object's global variables: the map has one element, whose value they are the members of.
        case globals = 3
    }

    /// What the sizes of a source's records are.
    public enum Sizes: UInt32, Sendable {
        /// The bytes that the program gave.
        case exact = 1
        /// Those and the kernel's padding, up to 7 bytes of no meaning: a perf ring does not tell the true size.
        case padded = 2
    }

    /// Its number in this capture, from 0.
    public var number: UInt32
    /// The map's id while the kernel that made it ran.
    public var mapID: UInt32?
    /// The map's type (`enum bpf_map_type`).
    public var mapType: UInt32?
    /// The map's name.
    public var mapName = ""
    /// The path of its pin.
    public var path = ""
    /// The bytes of a ring of it: that of one CPU, or that of all.
    public var ringBytes: UInt64?
    /// The ids of the programs that use the map, as far as they are known.
    public var programs: [UInt32] = []
    /// What the sizes of its records are; nil if that is not known.
    public var sizes: Sizes?
    /// What the capture has of it; nil if that is not known: before version 1.3 there were events only.
    public var content: Content?
    /// Bytes of a key of the map.
    public var keySize: UInt32?
    /// Bytes of a value of the map, of a map per CPU those of one CPU.
    public var valueSize: UInt32?
    /// The most elements that the map can have.
    public var maxEntries: UInt32?
    /// The map's flags (`BPF_F_…` of `BPF_MAP_CREATE`).
    public var mapFlags: UInt32?
    /// What its histograms count, such as `us`, where the names in its type do not say it; empty if that is not known.
    public var unit = ""

    /// Bytes of the longest unit; a longer one is passed over.
    static let longestUnit = 64

    /// Creates a source; set the other parts afterwards.
    public init(number: UInt32) {
        self.number = number
    }

    private enum Tag {
        static let number: UInt16 = 1
        static let mapID: UInt16 = 2
        static let mapType: UInt16 = 3
        static let mapName: UInt16 = 4
        static let path: UInt16 = 5
        static let ringBytes: UInt16 = 6
        static let programs: UInt16 = 7
        static let sizes: UInt16 = 8
        static let content: UInt16 = 9
        static let keySize: UInt16 = 10
        static let valueSize: UInt16 = 11
        static let maxEntries: UInt16 = 12
        static let mapFlags: UInt16 = 13
        static let unit: UInt16 = 14
    }

    var payload: [UInt8] {
        var fields = CaptureFieldWriter()
        fields.put(Tag.number, number)
        fields.put(Tag.mapID, mapID)
        fields.put(Tag.mapType, mapType)
        fields.put(Tag.mapName, mapName)
        fields.put(Tag.path, path)
        fields.put(Tag.ringBytes, ringBytes)
        fields.put(Tag.programs, programs)
        fields.put(Tag.sizes, sizes?.rawValue)
        fields.put(Tag.content, content?.rawValue)
        fields.put(Tag.keySize, keySize)
        fields.put(Tag.valueSize, valueSize)
        fields.put(Tag.maxEntries, maxEntries)
        fields.put(Tag.mapFlags, mapFlags)
        fields.put(Tag.unit, unit)
        return fields.payload
    }

    init(_ payload: CaptureBytes) throws(CaptureMalformed) {
        self.init(number: 0)
        var hasNumber = false
        try payload.forEachField { (tag, value) throws(CaptureMalformed) in
            switch tag {
            case Tag.number:
                number = try value.integer(UInt32.self)
                hasNumber = true
            case Tag.mapID: mapID = try value.integer(UInt32.self)
            case Tag.mapType: mapType = try value.integer(UInt32.self)
            case Tag.mapName: mapName = value.text
            case Tag.path: path = value.text
            case Tag.ringBytes: ringBytes = try value.integer(UInt64.self)
            case Tag.programs: programs = value.integers()
            case Tag.sizes: sizes = Sizes(rawValue: try value.integer(UInt32.self))
            case Tag.content: content = Content(rawValue: try value.integer(UInt32.self))
            case Tag.keySize: keySize = try value.integer(UInt32.self)
            case Tag.valueSize: valueSize = try value.integer(UInt32.self)
            case Tag.maxEntries: maxEntries = try value.integer(UInt32.self)
            case Tag.mapFlags: mapFlags = try value.integer(UInt32.self)
            case Tag.unit: if value.count <= Self.longestUnit { unit = value.text }
            default: break
            }
        }
        guard hasNumber else { throw CaptureMalformed(reason: "the source has no number") }
    }
}
