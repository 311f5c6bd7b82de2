// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// What stands before the entries of a unit.
struct DWARFUnitHeader {
    let context: DWARFForm.Context
    /// Where its table is in `.debug_abbrev`.
    let abbreviations: Int
    /// Where its first entry begins.
    let entries: Int
    /// Where the next unit begins.
    let end: Int
    /// The signature of the type that it is about.
    let signature: UInt64?
    /// Where the entry of that type is.
    let type: Int?
    /// Whether its version is one that the reader knows.
    let isUsed: Bool

    /// Reads a header; nil if it or its unit goes beyond the section.
    init?(_ data: ByteReader, _ start: Int, _ section: Range<Int>, holdsTypes: Bool) {
        var offset = start
        func word() -> UInt64? {
            defer { offset += 4 }
            return data.u32(offset).map { UInt64($0) }
        }
        func long() -> UInt64? {
            defer { offset += 8 }
            return data.u64(offset)
        }
        guard var length = word() else { return nil }
        let is64Bit = length == 0xffff_ffff
        if is64Bit {
            guard let long = long() else { return nil }
            length = long
        }
        guard offset <= section.upperBound, length >= 2, length <= UInt64(section.upperBound - offset),
            let version = data.u16(offset)
        else { return nil }
        end = offset + Int(length)
        offset += 2
        var unitType = holdsTypes ? DW.Unit.type : 0
        var addressSize: UInt8 = 8
        if version >= 5 {
            guard let type = data.u8(offset), let size = data.u8(offset + 1) else { return nil }
            unitType = type
            addressSize = size
            offset += 2
        }
        guard let table = is64Bit ? long() : word(), let table = Int(exactly: table) else { return nil }
        if version < 5 {
            guard let size = data.u8(offset) else { return nil }
            addressSize = size
            offset += 1
        }
        abbreviations = table
        switch unitType {
        case DW.Unit.type, DW.Unit.splitType:
            guard let number = long(), let distance = is64Bit ? long() : word() else { return nil }
            signature = number
            type = distance < length ? start + Int(distance) : nil
        case DW.Unit.skeleton, DW.Unit.splitCompile:
            guard long() != nil else { return nil }
            signature = nil
            type = nil
        default:
            signature = nil
            type = nil
        }
        entries = offset
        isUsed = (2...5).contains(version) && [1, 2, 4, 8].contains(addressSize)
        guard offset <= end || !isUsed else { return nil }
        context = DWARFForm.Context(
            version: version, is64Bit: is64Bit, addressSize: Int(addressSize), start: start, section: section,
            end: end)
    }
}
