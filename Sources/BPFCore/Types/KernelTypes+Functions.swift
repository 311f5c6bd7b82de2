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
            let ids = index.ids(essentialName: name).filter { id in
                index.btf[id].map { $0.kind == .function && index.btf.name(of: $0) == name } ?? false
            }
            // Of several prototypes for one name nobody knows which is the one.
            guard ids.count == 1, let id = ids.first, let function = index.btf[id],
                let prototype = index.btf[function.sizeOrType], prototype.kind == .prototype,
                prototype.count <= Self.mostArguments, !isVariadic(prototype, index.btf)
            else { continue }
            found.append(TypedFunction(name: name, id: UInt32(truncatingIfNeeded: id)))
        }
        return found
    }

    /// Whether the last parameter stands for any others: it has neither name nor type.
    private func isVariadic(_ prototype: BTFType, _ types: BTF) -> Bool {
        types.parameters(of: prototype, limit: Self.mostArguments).last.map { $0.type == 0 } ?? false
    }
}
