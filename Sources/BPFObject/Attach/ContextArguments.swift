// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// The arguments of a function of the kernel in the context of the programs that are attached to it.
package struct ContextArguments: Sendable, Equatable {
    /// Whose arguments they are.
    package enum Owner: Sendable, Equatable {
        /// A function.
        case function(String)
        /// A tracepoint.
        case tracepoint(String)
    }

    /// How the context has them.
    package enum Form: Sendable, Equatable {
        /// In registers (`struct pt_regs`), as `PT_REGS_PARM1` reads them.
        case registers
        /// As words, one behind the other.
        case words
    }

    let owner: Owner
    let form: Form

    init(of owner: Owner, in form: Form) {
        self.owner = owner
        self.form = form
    }

    /// Where the registers of the first arguments are in `struct pt_regs` (`arch/*/include/uapi/asm/ptrace.h`).
    private static let registers: [Int] = {
        #if arch(arm64)
            [0, 8, 16, 24, 32, 40]
        #else
            [112, 104, 96, 88, 72, 64]
        #endif
    }()

    /// Which argument the context has at a place; nil if it is none.
    func argument(atOffset offset: Int) -> Int? {
        switch form {
        case .registers: Self.registers.firstIndex(of: offset)
        case .words: offset >= 0 && offset % 8 == 0 ? offset / 8 : nil
        }
    }

    /// The structure that an argument points to, by the types of a kernel, and those; nil if they do not tell, or it is none.
    func structure(ofArgument argument: Int, on kernel: any KernelEnvironment) -> (type: BTFType, types: BTF)? {
        guard let index = try? kernel.kernelTypes(), let prototype = prototype(index, kernel) else { return nil }
        let types = index.btf
        let parameters = types.parameters(of: prototype)
        // The functions of tracepoints have a pointer to what the tracer wants in front.
        let place = if case .tracepoint = owner { argument + 1 } else { argument }
        guard parameters.indices.contains(place), let pointer = types.resolved(parameters[place].type),
            pointer.kind == .pointer, let structure = types.resolved(pointer.sizeOrType), structure.kind == .structure
        else { return nil }
        return (structure, types)
    }

    private func prototype(_ index: BTFNameIndex, _ kernel: any KernelEnvironment) -> BTFType? {
        let types = index.btf
        let number: Int
        switch owner {
        case .function(let name):
            guard let found = try? kernel.function(named: name), found.module == 0,
                let function = types[Int(found.id)], function.kind == .function,
                // What stands in for the kernel's types has other ids.
                types.name(of: function) == name
            else { return nil }
            number = function.sizeOrType
        case .tracepoint(let name):
            // typedef void (*btf_trace_NAME)(void *, arguments of the tracepoint)
            guard let id = index.id(named: "btf_trace_" + name, kind: .typedef), let pointer = types.resolved(id) else {
                return nil
            }
            number = pointer.sizeOrType
        }
        guard let prototype = types.resolved(number), prototype.kind == .prototype else { return nil }
        return prototype
    }
}
