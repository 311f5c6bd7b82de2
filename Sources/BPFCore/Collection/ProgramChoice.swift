// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import Diagnostics

/// A program of an object that is wanted, and where it goes.
package struct ProgramChoice: Sendable {
    /// The program.
    package let program: ProgramDefinition
    /// What it is attached to; none where it is only loaded.
    package let targets: [AttachTarget]
    /// Whether the others go on where the kernel lacks its target or refuses it.
    package let isOptional: Bool

    /// Chooses a program.
    package init(_ program: ProgramDefinition, targets: [AttachTarget], isOptional: Bool = false) {
        self.program = program
        self.targets = targets
        self.isOptional = isOptional
    }
}

extension Object {
    /// The programs that an object loads by itself, each with the target that its section names.
    ///
    /// Programs whose sections begin with `?`, or do not say what the program is, are not among them unless they are named.
    ///
    /// - Parameters:
    ///   - names: Only these programs; none is all.
    ///   - optional: Programs that may be left out where this kernel cannot load or attach them.
    ///   - targets: Other targets than the sections name, by the programs' names.
    /// - Throws: An error that lists the programs if one of that name is not there.
    package func choices(
        named names: [String] = [], optional: Set<String> = [], targets: [String: [AttachTarget]] = [:]
    ) throws(ObjectError) -> [ProgramChoice] {
        for name in optional.sorted() + targets.keys.sorted() { _ = try program(named: name) }
        var wanted: [ProgramDefinition] = []
        if names.isEmpty {
            let structures = programsOfStructures
            wanted = programs.filter {
                targets[$0.name] != nil || !$0.givenTargets.isEmpty || isLoadedUnasked($0, structures)
            }
        } else {
            var seen: Set<String> = []
            for name in names where seen.insert(name).inserted { wanted.append(try program(named: name)) }
        }
        var choices: [ProgramChoice] = []
        for program in wanted {
            let chosen: [AttachTarget]
            if let given = targets[program.name] { chosen = given } else { chosen = try program.ownTargets }
            choices.append(ProgramChoice(program, targets: chosen, isOptional: optional.contains(program.name)))
        }
        return choices
    }
}

extension ProgramDefinition {
    /// The one target that its section names.
    var ownTarget: AttachTarget {
        get throws(BPFError) {
            do throws(ObjectError) {
                if let target = try ownTargets.first { return target }
            } catch {
                throw error.asBPFError
            }
            if case .target(let target) = convention?.target { throw TargetResolver.notAttached(target) }
            guard convention?.type != .structOps else {
                throw BPFError(
                    .resolveProbe, .targetNotNamed, "a program of struct_ops is not attached by itself",
                    cause: "the structure that it is in is registered with all of its programs",
                    nextStep: "attach all: BPFCollection.attach()")
            }
            throw BPFError(
                .resolveProbe, .targetNotNamed, "the section does not name what to attach to",
                nextStep: "name it in the section, as in SEC(\"kprobe/vfs_read\"), or where the program is attached")
        }
    }
}
