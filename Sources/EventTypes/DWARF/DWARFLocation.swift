// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Reads where a variable is: expressions, and lists of them for parts of the code.
enum DWARFLocation {
    /// Where a variable is in one part of the code.
    struct Expression {
        let data: ByteReader
        let range: Range<Int>
        /// The part: addresses from the start of the section; nil if they are not told.
        let code: Range<UInt64>?
    }

    /// The register that holds a value as a whole; nil if the expression says something else.
    static func register(_ expression: Expression) -> UInt8? {
        guard expression.range.count == 1, let operation = expression.data.u8(expression.range.lowerBound),
            DW.Operation.registers.contains(operation)
        else { return nil }
        return operation - DW.Operation.registers.lowerBound
    }

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
    static func expressions(_ value: DWARFValue, _ unit: DWARF.Unit, _ dwarf: DWARF) -> [Expression] {
        let sections = dwarf.sections
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
        return isNew ? new(data, start, unit, dwarf) : old(data, start, unit)
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
    private static func new(_ data: ByteReader, _ start: Int, _ unit: DWARF.Unit, _ dwarf: DWARF) -> [Expression] {
        let addressSize = unit.context.addressSize
        var found: [Expression] = []
        var offset = start
        var base: UInt64? = unit.start
        func number() -> UInt64? { data.unsignedLEB128(&offset) }
        func address() -> UInt64? {
            defer { offset += addressSize }
            // BPF has addresses of 8 bytes.
            return addressSize == 8 ? data.u64(offset) : nil
        }
        func indexed(_ number: UInt64) -> UInt64? {
            Int(exactly: number).flatMap { dwarf.address(.addressIndex($0), unit) }
        }
        for _ in 0..<most {
            guard let kind = data.u8(offset) else { return found }
            offset += 1
            var first: UInt64?
            var last: UInt64?
            switch kind {
            // DW_LLE_base_addressx
            case 0x01:
                guard let index = number() else { return found }
                base = indexed(index)
                continue
            // DW_LLE_startx_endx, DW_LLE_startx_length, DW_LLE_offset_pair
            case 0x02, 0x03, 0x04:
                guard let one = number(), let two = number() else { return found }
                first = kind == 0x04 ? sum(base, one) : indexed(one)
                last = kind == 0x02 ? indexed(two) : sum(kind == 0x03 ? first : base, two)
            // DW_LLE_default_location
            case 0x05: break
            // DW_LLE_base_address
            case 0x06:
                base = address()
                continue
            // DW_LLE_start_end, DW_LLE_start_length
            case 0x07:
                first = address()
                last = address()
            case 0x08:
                first = address()
                guard let size = number() else { return found }
                last = sum(first, size)
            default: return found
            }
            guard let size = number(), offset <= data.count, size <= UInt64(data.count - offset) else { return found }
            found.append(Expression(data: data, range: offset..<(offset + Int(size)), code: range(first, last)))
            offset += Int(size)
        }
        return found
    }

    /// Two addresses, the bytes of the expression, the expression; two zeros are the end.
    private static func old(_ data: ByteReader, _ start: Int, _ unit: DWARF.Unit) -> [Expression] {
        var found: [Expression] = []
        var offset = start
        var base: UInt64? = unit.start
        for _ in 0..<most {
            // BPF has addresses of 8 bytes.
            guard unit.context.addressSize == 8, let first = data.u64(offset), let last = data.u64(offset + 8) else {
                return found
            }
            offset += 16
            if first == 0, last == 0 { return found }
            if first == .max {
                base = last
                continue
            }
            guard let size = data.u16(offset), Int(size) <= data.count - offset - 2 else { return found }
            let code = range(sum(base, first), sum(base, last))
            found.append(Expression(data: data, range: (offset + 2)..<(offset + 2 + Int(size)), code: code))
            offset += 2 + Int(size)
        }
        return found
    }

    private static func sum(_ base: UInt64?, _ distance: UInt64) -> UInt64? {
        guard let base else { return nil }
        let (sum, overflow) = base.addingReportingOverflow(distance)
        return overflow ? nil : sum
    }

    private static func range(_ first: UInt64?, _ last: UInt64?) -> Range<UInt64>? {
        guard let first, let last, first <= last else { return nil }
        return first..<last
    }
}
