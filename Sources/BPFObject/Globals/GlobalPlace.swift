// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// A part of a variable: the whole, an element, a member or a bit-field.
struct GlobalPlace: Equatable {
    /// The id of its type.
    var type: Int
    /// Bits from the start of the section.
    var bitOffset: Int
    /// Bits of a bit-field; 0 if it is none.
    var bitSize = 0

    /// Follows `.member` and `[index]` from a variable.
    ///
    /// - Parameter path: What stands behind the variable's name.
    func following(_ path: Substring, _ types: BTF) throws(GlobalPathError) -> GlobalPlace {
        var place = self
        var rest = path
        while let first = rest.first {
            rest = rest.dropFirst()
            if first == "." {
                let name = rest.prefix { $0 != "." && $0 != "[" }
                rest = rest.dropFirst(name.count)
                place = try place.member(String(name), types)
            } else if first == "[", let end = rest.firstIndex(of: "]") {
                place = try place.element(String(rest[..<end]), types)
                rest = rest[rest.index(after: end)...]
            } else {
                throw GlobalPathError(fault: .form(String(path)))
            }
        }
        return place
    }

    /// The element of an index.
    func element(_ text: String, _ types: BTF) throws(GlobalPathError) -> GlobalPlace {
        guard let type = types.resolved(type), let array = types.array(of: type) else {
            throw GlobalPathError(fault: .notComposite(types.spelling(of: self.type)))
        }
        guard let number = IntegerText(text), let index = Int(exactly: number), index >= 0, index < array.count,
            let place = element(index, of: array, types)
        else { throw GlobalPathError(fault: .index(text, count: array.count)) }
        return place
    }

    /// An element of an array; nil if its place does not fit into a number.
    func element(_ index: Int, of array: BTFArray, _ types: BTF) -> GlobalPlace? {
        guard let size = types.size(of: array.element) else { return nil }
        let (bits, tooLarge) = size.multipliedReportingOverflow(by: 8)
        let (distance, tooFar) = index.multipliedReportingOverflow(by: bits)
        let (offset, overflow) = bitOffset.addingReportingOverflow(distance)
        return tooLarge || tooFar || overflow ? nil : GlobalPlace(type: array.element, bitOffset: offset)
    }

    /// The member of a name, those of anonymous members included.
    func member(_ name: String, _ types: BTF) throws(GlobalPathError) -> GlobalPlace {
        guard let type = types.resolved(type), type.kind.isComposite else {
            throw GlobalPathError(fault: .notComposite(types.spelling(of: self.type)))
        }
        var names: [String] = []
        var budget = Self.searchedMembers
        if let place = search(name, in: type, types, depth: 0, &budget, &names) { return place }
        let near = EditDistance.names(near: name, among: names)
        throw GlobalPathError(fault: .unknownMember(name, near: near.isEmpty ? names : near))
    }

    /// Members that are looked at for one name, whatever the object's types are.
    private static let searchedMembers = 65_536
    /// Anonymous structures within each other.
    private static let nesting = 8

    private func search(
        _ name: String, in type: BTFType, _ types: BTF, depth: Int, _ budget: inout Int, _ names: inout [String]
    ) -> GlobalPlace? {
        guard depth < Self.nesting else { return nil }
        for index in 0..<type.count {
            guard budget > 0, let member = types.member(of: type, at: index) else { return nil }
            budget -= 1
            let place = self.place(of: member)
            let found = types.string(member.nameOffset)
            if found == name, !name.isEmpty { return place }
            if found.isEmpty {
                if let inner = types.resolved(member.type), inner.kind.isComposite,
                    let result = place.search(name, in: inner, types, depth: depth + 1, &budget, &names)
                {
                    return result
                }
            } else if names.count < 256 {
                names.append(found)
            }
        }
        return nil
    }

    /// Where a member is.
    func place(of member: BTFMember) -> GlobalPlace {
        // 32 bits at most, added to a place within a section: no overflow in 64.
        GlobalPlace(type: member.type, bitOffset: bitOffset &+ member.bitOffset, bitSize: member.bitSize)
    }

    // MARK: - Numbers

    /// Bits of a number of the type here, and where they begin in its storage; nil if it is none, or larger than 16
    /// bytes.
    func width(_ type: BTFType) -> Int? {
        guard type.sizeOrType > 0, type.sizeOrType <= 16 else { return nil }
        return bitSize == 0 ? type.sizeOrType * 8 : min(bitSize, type.sizeOrType * 8)
    }

    /// Reads so many bits (1 to 128).
    func read(_ width: Int, _ order: ByteOrder, _ bytes: [UInt8]) -> UInt128? {
        guard isWithin(bytes, width) else { return nil }
        if bitOffset % 8 == 0, width % 8 == 0 {
            return BTFValueLayout.read(size: width / 8, at: bitOffset / 8, order, bytes)
        }
        var value: UInt128 = 0
        for index in 0..<width {
            let (byte, bit) = Self.bit(bitOffset + index, order)
            let isSet: UInt128 = bytes[byte] >> bit & 1 == 0 ? 0 : 1
            value |= isSet << UInt128(order == .little ? index : width - 1 - index)
        }
        return value
    }

    /// Writes so many bits (1 to 128); false if they are not within the bytes.
    func write(_ value: UInt128, _ width: Int, _ order: ByteOrder, _ bytes: inout [UInt8]) -> Bool {
        guard isWithin(bytes, width) else { return false }
        if bitOffset % 8 == 0, width % 8 == 0 {
            BTFValueLayout.write(value, size: width / 8, at: bitOffset / 8, order, &bytes)
            return true
        }
        for index in 0..<width {
            let (byte, bit) = Self.bit(bitOffset + index, order)
            let isSet = value >> UInt128(order == .little ? index : width - 1 - index) & 1 != 0
            bytes[byte] = isSet ? bytes[byte] | 1 << bit : bytes[byte] & ~(1 << bit)
        }
        return true
    }

    private func isWithin(_ bytes: [UInt8], _ width: Int) -> Bool {
        width > 0 && width <= 128 && bitOffset >= 0 && width <= bytes.count * 8 && bitOffset <= bytes.count * 8 - width
    }

    /// Bit-fields begin at the lowest bit of a byte where the lowest byte comes first, else at the highest.
    private static func bit(_ index: Int, _ order: ByteOrder) -> (byte: Int, bit: UInt8) {
        let bit = UInt8(truncatingIfNeeded: index % 8)
        return (index / 8, order == .little ? bit : 7 - bit)
    }
}

/// What is wrong with a path or a value; whoever set out knows the variable.
struct GlobalPathError: Error {
    let fault: GlobalFault
}
