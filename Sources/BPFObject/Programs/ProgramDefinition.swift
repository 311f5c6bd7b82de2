// SPDX-License-Identifier: Apache-2.0

/// A program of an object: a function that the kernel can be asked to run, before it is linked.
public struct ProgramDefinition: Sendable {
    /// The function's name.
    public let name: String
    /// The section that it was compiled to, which by convention tells what it attaches to.
    public let section: String
    /// The function's own code as it is in the file, its byte order undone.
    package var instructions: [Instruction] { function.instructions }
    /// Why this program cannot be loaded; nil if it can, as far as the object tells.
    package internal(set) var refusal: ObjectError?

    /// The index of its function in the object.
    let functionIndex: Int
    let function: ObjectFunction

    /// What the name of its section says, or what was given in its place; nil if that is no convention, as with the
    /// legacy `prog`.
    package internal(set) var convention: SectionConvention?
    /// What it is attached to in place of what its section names: see ``Object/attach(_:to:)``.
    package internal(set) var givenTargets: [AttachTarget] = []
    /// What was done so that it reads a system call's arguments behind a wrapper; nil if it is as its object has it.
    package internal(set) var rewriting: ArgumentRewriting?

    init(_ function: ObjectFunction, index: Int) {
        name = function.name
        section = function.sectionName
        convention = SectionConvention(section: function.sectionName)
        refusal = function.refusal
        functionIndex = index
        self.function = function
    }

    /// Whether this is the same program in the same form.
    package func isSameForm(as other: ProgramDefinition) -> Bool { name == other.name && rewriting == other.rewriting }

    /// Whether its own code calls a helper.
    ///
    /// - Parameter number: As `enum bpf_func_id` has it.
    package func callsHelper(_ number: Int32) -> Bool {
        instructions.contains { $0.code == Instruction.callCode && $0.source == 0 && $0.immediate == number }
    }

    /// The name as `BPF_PROG_LOAD` takes it: at most 15 bytes of letters, digits and `_`.
    public var kernelName: String {
        let bytes = name.utf8.prefix(MapName.longest).map { MapName.isNameByte($0) ? $0 : UInt8(ascii: "_") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The target that its section names, whatever was given for it; nil if it names none that is attached here.
    package var sectionTarget: AttachTarget? { SectionConvention(section: section)?.attachTarget }

    /// The targets that were given for it, or the one that its section names; none if it names none, or one that is
    /// attached by other means.
    ///
    /// - Throws: An error that says how such a section is written if what stands there is no target.
    package var ownTargets: [AttachTarget] {
        get throws(ObjectError) {
            guard givenTargets.isEmpty else { return givenTargets }
            if case .invalid(let fault) = convention?.target {
                var error = ObjectError(.environment(fault.diagnostic))
                (error.section, error.program) = (section, name)
                throw error
            }
            return convention?.attachTarget.map { [$0] } ?? []
        }
    }
}
