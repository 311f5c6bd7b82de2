// SPDX-License-Identifier: Apache-2.0

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
