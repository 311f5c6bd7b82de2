// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// One step of an access that a user would name: a named member, or an element.
struct COREAccessor: Sendable {
    /// The structure or enumeration that `index` counts in; of an element, its own type.
    let type: Int
    /// Which member, enumerator or element.
    let index: Int
    /// The bytes of the member's or enumerator's name; nil for an element.
    let name: [UInt8]?
}

/// What a relocation is about in one blob of BTF: a type, and the way from it to a field or an enumerator.
struct CORESpecification: Sendable {
    let types: BTF
    /// The id that the relocation names, or that of a candidate.
    let root: Int
    /// The steps; a type alone has none.
    private(set) var accessors: [COREAccessor] = []
    /// Bits from the start of the root to what the steps lead to.
    private(set) var bitOffset = 0

    init(types: BTF, root: Int) {
        self.types = types
        self.root = root
    }

    mutating func append(_ accessor: COREAccessor) { accessors.append(accessor) }

    /// Goes on by so many bits; false if no number holds the sum.
    mutating func advance(bits: Int) -> Bool {
        let (sum, overflow) = bitOffset.addingReportingOverflow(bits)
        guard !overflow else { return false }
        bitOffset = sum
        return true
    }

    /// Goes on to an element of a type; false if the type has no size or the sum is too large.
    mutating func advance(toElement index: Int, of type: Int) -> Bool {
        append(COREAccessor(type: type, index: index, name: nil))
        guard index > 0 else { return true }
        guard let size = types.size(of: type) else { return false }
        let (bytes, overflow) = size.multipliedReportingOverflow(by: index)
        let (bits, tooLarge) = bytes.multipliedReportingOverflow(by: 8)
        return !overflow && !tooLarge && advance(bits: bits)
    }

    /// Whether an array may be indexed beyond its end: it has none, and it is the last member of its structure.
    func isFlexible(_ array: BTFArray) -> Bool {
        guard array.count == 0, let last = accessors.last, last.name != nil, let type = types[last.type] else {
            return false
        }
        return type.kind.isComposite && last.index == type.count - 1
    }

    /// The member that the last step leads to; nil for elements and enumerators.
    var member: BTFMember? {
        guard let last = accessors.last, last.name != nil, let type = types[last.type] else { return nil }
        return types.member(of: type, at: last.index)
    }

    /// The enumerator that the last step leads to, with its enumeration.
    var enumerator: (type: BTFType, value: BTFEnumerator)? {
        guard let last = accessors.last, let type = types[last.type],
            let value = types.enumerator(of: type, at: last.index)
        else { return nil }
        return (type, value)
    }

    /// The type and the steps as C writes them: `struct task_struct.state`.
    var path: String {
        var text = types.describe(root)
        for (step, accessor) in accessors.enumerated() {
            guard text.utf8.count <= Limits.access else { return text + "..." }
            if let name = accessor.name {
                let isEnumerator = types[accessor.type]?.kind.isEnumeration == true
                text += (isEnumerator ? "::" : ".") + String(decoding: name, as: UTF8.self)
            } else if step > 0 || accessor.index > 0 {
                text += "[\(accessor.index)]"
            }
        }
        return text
    }
}

extension CORESpecification {
    /// Reads what a relocation of the object is about.
    init(_ relocation: CORERelocation, types: BTF) throws(COREError) {
        self.init(types: types, root: relocation.typeID)
        func bad(_ why: String) -> COREError {
            COREError(
                .badAccess(why), instruction: relocation.instruction,
                specification: "\(path) (\(relocation.access))")
        }
        guard relocation.access.utf8.count <= Limits.access else {
            throw COREError(
                .badAccess("its access string has more than \(Limits.access) bytes"),
                instruction: relocation.instruction, specification: path)
        }
        let parts = relocation.access.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= Limits.accessDepth else { throw bad("it has more than \(Limits.accessDepth) steps") }
        var indices: [Int] = []
        for part in parts {
            guard let index = Int(Substring(part)), index >= 0, part.first != UInt8(ascii: "+") else {
                throw bad("the access string is not a list of numbers")
            }
            indices.append(index)
        }
        guard types[relocation.typeID] != nil else {
            throw COREError(
                .badType(relocation.typeID, "the object's BTF has none of that number"),
                instruction: relocation.instruction)
        }
        if relocation.kind.isType {
            guard indices == [0] else { throw bad("a type has no members to choose") }
            return
        }
        guard let root = types.resolved(relocation.typeID) else { throw bad("the type has no members") }
        if relocation.kind.isEnumerator {
            guard indices.count == 1, let enumerator = types.enumerator(of: root, at: indices[0]) else {
                throw bad("there is no such enumerator")
            }
            append(
                COREAccessor(
                    type: root.id, index: indices[0], name: Array(types.bytes(ofString: enumerator.nameOffset))))
            return
        }
        guard advance(toElement: indices[0], of: root.id) else { throw bad("its offset is too large") }
        var type = root
        for index in indices.dropFirst() {
            let next: Int
            if let member = types.member(of: type, at: index) {
                guard advance(bits: member.bitOffset) else { throw bad("its offset is too large") }
                if !types.isEmptyString(member.nameOffset) {
                    append(
                        COREAccessor(
                            type: type.id, index: index, name: Array(types.bytes(ofString: member.nameOffset))))
                }
                next = member.type
            } else if let array = types.array(of: type) {
                guard index < array.count || isFlexible(array) else { throw bad("there is no such element") }
                guard let element = types.resolved(array.element), advance(toElement: index, of: element.id) else {
                    throw bad("its offset is too large")
                }
                next = element.id
            } else {
                throw bad("\(types.describe(type.id)) has no member of number \(index)")
            }
            guard let resolved = types.resolved(next) else { throw bad("the type of a member is not there") }
            type = resolved
        }
    }
}
