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
        if type == .ringbuf || type == .userRingbuf {
            (map.keySize, map.valueSize) = (0, 0)
            (map.keyTypeID, map.valueTypeID) = (0, 0)
            return map
        }
        if keySize == 0, type.hasKeyOfFourBytes { map.keySize = 4 }
        if type == .perfEventArray {
            map.valueSize = 4
        } else if valueSize == 0 {
            if type.hasValueOfFourBytes { map.valueSize = 4 }
            if type == .stackTrace { map.valueSize = MapType.deepestStack * MapType.sizeOfStackEntry(flags) }
        }
        return map
    }
}

extension MapType {
    /// `BPF_MAP_TYPE_STACK_TRACE`.
    public static let stackTrace = MapType(rawValue: 7)
    /// `BPF_MAP_TYPE_ARENA` (6.9).
    public static let arena = MapType(rawValue: 33)

    /// The frames of a stack that a kernel keeps at most, if nobody changed that (kernel.perf_event_max_stack).
    public static let deepestStack: UInt32 = 127

    /// Bytes of a frame: an address, or with `BPF_F_STACK_BUILD_ID` what tells it in a file.
    static func sizeOfStackEntry(_ flags: UInt32) -> UInt32 { flags & (1 << 5) == 0 ? 8 : 32 }

    /// Arrays and what is stored with objects of the kernel: the key is a number, or a descriptor.
    var hasKeyOfFourBytes: Bool {
        switch rawValue {
        case 2, 3, 4, 6, 7, 8, 12, 14, 15, 16, 17, 24, 25, 28, 29, 32: true
        default: false
        }
    }

    /// What holds descriptors, or numbers of devices and CPUs.
    var hasValueOfFourBytes: Bool {
        switch rawValue {
        case 3, 4, 8, 12, 13, 14, 15, 16, 17, 18, 25: true
        default: false
        }
    }
}
