// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// A structure of functions that an object gives to the kernel (`SEC(".struct_ops")`): its members are programs and data.
///
/// Corresponds to libbpf's `struct bpf_struct_ops`.
package struct StructureDefinition: Sendable, Equatable {
    /// The name of its type in the kernel, such as `tcp_congestion_ops`: without the flavour behind `___`.
    package let type: String
    /// The id of its type in the object's BTF.
    let typeID: Int
    /// What it holds at first, as the file has it.
    let bytes: [UInt8]
    /// Whether it is only registered if its programs are asked for (`SEC("?.struct_ops")`).
    package let isOptional: Bool
    /// The programs of its members, by the numbers of the members in the object's type.
    var functions: [Int: String] = [:]

    /// The names of its programs, in the order of its members.
    package var programs: [String] { functions.sorted { $0.key < $1.key }.map(\.value) }

    /// The section's name if it holds such structures; nil is another section.
    static func isOptional(section name: String) -> Bool? {
        let isOptional = name.hasPrefix("?")
        let plain = isOptional ? name.dropFirst() : name[...]
        return plain == sectionName || plain.hasPrefix(sectionName + ".") ? isOptional : nil
    }

    /// The section; with `.link` behind it the object asks for a link, which is taken wherever the kernel has it.
    static let sectionName = ".struct_ops"
}

extension Object {
    /// The programs of structures that are registered without being asked for.
    package var programsOfStructures: Set<String> {
        Set(maps.compactMap(\.structure).filter { !$0.isOptional }.flatMap(\.programs))
    }

    /// Whether a program is loaded although nobody named it: its section says what it is, and has no `?`; of struct_ops
    /// a structure that is registered says so.
    ///
    /// - Parameters:
    ///   - program: One of its programs.
    ///   - structures: ``programsOfStructures``.
    package func isLoadedUnasked(_ program: ProgramDefinition, _ structures: Set<String>) -> Bool {
        guard let convention = program.convention else { return false }
        return convention.type == .structOps ? structures.contains(program.name) : !convention.isOptional
    }

    /// Why a program of struct_ops is not loaded if nobody names it; nil for other programs.
    package func whyNotInStructure(_ program: ProgramDefinition) -> String? {
        guard program.convention?.type == .structOps else { return nil }
        let maps = maps.filter { $0.structure?.programs.contains(program.name) == true }
        guard let first = maps.first else { return Self.inNoStructure }
        return "it is part of \(first.name), whose section \(first.section) begins with ?"
    }

    /// Of a program that nothing calls.
    static let inNoStructure = "it is of struct_ops, and no variable in a section .struct_ops has it"
}
