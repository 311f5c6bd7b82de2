// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Reads where a variable is: expressions, and lists of them for parts of the code.
enum DWARFLocation {
    /// Parts of the code that one list is read for.
    private static let most = 256

    /// The place that an expression begins with.
    static func place(_ data: ByteReader, _ range: Range<Int>) -> DWARF.Variable.Place {
        guard !range.isEmpty, let operation = data.u8(range.lowerBound) else { return .register }
        switch operation {
        case DW.Operation.address, DW.Operation.addressIndex: return .global
        case DW.Operation.frameBase, DW.Operation.framePointer:
            var offset = range.lowerBound + 1
            return data.signedLEB128(&offset).flatMap { Int(exactly: $0) }.map { .frame($0) } ?? .somewhere
        default: return .register
        }
    }

    /// The expressions of a list; those behind a place where it is damaged are left out.
    static func expressions(
        _ value: DWARFValue, _ unit: DWARF.Unit, _ sections: DWARFSections
    ) -> [(data: ByteReader, range: Range<Int>)] {
        let isNew = unit.context.version >= 5
        let data = isNew ? sections.locationLists : sections.oldLocationLists
        let start: Int?
        switch value {
        case .offset(let offset): start = offset
        // Before version 4 a place in another section was a number.
        case .unsigned(let offset): start = Int(exactly: offset)
        case .list(let number): start = Self.start(ofList: number, unit, data)
        default: start = nil
        }
        guard let start else { return [] }
        return isNew ? new(data, start, unit.context.addressSize) : old(data, start, unit.context.addressSize)
    }

    private static func start(ofList number: Int, _ unit: DWARF.Unit, _ data: ByteReader) -> Int? {
        let size = unit.context.offsetSize
        let (distance, tooFar) = number.multipliedReportingOverflow(by: size)
        let (place, overflow) = unit.locationLists.addingReportingOverflow(distance)
        guard !tooFar, !overflow,
            let offset = size == 8 ? data.u64(place).flatMap({ Int(exactly: $0) }) : data.int(place)
        else { return nil }
        let (start, outside) = unit.locationLists.addingReportingOverflow(offset)
        return outside ? nil : start
    }

    /// `DW_LLE_*`: which operands stand before the expression.
    private static func new(
        _ data: ByteReader, _ start: Int, _ addressSize: Int
    ) -> [(data: ByteReader, range: Range<Int>)] {
        var found: [(data: ByteReader, range: Range<Int>)] = []
        var offset = start
        for _ in 0..<most {
            guard let kind = data.u8(offset) else { return found }
            offset += 1
            let numbers: Int
            var hasExpression = true
            switch kind {
            case 0x01: (numbers, hasExpression) = (1, false)
            case 0x02, 0x03, 0x04: numbers = 2
            case 0x05: numbers = 0
            case 0x06: (numbers, hasExpression) = (0, false)
            case 0x07: numbers = 0
            case 0x08: numbers = 1
            default: return found
            }
            offset += kind == 0x07 ? 2 * addressSize : kind == 0x06 || kind == 0x08 ? addressSize : 0
            for _ in 0..<numbers { guard data.unsignedLEB128(&offset) != nil else { return found } }
            guard hasExpression else { continue }
            guard let size = data.unsignedLEB128(&offset), offset <= data.count, size <= UInt64(data.count - offset)
            else { return found }
            found.append((data, offset..<(offset + Int(size))))
            offset += Int(size)
        }
        return found
    }

    /// Two addresses, the bytes of the expression, the expression; two zeros are the end.
    private static func old(
        _ data: ByteReader, _ start: Int, _ addressSize: Int
    ) -> [(data: ByteReader, range: Range<Int>)] {
        var found: [(data: ByteReader, range: Range<Int>)] = []
        var offset = start
        for _ in 0..<most {
            // BPF has addresses of 8 bytes.
            guard addressSize == 8, let first = data.u64(offset), let last = data.u64(offset + 8) else { return found }
            offset += 16
            if first == 0, last == 0 { return found }
            if first == .max { continue }
            guard let size = data.u16(offset), Int(size) <= data.count - offset - 2 else { return found }
            found.append((data, (offset + 2)..<(offset + 2 + Int(size))))
            offset += 2 + Int(size)
        }
        return found
    }
}
