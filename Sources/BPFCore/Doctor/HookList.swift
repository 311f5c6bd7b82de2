// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import Diagnostics

/// A place that the types of the kernel tell of: a security hook, an iterator, a structure of functions.
package struct ListedHook: Sendable, Equatable {
    /// The name behind the slash of a section.
    package var name: String
    /// As C declares it.
    package var declaration: String
    /// The functions of a structure, as C declares them.
    package var members: [String] = []
}

/// Kinds of places that the types of the kernel tell of.
package enum HookKind: String, Sendable, CaseIterable {
    /// Hooks of the security modules.
    case lsm
    /// Iterators over objects of the kernel.
    case iterator = "iter"
    /// Structures of functions that programs can be.
    case structure = "struct_ops"

    /// Finds those that a pattern means, in the order of their names.
    ///
    /// - Throws: A ``BPFError`` where the kernel shows no types, or none is meant.
    package func matching(_ pattern: String, on kernel: Kernel) throws(BPFError) -> [ListedHook] {
        let types = try kernel.allTypes()
        let all = types.flatMap { self.all(in: $0) }.sorted { $0.name < $1.name }
        let match = NamePattern(pattern)
        let found = all.filter { match.matches(nil, $0.name[...]) }
        guard !found.isEmpty else {
            let near = EditDistance.names(near: pattern.filter { $0 != "*" && $0 != "?" }, among: all.map(\.name))
            throw BPFError(
                .resolveProbe, self == .iterator ? .noSuchIterator : .noSuchTarget,
                "no \(words) of this kernel is meant by \(pattern)",
                cause: all.isEmpty ? "its types have none" : nil,
                details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")],
                nextStep: near.first.map { "did you mean \(.chooseName(near), $0)?" })
        }
        return found
    }

    private var words: String {
        switch self {
        case .lsm: "hook of the security modules"
        case .iterator: "iterator"
        case .structure: "structure of functions"
        }
    }

    /// All of them in some types.
    func all(in index: BTFNameIndex) -> [ListedHook] {
        let types = index.btf
        switch self {
        case .lsm:
            return types.named("bpf_lsm_", kind: .function).compactMap { name, function in
                types[function.sizeOrType].map {
                    ListedHook(name: name, declaration: types.declaration(of: $0, named: name))
                }
            }
        case .iterator:
            return types.named("bpf_iter_", kind: .function).compactMap { name, function in
                // Functions that programs call to iterate have the same beginning, and other arguments.
                guard let prototype = types[function.sizeOrType], prototype.kind == .prototype,
                    let first = types.parameters(of: prototype, limit: 1).first,
                    types.spelling(of: first.type) == "struct bpf_iter_meta *"
                else { return nil }
                return ListedHook(name: name, declaration: types.declaration(of: prototype, named: name, from: 1))
            }
        case .structure:
            return KernelStructure.names(in: index).compactMap { name in
                guard let structure = KernelStructure(named: name, in: index), let type = types[structure.id] else {
                    return nil
                }
                return ListedHook(
                    name: name, declaration: "struct \(name)", members: Self.functions(of: type, in: types))
            }
        }
    }

    /// The members of a structure that programs can be.
    private static func functions(of structure: BTFType, in types: BTF) -> [String] {
        types.members(of: structure).compactMap { member in
            guard let pointer = types.resolved(member.type), pointer.kind == .pointer,
                let prototype = types.resolved(pointer.sizeOrType), prototype.kind == .prototype
            else { return nil }
            let name = member.nameOffset == 0 ? "" : types.string(member.nameOffset)
            return types.declaration(of: prototype, named: name)
        }
    }
}
