// SPDX-License-Identifier: Apache-2.0

/// One section header, its bounds checked.
package struct ELFSection: Equatable {
    package let index: Int
    package let name: String
    package let type: UInt32
    let flags: UInt64
    /// Where its bytes are in the file.
    let offset: Int
    /// How many bytes it has in the file: none for `SHT_NOBITS`.
    package let size: Int
    /// How many bytes it has in memory, as the file claims.
    let claimedSize: UInt64
    let link: UInt32
    package let info: UInt32
    let entrySize: UInt64

    var isCode: Bool { type == ELF.SectionType.programBits && flags & ELF.executable != 0 && size > 0 }
}
