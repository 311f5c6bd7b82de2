// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Which structures of an object are made on a kernel, and what their programs are loaded for.
struct StructurePlan {
    /// What a program is loaded for.
    struct Use: Equatable {
        /// The structure in the kernel's BTF.
        let object: KernelObject
        /// The number of the member there.
        let member: UInt32
    }

    /// The structures that are made, by the index of the map.
    private(set) var layouts: [Int: StructureLayout] = [:]
    /// What programs are loaded for, by their names.
    private(set) var uses: [String: Use] = [:]
    /// Why programs are left out: this kernel has no members for them.
    private(set) var left: [String: Diagnostic] = [:]
    /// Why optional programs cannot be loaded: this kernel has no such structure.
    private(set) var failures: [String: ObjectError] = [:]
    private(set) var warnings: [Diagnostic] = []

    /// Members of all structures of one object that are looked for.
    private static let mostMembers = 65_536

    /// Plans the structures that have one of the programs; one that is optional, if it has a program of its own.
    init(
        _ object: Object, _ programs: [ProgramDefinition], kernel: any KernelEnvironment, options: LoadPlan.Options
    ) throws(ObjectError) {
        guard object.maps.contains(where: { $0.structure != nil }), let types = object.typeInfo.types else { return }
        let wanted = Set(programs.map(\.name))
        let unasked = object.programsOfStructures
        let known = Dictionary(object.programs.map { ($0.name, $0) }) { first, _ in first }
        let users = Dictionary(grouping: object.maps.compactMap(\.structure).flatMap(\.programs)) { $0 }
        var count = 0
        for (index, map) in object.maps.enumerated() {
            guard let structure = map.structure else { continue }
            let names = structure.programs
            let own = structure.isOptional ? names.filter { !unasked.contains($0) } : names
            guard own.contains(where: wanted.contains) || (names.isEmpty && !structure.isOptional) else { continue }
            for name in names { try Self.check(name, known[name], map) }
            count += types[structure.typeID]?.count ?? 0
            guard count <= Self.mostMembers else {
                throw ObjectError(
                    .tooMany("members of structures", count: UInt64(count), limit: Self.mostMembers),
                    section: map.section)
            }
            let canBeLeft = !names.isEmpty && names.allSatisfy(options.optionalPrograms.contains)
            do throws(ObjectError) {
                let found = try Self.structure(structure, map, kernel)
                let (layout, left) = try StructureMatcher(
                    map: map, structure: structure, types: types, kernel: found
                ).match()
                for function in layout.functions { try add(function, of: layout, map) }
                for member in left { leave(member, of: map, structure) }
                let lost = Set(left.map(\.program))
                let missing = names.filter { !wanted.contains($0) && !lost.contains($0) }
                if missing.isEmpty { layouts[index] = layout } else { note(missing, map) }
            } catch {
                guard canBeLeft else { throw error }
                for name in names where (users[name]?.count ?? 0) < 2 { failures[name] = error }
            }
        }
        for name in uses.keys { left[name] = nil }
    }

    private static func check(_ name: String, _ program: ProgramDefinition?, _ map: MapDefinition) throws(ObjectError) {
        guard program?.convention?.type != .structOps else { return }
        throw map.structureError(
            .structOpsInvalid, "the structure \(map.name) has a member \(name) that cannot be called",
            cause: program.map { "its section \($0.section) is not struct_ops" } ?? "the object has no program \(name)",
            hint: "write SEC(\"struct_ops/NAME\") in front of the function")
    }

    private static func structure(
        _ structure: StructureDefinition, _ map: MapDefinition, _ kernel: any KernelEnvironment
    ) throws(ObjectError) -> KernelStructure {
        do throws(EnvironmentError) {
            if let found = try kernel.structure(named: structure.type) { return found }
        } catch {
            var error = ObjectError(.environment(error.diagnostic))
            (error.section, error.map) = (map.section, map.name)
            throw error
        }
        let known = KnownStructure.named(structure.type)
        var hint: Diagnostic.Hint?
        if let known {
            let options = known.options.joined(separator: " and ")
            hint = "use a kernel that is built with \(.useKernel(known.options), options)"
        }
        throw map.structureError(
            .structOpsUnsupported,
            "this kernel lets no program be a \(structure.type), as the structure \(map.name) wants",
            cause: known.map { "kernels do since Linux \($0.since), where they are built for it" }
                ?? "its BTF has no structure bpf_struct_ops_\(structure.type)", hint: hint)
    }

    // MARK: - Programs

    private mutating func add(
        _ function: StructureLayout.Function, of layout: StructureLayout, _ map: MapDefinition
    ) throws(ObjectError) {
        let use = Use(object: layout.object, member: function.member)
        guard let other = uses.updateValue(use, forKey: function.program), other != use else { return }
        throw map.structureError(
            .structOpsInvalid,
            "program \(function.program) cannot be two different members of structures",
            cause: "a program is loaded for one member, and the structure \(map.name) has it as \(function.name)",
            hint: "write a function for each")
    }

    private mutating func leave(
        _ member: StructureMatcher.Left, of map: MapDefinition, _ structure: StructureDefinition
    ) {
        var reason = Diagnostic(
            .structOpsMemberLeft, .warning, stage: .program,
            "the kernel will not call program \(member.program), as \(member.member) of \(map.name)",
            cause: "this kernel's \(structure.type) has no member \(member.member)")
        (reason.map, reason.program, reason.section) = (map.name, member.program, map.section)
        left[member.program] = reason
    }

    private mutating func note(_ missing: [String], _ map: MapDefinition) {
        var warning = Diagnostic(
            .structOpsIncomplete, .warning, stage: .program, "the structure \(map.name) is not registered",
            cause: "not all of its programs are loaded: \(missing.prefix(8).joined(separator: ", "))",
            nextStep: "load all of them, or none")
        warning.map = map.name
        warnings.append(warning)
    }

    /// Why a program that is wanted has no place.
    func failure(of program: ProgramDefinition) -> ObjectError {
        if let error = failures[program.name] { return error }
        var error = ObjectError(
            .environment(
                Diagnostic(
                    .structOpsInvalid, stage: .program, "program \(program.name) cannot be loaded",
                    cause: Object.inNoStructure, nextStep: "leave it out: name the others with \(.program)")))
        (error.section, error.program) = (program.section, program.name)
        return error
    }
}
