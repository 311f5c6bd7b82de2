// SPDX-License-Identifier: Apache-2.0

/// Names that the traced host has for its numbers, and no other machine may have: block kind 9.
public struct CaptureNames: Sendable, Equatable {
    /// What the numbers are of; a later version may have others.
    public enum Kind: UInt32, Sendable, CaseIterable {
        /// Users, by uid.
        case users = 1
        /// Groups, by gid.
        case groups = 2
        /// Control groups, by the id that `bpf_get_current_cgroup_id` returns: the path in their hierarchy.
        case cgroups = 3
    }

    /// A number and its name.
    public struct Entry: Sendable, Equatable {
        /// The number.
        public var id: UInt64
        /// The name, as the host has it: it is foreign text.
        public var name: String

        /// Creates an entry.
        public init(id: UInt64, name: String) {
            self.id = id
            self.name = name
        }
    }

    /// What the numbers are of.
    public var kind: Kind
    /// The names; one that is told again has the later name.
    public var entries: [Entry]
    /// Whether the host has more names than the capture tells.
    public var isCut: Bool

    /// Bytes of the longest name; a longer one is left out.
    public static let longestName = 4096

    /// Creates a list of names.
    public init(_ kind: Kind, _ entries: [Entry] = [], isCut: Bool = false) {
        self.kind = kind
        self.entries = entries
        self.isCut = isCut
    }

    private enum Tag {
        static let kind: UInt16 = 1
        static let entry: UInt16 = 2
        static let isCut: UInt16 = 3
    }

    var payload: [UInt8] {
        var fields = CaptureFieldWriter()
        fields.put(Tag.kind, kind.rawValue)
        for entry in entries {
            var bytes: [UInt8] = []
            bytes.append(integer: entry.id)
            bytes += Array(entry.name.utf8)
            fields.put(Tag.entry, bytes: bytes)
        }
        if isCut { fields.put(Tag.isCut, UInt32(1)) }
        return fields.payload
    }

    /// Reads the names of a block.
    ///
    /// - Returns: Nil if they are of a kind that this version does not know.
    init?(_ payload: CaptureBytes) throws(CaptureMalformed) {
        var number: UInt32?
        var entries: [Entry] = []
        var isCut = false
        try payload.forEachField { (tag, value) throws(CaptureMalformed) in
            switch tag {
            case Tag.kind: number = try value.integer(UInt32.self)
            case Tag.entry:
                let id = try value.integer(UInt64.self)
                guard (9...8 + Self.longestName).contains(value.count) else { return }
                entries.append(Entry(id: id, name: value.extracting(8..<value.count).text))
            case Tag.isCut: isCut = try value.integer(UInt32.self) != 0
            default: break
            }
        }
        guard let number else { throw CaptureMalformed(reason: "names do not say what they are of") }
        guard let kind = Kind(rawValue: number) else { return nil }
        self.init(kind, entries, isCut: isCut)
    }

    /// The same in parts whose blocks are of ordinary size.
    var blocks: [CaptureNames] {
        var parts: [CaptureNames] = []
        var part = CaptureNames(kind, isCut: isCut)
        var bytes = 0
        for entry in entries {
            // A field's head, the number, the name and its padding.
            let size = 24 + entry.name.utf8.count
            if bytes + size > CaptureBlock.ordinaryPayload, !part.entries.isEmpty {
                parts.append(part)
                (part.entries, bytes) = ([], 0)
            }
            part.entries.append(entry)
            bytes += size
        }
        return parts + [part]
    }
}
