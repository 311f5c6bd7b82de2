// SPDX-License-Identifier: Apache-2.0

/// What a program reads at places of the kernel's structures that its own code names, without a CO-RE relocation, and
/// what it does with the elements of maps: noted while ``CodeWalk`` goes by.
struct KernelReads {
    /// A read.
    struct Read: Hashable {
        /// Where the address of the structure is from.
        let pointer: KernelPointer
        /// Bytes from the start of the structure.
        let offset: Int
    }

    /// The reads by their instructions; those that differ from one way to another are none.
    private(set) var reads: [Int: Read] = [:]
    private var unclear: Set<Int> = []
    /// Where an element of a map is read, by the map: the first place.
    private(set) var elementsRead: [Int: Int] = [:]
    /// Maps of which an element may be written.
    private(set) var elementsWritten: Set<Int> = []

    /// Helpers that read memory of the kernel: `bpf_probe_read` and its kin.
    static let probeReads: Set<Int32> = [4, 45, 113, 115]
    /// `bpf_get_current_task` and `bpf_get_current_task_btf`.
    static let currentTask: Set<Int32> = [35, 158]
    /// `bpf_map_lookup_elem`.
    static let lookup: Int32 = 1

    /// Takes in that memory is read.
    mutating func note(_ address: CodeValue, plus distance: Int, at place: Int) {
        if case .element(let map) = address {
            elementsRead[map] = min(elementsRead[map] ?? place, place)
        }
        guard !unclear.contains(place) else { return }
        var read: Read?
        if case .kernel(let pointer, let offset) = address {
            let sum = offset.addingReportingOverflow(distance)
            if !sum.overflow, sum.partialValue > 0 { read = Read(pointer: pointer, offset: sum.partialValue) }
        }
        if let read, reads[place] == nil || reads[place] == read {
            reads[place] = read
        } else {
            reads[place] = nil
            unclear.insert(place)
        }
    }

    /// Takes in that something may be written to a value's memory, or that nobody knows where it goes.
    mutating func noteWrite(_ value: CodeValue) {
        switch value {
        case .element(let map), .map(let map): elementsWritten.insert(map)
        default: break
        }
    }
}
