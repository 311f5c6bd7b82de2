// SPDX-License-Identifier: Apache-2.0

extension MapDefinition {
    /// The map with the sizes that its type alone decides.
    ///
    /// A perf event array has keys and values of 4 bytes and a ring buffer has none, whatever a definition says: what it
    /// names as their value is the type of the events. Where a definition leaves out a size that can be only one, it has
    /// that. What is left is for the kernel to refuse.
    func completed() -> MapDefinition {
        var map = self
        if let inner { map.inner = inner.completed() }
        if type.facts.entries == .bytes {
            (map.keySize, map.valueSize) = (0, 0)
            (map.keyTypeID, map.valueTypeID) = (0, 0)
            return map
        }
        if keySize == 0, type.hasKeyOfFourBytes { map.keySize = 4 }
        if type == .perfEventArray {
            map.valueSize = 4
        } else if valueSize == 0 {
            if type.hasValueOfFourBytes { map.valueSize = 4 }
            if type.facts.value == .stack { map.valueSize = MapType.deepestStack * MapType.sizeOfStackEntry(flags) }
        }
        return map
    }
}

extension MapDefinition {
    /// The number of entries of a map that leaves it to its loader.
    static let usualEntries: UInt32 = 10_240

    /// Whether its definition in `.maps` leaves the number of entries to the loader, as programs do whose own loader
    /// decides it as it runs: hashes and maps of stacks, of which any number is a good one.
    var leavesEntriesToLoader: Bool {
        guard case .btf = origin, maxEntries == 0 else { return false }
        return ["hash", "percpu_hash", "lru_hash", "lru_percpu_hash", "stack_trace"].contains(type.description)
    }
}

extension MapType {
    /// The frames of a stack that a kernel keeps at most, if nobody changed that (kernel.perf_event_max_stack).
    public static let deepestStack: UInt32 = 127

    /// Bytes of a frame: an address, or with `BPF_F_STACK_BUILD_ID` what tells it in a file.
    static func sizeOfStackEntry(_ flags: UInt32) -> UInt32 { flags & (1 << 5) == 0 ? 8 : 32 }
}
