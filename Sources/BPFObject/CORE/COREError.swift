// SPDX-License-Identifier: Apache-2.0

internal import BTF
package import Diagnostics

/// Why a CO-RE relocation stops the load: its record is wrong, or what it asks has no single answer.
///
/// What this kernel merely does not have is no error but poison (`COREFailure`): the program may guard itself.
package struct COREError: DiagnosticError, Equatable {
    /// What is wrong.
    package enum Reason: Sendable, Equatable {
        /// The number of the relocation's kind.
        case unknownKind(Int)
        /// The type is not in the object's BTF, or it is of no kind that can be asked for.
        case badType(Int, String)
        /// The access string does not fit the type; why, as a clause.
        case badAccess(String)
        /// The type has no name to look for.
        case anonymous
        /// There are no types of a kernel.
        case noTargets(Diagnostic)
        /// Types of the kernel with this name give different answers; each with its answer.
        case ambiguous([String])
        /// The instruction does not have a place for the answer.
        case instruction(String)
        /// The instruction does not hold what the object's own types say.
        case unexpected(found: UInt64, expected: UInt64)
        /// The instruction loads or stores another number of bytes than the field has.
        case unexpectedSize(found: Int, expected: Int)
        /// The answer does not fit into the instruction.
        case range(UInt64, bits: Int)
        /// There is no such instruction in the code.
        case outside(index: Int, count: Int)
        /// The types are too entangled to be compared.
        case tooComplex
    }

    /// What is wrong.
    package let reason: Reason
    /// The index of the instruction in its section.
    package let instruction: Int
    /// What the relocation asks for, such as `struct task_struct.state (0:17)`.
    package internal(set) var specification: String?
    /// The object's file name.
    package var object: String?
    /// The section of the instruction.
    package var section: String?
    /// The program that is made.
    package var program: String?
    /// The source line of the instruction, if the object tells it.
    package var source: Diagnostic.Label?

    init(_ reason: Reason, instruction: Int, specification: String? = nil) {
        self.reason = reason
        self.instruction = instruction
        self.specification = specification
    }

    /// The error as the user sees it.
    package var diagnostic: Diagnostic {
        let subject = specification.map { "the CO-RE relocation of \($0)" } ?? "a CO-RE relocation"
        let again: Diagnostic.Hint = "compile the program again, with a newer clang if there is one"
        var diagnostic =
            switch reason {
            case .unknownKind(let kind):
                Diagnostic(
                    .coreKindUnknown, stage: .object, "a CO-RE relocation of unknown kind \(kind)",
                    cause: "the compiler that wrote it is newer than this loader", nextStep: "use a newer loader")
            case .badType(let id, let why):
                Diagnostic(
                    .coreRecordDamaged, stage: .object, "\(subject) names type \(id), and \(why)", nextStep: again)
            case .badAccess(let why):
                Diagnostic(
                    .coreRecordDamaged, stage: .object, "\(subject) does not fit the object's own types", cause: why,
                    nextStep: again)
            case .anonymous:
                Diagnostic(
                    .coreTypeAnonymous, stage: .object, "\(subject) is of a type without a name",
                    cause: "types are found in the kernel by their names",
                    nextStep: "give the type in the program the name that it has in the kernel")
            case .noTargets(let cause):
                Diagnostic(
                    cause.code, stage: .program, "\(subject) needs the kernel's types (BTF), and there are none",
                    cause: [cause.message, cause.cause].compactMap(\.self).joined(separator: ": "),
                    details: cause.details, nextStep: cause.hint)
            case .ambiguous(let answers):
                Diagnostic(
                    .coreAmbiguous, stage: .program, "\(subject) is ambiguous",
                    cause: "the kernel has several types of this name, and they do not agree", details: answers,
                    nextStep: "name in the program's type only members that distinguish them")
            case .instruction(let text):
                Diagnostic(
                    .coreRecordDamaged, stage: .object, "\(subject) is of an instruction that cannot take it",
                    cause: text, nextStep: again)
            case .unexpected(let found, let expected):
                Diagnostic(
                    .coreRecordDamaged, stage: .object, "\(subject) is of an instruction that holds something else",
                    cause: "it holds \(Int64(bitPattern: found)), and the object's own types say "
                        + "\(Int64(bitPattern: expected))", nextStep: again)
            case .unexpectedSize(let found, let expected):
                Diagnostic(
                    .coreAccessSize, stage: .object, "\(subject) is of an access of another size",
                    cause: "the instruction accesses \(found) bytes, and the object's own type has \(expected)",
                    nextStep: "read the field with bpf_core_read() or BPF_CORE_READ()")
            case .range(let value, let bits):
                Diagnostic(
                    .coreAnswerRange, stage: .program, "the answer to \(subject) does not fit into the instruction",
                    cause: "it is \(value), and there are \(bits) bits for it",
                    nextStep: "read the field with bpf_core_read() or BPF_CORE_READ()")
            case .outside(let index, let count):
                Diagnostic(
                    .coreRecordDamaged, stage: .object, "\(subject) is of an instruction that is not there",
                    cause: "it is number \(index), and there are \(count)", nextStep: again)
            case .tooComplex:
                Diagnostic(
                    .coreRecordDamaged, stage: .object, "the types of \(subject) are too entangled to be compared",
                    cause: "the comparison does not come to an end within \(Limits.typeComparisons) steps",
                    nextStep: again)
            }
        diagnostic.object = object
        diagnostic.section = section
        diagnostic.program = program
        diagnostic.instruction = instruction
        diagnostic.source = source
        return diagnostic
    }
}
