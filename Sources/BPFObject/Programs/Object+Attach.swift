// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension Object {
    /// Names what a program is attached to, in place of what its section says; before it is loaded, since some types of
    /// programs are loaded for their target.
    ///
    ///     try object.attach("printret", to: "uretprobe:/bin/bash:readline")
    ///
    /// Called again for the same program it names one target more, of the same kind.
    ///
    /// - Parameters:
    ///   - name: The program.
    ///   - target: The name of a section with a target (`kprobe/vfs_read`), the same with a colon behind the kind
    ///     (`xdp:eth0`), or only the target, for the kind that the program's section says (`vfs_read`). Functions of a
    ///     program or library may be several, with commas between them.
    /// - Throws: An error if there is no such program, the text is no target, or its type is not that of the program.
    public mutating func attach(_ name: String, to target: String) throws(ObjectError) {
        let index = try index(ofProgram: name)
        let program = programs[index]
        let found: SectionConvention
        let places: [AttachTarget]
        do throws(AttachTargetError) {
            found = try SectionConvention(given: target, inPlaceOf: program.convention)
            places = try found.targets()
        } catch {
            throw placed(ObjectError(.environment(error.diagnostic)), program)
        }
        if let own = program.convention, own.type != found.type {
            throw placed(ObjectError(.otherType(of: found.type, than: own.type, target: target)), program)
        }
        guard let place = places.first else { return }
        if let first = program.givenTargets.first, program.convention?.expectedAttachType != found.expectedAttachType {
            throw placed(ObjectError(.twoKinds(first, place)), program)
        }
        programs[index].convention = found
        programs[index].givenTargets.append(contentsOf: places)
    }

    /// Says what a program is, for one whose section does not or says something else.
    ///
    /// - Parameters:
    ///   - name: The program.
    ///   - type: The name of a section without a target (`tc`, `cgroup_skb/ingress`), or a type as bpftool prints it
    ///     (`sched_cls`).
    /// - Throws: An error if there is no such program or no such type.
    public mutating func setType(of name: String, to type: String) throws(ObjectError) {
        let index = try index(ofProgram: name)
        guard let found = SectionConvention(section: type) ?? SectionConvention(type: type) else {
            throw placed(ObjectError(.unknownType(type)), programs[index])
        }
        programs[index].convention = found
        programs[index].givenTargets = []
    }

    private func index(ofProgram name: String) throws(ObjectError) -> Int {
        let program = try program(named: name)
        guard let index = programs.firstIndex(where: { $0.name == program.name }) else {
            throw ObjectError(.noProgram(name, programs.map(\.name)))
        }
        return index
    }

    private func placed(_ error: ObjectError, _ program: ProgramDefinition) -> ObjectError {
        var error = error
        (error.object, error.section, error.program) = (self.name, program.section, program.name)
        return error
    }
}
