// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The unit in which memory is mapped.
package enum MemoryPage {
    /// The bytes of a page of this machine.
    package static var size: Int { max(sysconf(Int32(_SC_PAGESIZE)), 4096) }
}
