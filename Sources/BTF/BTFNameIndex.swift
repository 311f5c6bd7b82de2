// SPDX-License-Identifier: Apache-2.0

/// The types of some kinds by their essential names, in one flat table: vmlinux has tens of thousands.
///
/// The essential name is the one without the flavour that CO-RE and dumps of BTF put behind it: `task_struct` of
/// `task_struct___old`.
package struct BTFNameIndex: Sendable {
    /// The types that it is of.
    package let btf: BTF
    /// The first entry of each bucket, counted from 1; 0 is none.
    private let heads: [UInt32]
    /// Ids, and the entry that follows in the same bucket.
    ///
    /// Chained, so that equal names cost no search to put in.
    private let entries: [(id: UInt32, next: UInt32)]

    /// The kinds that a CO-RE relocation can ask for.
    package static let relocatable: Set<BTFKind> = [
        .int, .float, .structure, .union, .enum, .enum64, .forward, .typedef,
    ]

    /// Makes the index, in one pass over the types; those of a base are not in it.
    package init(_ btf: BTF, kinds: Set<BTFKind> = BTFNameIndex.relocatable) {
        self.btf = btf
        var wanted: UInt64 = 0
        for kind in kinds { wanted |= 1 << UInt64(kind.rawValue) }
        let found = btf.essentialNames(ofKinds: wanted)
        var capacity = 16
        while capacity < found.count { capacity *= 2 }
        var heads = [UInt32](repeating: 0, count: capacity)
        var entries: [(id: UInt32, next: UInt32)] = []
        entries.reserveCapacity(found.count)
        // Backwards, so that a bucket begins with its lowest id.
        for (id, hash) in found.reversed() {
            let bucket = Int(hash) & (capacity - 1)
            entries.append((id, heads[bucket]))
            heads[bucket] = UInt32(truncatingIfNeeded: entries.count)
        }
        self.heads = heads
        self.entries = entries
    }

    /// The ids of the types of an essential name, in ascending order.
    package func ids(essentialName name: String) -> [Int] { ids(Array(name.utf8)[...]) }

    /// The first type of exactly this name and kind.
    package func id(named name: String, kind: BTFKind) -> Int? {
        let bytes = Array(name.utf8)
        return ids(Self.essential(bytes[...])).first { id in
            guard let type = btf[id], type.kind == kind else { return false }
            return btf.bytes(ofString: type.nameOffset).elementsEqual(bytes)
        }
    }

    private func ids(_ name: ArraySlice<UInt8>) -> [Int] { search(essentialName: name, atMost: .max).ids }

    /// The same with the number of entries that were looked at: in a hostile index it may be all of them.
    package func search(essentialName name: ArraySlice<UInt8>, atMost limit: Int) -> (ids: [Int], steps: Int) {
        var found: [Int] = []
        var steps = 0
        var entry = Int(heads[Self.hash(name) & (heads.count - 1)])
        while entry != 0, steps < limit {
            steps += 1
            let id = Int(entries[entry - 1].id)
            if let type = btf[id], Self.essential(btf.bytes(ofString: type.nameOffset)) == name { found.append(id) }
            entry = Int(entries[entry - 1].next)
        }
        return (found, steps)
    }

    /// The hash of an essential name.
    private static func hash(_ name: ArraySlice<UInt8>) -> Int {
        var hash = EssentialHash.empty
        for byte in name { hash = EssentialHash.next(hash, byte) }
        return Int(hash)
    }

    /// A name up to its last `___` that stands between two bytes that are no `_`.
    package static func essential(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let underscore = UInt8(ascii: "_")
        var index = name.endIndex - 5
        while index >= name.startIndex {
            if name[index + 1] == underscore, name[index] != underscore, name[index + 2] == underscore,
                name[index + 3] == underscore, name[index + 4] != underscore
            {
                return name[...index]
            }
            index -= 1
        }
        return name
    }

    /// A name without its flavour.
    package static func essential(_ name: String) -> String {
        String(decoding: essential(Array(name.utf8)[...]), as: UTF8.self)
    }
}

/// FNV-1a of a name without its flavour, byte by byte: the hash before the last `___` between other bytes is kept.
package struct EssentialHash {
    private var hash = EssentialHash.empty
    /// The hash before the underscores that are being read.
    private var beforeRun = EssentialHash.empty
    private var run = 0
    private var isFirst = true
    private var essential: UInt32?

    /// The hash of no bytes.
    package static let empty: UInt32 = 2_166_136_261

    package static func next(_ hash: UInt32, _ byte: UInt8) -> UInt32 { (hash ^ UInt32(byte)) &* 16_777_619 }

    package var value: UInt32 { essential ?? hash }

    package mutating func add(_ byte: UInt8) {
        if byte == UInt8(ascii: "_") {
            if run == 0 { beforeRun = hash }
            // Underscores at the beginning have no byte before them.
            run += isFirst ? 4 : 1
        } else {
            if run == 3 { essential = beforeRun }
            run = 0
        }
        isFirst = false
        hash = Self.next(hash, byte)
    }
}
