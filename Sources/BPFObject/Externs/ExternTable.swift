// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// What an object wants of the kernel: a symbol that it uses and does not define.
package struct ExternSymbol: Sendable, Equatable {
    /// What it is, as the object's BTF declares it.
    package enum Kind: Sendable, Equatable {
        /// The kernel's configuration (`__kconfig`).
        case configuration
        /// An address of kallsyms, without a type (`extern const void NAME __ksym`).
        case address
        /// A variable of the kernel, found by its BTF.
        case variable
        /// A function of the kernel (kfunc), found by its BTF.
        case function
    }

    /// Its name.
    package let name: String
    /// What it is.
    package let kind: Kind
    /// Whether the program can do without (`__weak`).
    package let isWeak: Bool
    /// The id of its type in the object's BTF; 0 is none.
    package let type: Int
}

/// The externs of an object.
struct ExternTable: Sendable {
    private(set) var symbols: [ExternSymbol] = []
    private var indices: [String: Int] = [:]

    /// The sections of BTF that declare externs; neither has bytes in the file.
    private static let sections = [".kconfig", ".ksyms"]

    init(_ context: ObjectContext) {
        guard let table = context.symbols, let types = context.typeInfo.types else { return }
        var declared: [String: (type: BTFType, section: String)] = [:]
        for id in types.firstID..<types.endID {
            guard let section = types[id], section.kind == .dataSection else { continue }
            let name = types.name(of: section)
            guard Self.sections.contains(name) else { continue }
            for entry in types.variables(of: section) {
                // What is beyond is not declared; nobody has so many.
                guard declared.count < Limits.variables, let type = types[entry.type],
                    types.linkage(of: type) == .extern
                else { continue }
                declared[types.name(of: type)] = (type, name)
            }
        }
        guard !declared.isEmpty else { return }
        for index in 0..<table.count {
            guard let symbol = table[index], symbol.section == 0, symbol.isGlobal else { continue }
            let name = table.name(of: symbol)
            guard let (type, section) = declared[name], indices[name] == nil else { continue }
            indices[name] = symbols.count
            symbols.append(
                ExternSymbol(
                    name: name, kind: Self.kind(of: type, section, types), isWeak: symbol.isWeak,
                    type: type.kind == .variable ? type.sizeOrType : type.id))
        }
    }

    private static func kind(of type: BTFType, _ section: String, _ types: BTF) -> ExternSymbol.Kind {
        if section == ".kconfig" { return .configuration }
        if type.kind == .function { return .function }
        // `void` behind its qualifiers: no type.
        return types.resolved(type.sizeOrType) == nil ? .address : .variable
    }

    /// The index of an extern.
    func index(of name: String) -> Int? { indices[name] }
}
