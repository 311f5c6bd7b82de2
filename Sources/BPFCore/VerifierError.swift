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
    ///
    /// - Parameters:
    ///   - release: The running kernel's, to tell what it may be too old for.
    ///   - needs: What it lacks of the program as a whole, going by its release.
    ///   - lockdown: What of the kernel is locked, read only if a helper was refused.
    init(
        errno: Errno, log: VerifierLog, program: LinkedProgram, object: Object, release: KernelRelease,
        needs: [KernelNeed] = [], lockdown: () -> PermissionFacts.Lockdown = { PermissionFacts.read().lockdown }
    ) {
        self.errno = errno
        self.log = log
        let definition = program.definition
        let words = RefusalWords(log, program, release: release, needs: needs, lockdown: lockdown)
        var diagnostic = Diagnostic(
            stage: .program,
            "the verifier refused program \(definition.name)" + (words.message.map { ": " + $0 } ?? ""),
            cause: words.cause ?? (words.message == nil ? errno.described : nil), details: words.details,
            nextStep: words.nextStep ?? "--verbose shows the verifier's whole log, --verifier-log FILE keeps it",
            exitStatus: .verifier)
        if log.isCut { diagnostic.details.append("the log is longer than the largest buffer that this kernel takes") }
        diagnostic.object = object.name
        diagnostic.section = definition.section
        diagnostic.program = definition.name
        diagnostic.instruction = words.instruction
        diagnostic.source = words.source ?? words.instruction.flatMap { program.sourceLine(ofInstruction: $0) }
        self.diagnostic = diagnostic
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
