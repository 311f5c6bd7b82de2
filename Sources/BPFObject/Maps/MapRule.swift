// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// A rule of a type of map that a definition breaks: what the kernel means when it answers `EINVAL` or `E2BIG`.
package struct MapRule: Sendable, Equatable {
    /// The rule, and how it is broken.
    package let cause: String
    /// What to change.
    package let hint: Diagnostic.Hint

    init(_ cause: String, next: Diagnostic.Hint) {
        self.cause = cause
        hint = next
    }

    /// The same in the words of the library.
    package var nextStep: String { hint.text() }

    /// What `BPF_MAP_CREATE` is told.
    package struct Shape: Sendable {
        /// The name, for what to do.
        var name: String
        /// The kind of map.
        var type: MapType
        /// Bytes of a key.
        var keySize: UInt32
        /// Bytes of a value.
        var valueSize: UInt32
        /// The number of entries at most.
        var maxEntries: UInt32
        /// Bits of `BPF_F_*`.
        var flags: UInt32

        /// Describes a map.
        package init(
            name: String, type: MapType, keySize: UInt32, valueSize: UInt32, maxEntries: UInt32, flags: UInt32
        ) {
            self.name = name
            self.type = type
            self.keySize = keySize
            self.valueSize = valueSize
            self.maxEntries = maxEntries
            self.flags = flags
        }
    }

    /// The first rule that a map breaks; nil if none that is known here.
    ///
    /// - Parameters:
    ///   - shape: What the kernel was told.
    ///   - release: The kernel's.
    ///   - pageSize: Bytes of a page.
    ///   - deepestStack: `kernel.perf_event_max_stack` of the machine.
    package static func broken(
        by shape: Shape, release: KernelRelease, pageSize: UInt32, deepestStack: UInt32 = MapType.deepestStack
    ) -> MapRule? {
        if let since = shape.type.since, release < since {
            return MapRule(
                "kernels have maps of type \(shape.type) since \(since), and this one is \(release)",
                next: shape.type == .ringbuf
                    ? "use BPF_MAP_TYPE_PERF_EVENT_ARRAY, or a newer kernel"
                    : "use another type of map, or a newer kernel")
        }
        if !shape.type.isKnown {
            return MapRule(
                "no kernel that is known here has maps of type \(shape.type.rawValue)",
                next: "compile again with the headers of the kernel or of libbpf that the program is for")
        }
        if let fault = MapFlag.fault(shape.flags) {
            return MapRule("\(shape.name) has \(fault)", next: "mend map_flags in the definition of \(shape.name)")
        }
        if let flag = MapFlag.lacking(shape.flags, release) {
            return MapRule(
                "\(shape.name) has the flag \(flag.name), which kernels have since \(flag.since); this one is \(release)",
                next: "leave the flag out of map_flags")
        }
        return shape.key ?? shape.value(deepestStack) ?? shape.element(pageSize) ?? shape.entries(pageSize)
            ?? shape.allocation
    }
}

extension MapRule.Shape {
    /// `BPF_F_NO_PREALLOC`.
    private static let noPreallocation: UInt32 = 1
    /// `BPF_F_MMAPABLE`.
    private static let mappable: UInt32 = 1 << 10
    /// `PCPU_MIN_UNIT_SIZE`.
    private static let largestPerCPU: UInt32 = 32 << 10
    /// `MAX_BPF_STACK`: a program makes a key on its stack.
    private static let largestKey: UInt32 = 512

    private var facts: MapTypeFacts { type.facts }

    private func size(_ size: UInt32) -> String { size == 0 ? "none" : "\(size)" }

    private var sizeHint: Diagnostic.Hint { "use \(.mapValueSize, name, to: "BYTES"), or __type(value, TYPE)" }

    fileprivate var key: MapRule? {
        if facts.key == .none {
            guard keySize != 0 else { return nil }
            return MapRule(
                "a map of type \(type) has no keys, and \(name) has keys of \(keySize) bytes",
                next: "leave out key and key_size of \(name)")
        }
        if facts.key == .prefix {
            guard keySize < 5 || keySize > 260 else { return nil }
            return MapRule(
                "the key of a map of type \(type) is the length of a prefix, 4 bytes, and 1 to 256 bytes of data: "
                    + "\(name) has keys of \(keySize) bytes",
                next: "use a key such as struct { __u32 prefixlen; __u32 address; }")
        }
        if facts.key == .number, keySize != 4 {
            return MapRule(
                "a map of type \(type) has keys of 4 bytes, and \(name) has \(size(keySize))",
                next: "write __type(key, __u32)")
        }
        if facts.key == .controlGroup, keySize != 8, keySize != 16 {
            return MapRule(
                "the key of a map of type \(type) is struct bpf_cgroup_storage_key or __u64, and \(name) has "
                    + "keys of \(size(keySize)) bytes", next: "write __type(key, struct bpf_cgroup_storage_key)")
        }
        if keySize == 0 {
            return MapRule(
                "a map of type \(type) has keys, and \(name) does not say of how many bytes",
                next: "write __type(key, TYPE) in the definition of \(name)")
        }
        guard facts.key == .own, keySize > Self.largestKey else { return nil }
        return MapRule(
            "keys have at most \(Self.largestKey) bytes, the stack of a program, and \(name) has keys of \(keySize)",
            next: "use a shorter key, such as a hash of the long one")
    }

