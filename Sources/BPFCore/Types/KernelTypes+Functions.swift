// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject

/// A function of the kernel image with its id in the kernel's BTF.
struct TypedFunction: Sendable, Equatable {
    let name: String
    let id: UInt32
}

extension KernelTypes {
    /// The most arguments that the kernel hands to a program (`MAX_BPF_FUNC_ARGS`).
    private static let mostArguments = 12

    /// The functions of some names whose arguments the kernel can hand to a program, in the order of their names.
    func traceable(_ names: Set<String>) throws(BPFError) -> [TypedFunction] {
        let index = try functionIndex()
        var found: [TypedFunction] = []
        for name in names.sorted() {
            guard let id = Self.functions(named: name, in: index).only, Self.isTraceable(id, index.btf) else {
                continue
            }
            found.append(TypedFunction(name: name, id: UInt32(truncatingIfNeeded: id)))
        }
        return found
    }

    /// The ids of the functions of exactly a name; of several prototypes nobody knows which is the one.
    static func functions(named name: String, in index: BTFNameIndex) -> [Int] {
        index.ids(essentialName: name).filter { id in
            index.btf[id].map { $0.kind == .function && index.btf.name(of: $0) == name } ?? false
        }
    }

    /// Whether the kernel can hand the arguments of a function to a program.
    static func isTraceable(_ id: Int, _ types: BTF) -> Bool {
        guard let function = types[id], let prototype = types[function.sizeOrType], prototype.kind == .prototype else {
            return false
        }
        return prototype.count <= mostArguments && !isVariadic(prototype, types)
    }

    /// Whether the last parameter stands for any others: it has neither name nor type.
    private static func isVariadic(_ prototype: BTFType, _ types: BTF) -> Bool {
        types.parameters(of: prototype, limit: mostArguments).last.map { $0.type == 0 } ?? false
    }
}

extension Array {
    /// The element of an array that has one and no other.
    var only: Element? { count == 1 ? first : nil }
}
