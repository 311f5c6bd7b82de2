// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension DWARF {
    /// What an entry says or, if it is another's copy, that one: `DW_AT_abstract_origin`, `DW_AT_specification`.
    func origin<Value>(_ index: Int, _ read: (Int) -> Value?) -> Value? {
        var index = index
        for _ in 0..<Self.longestOrigin {
            if let value = read(index) { return value }
            guard
                let next = entry(index, DW.Attribute.abstractOrigin) ?? entry(index, DW.Attribute.specification)
            else { return nil }
            index = next
        }
        return nil
    }

    private static let longestOrigin = 4

    /// The name of an entry; empty if it has none.
    func name(of index: Int) -> String { origin(index) { string($0, DW.Attribute.name) } ?? "" }

    /// The type that an entry is of, points to or is made of; nil is `void`.
    ///
    /// A declaration that tells a signature stands for the type in a unit of its own.
    func type(of index: Int) -> Int? {
        origin(index) { entry($0, DW.Attribute.type) }.map { entry($0, DW.Attribute.signature) ?? $0 }
    }

    /// Follows qualifiers, and typedefs too if they are not wanted; nil for `void` and for rings of types.
    func resolved(_ index: Int?, keepingTypedefs: Bool = false) -> Int? {
        var index = index
        for _ in 0..<Limits.typeDepth {
            guard let type = index else { return nil }
            switch entries[type].tag {
            case DW.Tag.constType, DW.Tag.volatileType, DW.Tag.restrictType, DW.Tag.atomicType:
                index = self.type(of: type)
            case DW.Tag.typedef where !keepingTypedefs: index = self.type(of: type)
            default: return type
            }
        }
        return nil
    }

    /// Whether a type is a structure or a union.
    func isComposite(_ index: Int) -> Bool {
        [DW.Tag.structureType, DW.Tag.classType, DW.Tag.unionType].contains(entries[index].tag)
    }

    /// The bytes of a value of a type; nil if it has none, or none that is told.
    func size(of index: Int?) -> Int? {
        var index = index
        var elements = 1
        for _ in 0..<Limits.typeDepth {
            guard let type = resolved(index) else { return nil }
            switch entries[type].tag {
            case DW.Tag.arrayType:
                for dimension in dimensions(of: type) {
                    let (product, overflow) = elements.multipliedReportingOverflow(by: dimension)
                    guard !overflow else { return nil }
                    elements = product
                }
                index = self.type(of: type)
                continue
            default:
                let isPointer = entries[type].tag == DW.Tag.pointerType
                guard let size = self[type, DW.Attribute.byteSize]?.count ?? (isPointer ? BTF.pointerSize : nil) else {
                    return nil
                }
                let (total, overflow) = elements.multipliedReportingOverflow(by: size)
                return overflow ? nil : total
            }
        }
        return nil
    }

    /// The numbers of elements of an array, the outermost first; 0 is one that is not told.
    func dimensions(of array: Int) -> [Int] {
        var dimensions: [Int] = []
        for child in children(of: array) where entries[child].tag == DW.Tag.subrangeType {
            if let count = self[child, DW.Attribute.count] {
                dimensions.append(count.count ?? 0)
            } else if let last = self[child, DW.Attribute.upperBound]?.count, last < Int(UInt32.max) {
                dimensions.append(last + 1)
            } else {
                dimensions.append(0)
            }
            guard dimensions.count < Limits.typeDepth else { break }
        }
        return dimensions.isEmpty ? [0] : dimensions
    }

    /// Whether the last member of a structure is text of a length that is not told or long: what varies lies there.
    func endsInVaryingArray(_ structure: Int) -> Bool {
        guard isComposite(structure),
            let last = children(of: structure).reversed().first(where: { entries[$0].tag == DW.Tag.member }),
            let type = resolved(type(of: last)), entries[type].tag == DW.Tag.arrayType,
            let dimensions = Optional(dimensions(of: type)), size(of: self.type(of: type)) != nil
        else { return false }
        return dimensions[0] == 0 || size(of: type) ?? 0 >= Self.shortestVaryingArray
    }

    private static let shortestVaryingArray = 64

    private func spellingOfElement(_ index: Int) -> String {
        entries[index].tag == DW.Tag.arrayType ? "arrays" : spelling(of: index)
    }

    /// A type as C names it: `struct event`, `event_t`.
    func spelling(of index: Int) -> String {
        let name = name(of: index)
        let shown = name.isEmpty ? "{…}" : name
        return switch entries[index].tag {
        case DW.Tag.structureType, DW.Tag.classType: "struct " + shown
        case DW.Tag.unionType: "union " + shown
        case DW.Tag.enumerationType: "enum " + shown
        case DW.Tag.arrayType:
            "array of " + (resolved(type(of: index), keepingTypedefs: true).map { spellingOfElement($0) } ?? "unknown")
        case DW.Tag.pointerType: "a pointer"
        default: shown
        }
    }
}
