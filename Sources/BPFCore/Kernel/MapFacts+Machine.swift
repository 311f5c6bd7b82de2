// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import CBPF

extension MapFacts {
    /// The facts of the machine that this process runs on.
    package static func ofThisMachine(roots: KernelRoots = KernelRoots()) throws(BPFError) -> MapFacts {
        // Slots count from CPU 0, with those of ids that are not there.
        let slots = try CPUList.possible(roots: roots).last.map { $0 + 1 } ?? 1
        return MapFacts(possibleCPUs: UInt32(clamping: slots), pageSize: UInt32(clamping: MemoryPage.size))
    }
}
