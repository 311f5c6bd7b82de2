// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import Diagnostics
public import SystemPackage

/// The verifier's refusal of a program, with everything it wrote.
public struct VerifierError: DiagnosticError {
    /// What `BPF_PROG_LOAD` answered.
    public let errno: Errno
    /// The verifier's log, whole.
    public let log: VerifierLog
    /// The error as the user sees it: the reason first.
    public let diagnostic: Diagnostic

    /// Makes the refusal of one program of an object.
    init(errno: Errno, log: VerifierLog, program: LinkedProgram, object: Object) {
        self.errno = errno
        self.log = log
        let reason = log.reason
        let definition = program.definition
        // An instruction that we made unreachable is refused for its made-up helper: the reason is ours to tell.
        let poison = log.instruction.flatMap { program.poison[$0] }
        var diagnostic = Diagnostic(
            stage: .program,
            "the verifier refused program \(definition.name)"
                + ((poison?.message ?? reason.last).map { ": " + $0 } ?? ""),
            cause: poison?.cause ?? Self.meaning(of: log, definition) ?? errno.described,
            details: poison?.details ?? Array(reason.dropLast()),
            nextStep: poison?.nextStep ?? "--verbose shows the verifier's whole log, --verifier-log FILE keeps it",
            exitStatus: .verifier)
        if log.isCut { diagnostic.details.append("the log is longer than the largest buffer that this kernel takes") }
        diagnostic.object = object.name
        diagnostic.section = definition.section
        diagnostic.program = definition.name
        diagnostic.instruction = log.instruction
        diagnostic.source = poison?.source ?? log.instruction.flatMap { program.sourceLine(ofInstruction: $0) }
        self.diagnostic = diagnostic
    }

    /// What users ask about most, in their terms.
    private static func meaning(of log: VerifierLog, _ program: ProgramDefinition) -> String? {
        let reason = log.reason.joined(separator: "\n")
        if reason.contains("GPL-restricted") || reason.contains("GPL compatible") {
            return "a helper that it calls is for GPL-compatible programs, and the `license` section says otherwise"
        }
        if reason.contains("unknown func") || reason.contains("invalid func") {
            let type = program.convention?.type ?? .kprobe
            return "this kernel has no such helper, or not for \(type) programs"
        }
        return nil
    }
}

/// Why an object was not loaded.
public enum LoadError: DiagnosticError {
    /// The object is not what it claims, or asks for what is not handled.
    case object(ObjectError)
    /// The kernel refused a map, a pin, or a program without looking at it.
    case kernel(BPFError)
    /// The verifier refused a program.
    case verifier(VerifierError)

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        switch self {
        case .object(let error): error.diagnostic
        case .kernel(let error): error.diagnostic
        case .verifier(let error): error.diagnostic
        }
    }
}