    fileprivate func value(_ deepestStack: UInt32) -> MapRule? {
        if facts.value == .none {
            guard valueSize != 0 else { return nil }
            return MapRule(
                "a map of type \(type) has no values, and \(name) has values of \(valueSize) bytes",
                next: "leave out value and value_size of \(name)")
        }
        if facts.value == .stack {
            let entry = MapType.sizeOfStackEntry(flags)
            guard valueSize < entry || valueSize % entry != 0 || valueSize / entry > deepestStack else {
                return nil
            }
            return MapRule(
                "a value of type \(type) is a stack, \(entry) bytes for each frame and no more frames than "
                    + "kernel.perf_event_max_stack (\(deepestStack)): \(name) has values of \(valueSize) bytes",
                next:
                    "use \(.mapValueSize, name, to: "\(deepestStack.multipliedReportingOverflow(by: entry).partialValue)")"
            )
        }
        if valueSize == 0, facts.value != .structure {
            return MapRule(
                "a map of type \(type) has values, and \(name) does not say of how many bytes",
                next: sizeHint)
        }
        if type.hasValueOfFourBytes, valueSize != 4, facts.value == .number || valueSize != 8 {
            return MapRule(
                "a map of type \(type) has values of 4 bytes, and \(name) has \(valueSize)",
                next: "write __type(value, __u32)")
        }
        if facts.value == .perCPU, valueSize > Self.largestPerCPU {
            return MapRule(
                "a value for each CPU has at most \(Self.largestPerCPU) bytes, and \(name) has values of \(valueSize)",
                next: "split the value, or use a map that has one value for all CPUs")
        }
        return nil
    }

    /// `KMALLOC_MAX_SIZE` where a page has 4 KiB: what the kernel allocates in one piece.
    private static let largestPiece: UInt64 = 4 << 20

    fileprivate func element(_ pageSize: UInt32) -> MapRule? {
        guard type == .hash || type == .lruHash, pageSize == 4096,
            UInt64(keySize) + UInt64(valueSize) >= Self.largestPiece
        else { return nil }
        return MapRule(
            "a key and a value of type \(type) have less than \(Self.largestPiece) bytes together, and \(name) has "
                + "keys of \(keySize) bytes and values of \(valueSize)",
            next: "make its keys and values smaller, or split a value over several entries")
    }

    /// The most entries of a hash: the kernel makes a bucket of 16 bytes for each, a power of two of them, in less than
    /// 4 GiB (`htab_map_alloc`, kernel/bpf/hashtab.c).
    private static let mostHashed: UInt32 = 1 << 27

    fileprivate func entries(_ pageSize: UInt32) -> MapRule? {
        if type.isHashed, maxEntries > Self.mostHashed {
            return MapRule(
                "a map of type \(type) has at most \(Self.mostHashed) entries, and \(name) asks for \(maxEntries)",
                next: "use \(.mapSize, name, to: "\(Self.mostHashed)") or less")
        }
        if facts.entries == .owners {
            guard maxEntries != 0 else { return nil }
            return MapRule(
                "a map of type \(type) has as many entries as there are owners, and \(name) says \(maxEntries)",
                next: "leave out max_entries of \(name), or use \(.mapSize, name, to: "0")")
        }
        if maxEntries == 0 {
            return MapRule(
                "\(name) does not say how many entries it has (max_entries)",
                next: "use \(.mapSize, name, to: "ENTRIES"), or __uint(max_entries, ENTRIES)")
        }
        if facts.entries == .bytes, pageSize > 0,
            maxEntries % pageSize != 0 || maxEntries & (maxEntries - 1) != 0
        {
            return MapRule(
                "a ring buffer has a power of two of bytes, of pages of \(pageSize), and \(name) has \(maxEntries)",
                next: "use \(.mapSize, name, to: "\(max(pageSize, 1 << 18))")")
        }
        return nil
    }

    /// The bytes that the kernel allocates at least when it makes the map; 0 if it takes memory as elements come.
    var leastMemory: UInt64 {
        func padded(_ size: UInt32) -> UInt64 { (UInt64(size) + 7) / 8 * 8 }
        let element: UInt64 =
            switch type {
            case .array: padded(valueSize)
            case .lruHash: padded(keySize) + padded(valueSize)
            case .hash where flags & Self.noPreallocation == 0: padded(keySize) + padded(valueSize)
            default: 0
            }
        let (bytes, isTooMuch) = element.multipliedReportingOverflow(by: UInt64(maxEntries))
        return isTooMuch ? .max : bytes
    }

    fileprivate var allocation: MapRule? {
        let isPreallocated = flags & Self.noPreallocation == 0
        if isPreallocated, facts.allocation == .asTheyCome {
            return MapRule(
                "a map of type \(type) is not allocated in advance, and \(name) does not say so (BPF_F_NO_PREALLOC)",
                next: "write __uint(map_flags, BPF_F_NO_PREALLOC) in the definition of \(name)")
        }
        if !isPreallocated, facts.allocation == .inAdvance {
            return MapRule(
                "a map of type \(type) is allocated in advance, and \(name) has the flag BPF_F_NO_PREALLOC",
                next: "leave the flag out")
        }
        if !isPreallocated, facts.allocation == .array {
            return MapRule(
                "a map of type \(type) is an array, which is always allocated, and \(name) has the flag "
                    + "BPF_F_NO_PREALLOC", next: "leave the flag out")
        }
        if type == .arena, flags & Self.mappable == 0 {
            return MapRule(
                "an arena is memory that the process shares, and \(name) does not have the flag for that",
                next: "write __uint(map_flags, BPF_F_MMAPABLE) in the definition of \(name)")
        }
        return nil
    }
}
