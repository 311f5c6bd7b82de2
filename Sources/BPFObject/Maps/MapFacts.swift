// SPDX-License-Identifier: Apache-2.0

/// What a machine has that the sizes of some maps depend on.
package struct MapFacts: Sendable, Equatable {
    /// The number of CPUs that may ever be there (`/sys/devices/system/cpu/possible`).
    package var possibleCPUs: UInt32
    /// Bytes of a page of memory.
    package var pageSize: UInt32

    /// Creates facts.
    package init(possibleCPUs: UInt32, pageSize: UInt32) {
        self.possibleCPUs = possibleCPUs
        self.pageSize = pageSize
    }

    /// The number of entries that a map is created with.
    ///
    /// A perf event array without a number gets one entry for each possible CPU. A ring buffer gets the next number of
    /// bytes that is a page times a power of two, as the kernel wants it; what would be beyond 2 GiB is left to the
    /// kernel to refuse, as is 0.
    package func entries(_ entries: UInt32, of type: MapType) -> UInt32 {
        switch type.facts.entries {
        case .cpus: return entries == 0 ? possibleCPUs : entries
        case .bytes:
            guard entries != 0, pageSize != 0 else { return entries }
            var size = UInt64(pageSize)
            while size < UInt64(entries) { size *= 2 }
            return size > UInt64(Int32.max) ? entries : UInt32(truncatingIfNeeded: size)
        case .elements, .owners: return entries
        }
    }
}

extension MapDefinition {
    /// Whether the number of its entries depends on the machine.
    public var dependsOnMachine: Bool {
        switch type.facts.entries {
        case .cpus: maxEntries == 0
        case .bytes: true
        case .elements, .owners: false
        }
    }
}
