// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import SystemPackage

extension BPFError {
    /// Makes the refusal of one program of an object.
    ///
    /// - Parameters:
    ///   - release: The running kernel's, to tell what it may be too old for.
    ///   - needs: What it lacks of the program as a whole, going by its release.
    ///   - lockdown: What of the kernel is locked, read only if a helper was refused.
    init(
        verifier log: VerifierLog, errno: Errno, program: LinkedProgram, object: Object, release: KernelRelease,
        needs: [KernelNeed] = [], lockdown: () -> PermissionFacts.Lockdown = { PermissionFacts.read().lockdown }
    ) {
        let definition = program.definition
        let words = RefusalWords(log, program, release: release, needs: needs, lockdown: lockdown)
        var diagnostic = Diagnostic(
            words.code, stage: .program,
            "the verifier rejected program \(definition.name)" + (words.message.map { ": " + $0 } ?? ""),
            cause: words.cause ?? (words.message == nil ? errno.described : nil), details: words.details,
            nextStep: words.nextStep ?? "\(.verifierLog)")
        if log.isCut { diagnostic.details.append("the log is longer than the largest buffer that this kernel takes") }
        diagnostic.object = object.name
        diagnostic.section = definition.section
        diagnostic.program = definition.name
        // The verifier counts what was put into the program as well.
        switch words.instruction.flatMap({ program.origin(ofInstruction: $0) }) {
        case .program(let index)?: diagnostic.instruction = index
        case .copy(let function)?:
            diagnostic.details.append(
                "it is in what the loader puts in front of function \(function): the copy of a system call's arguments")
        case nil: diagnostic.instruction = words.instruction
        }
        if let rewriting = definition.rewriting {
            let isOne = rewriting.functions == 1
            diagnostic.details.append(
                "the verifier's own numbers count the copies of a system call's arguments, in front of "
                    + "\(isOne ? "one function" : "\(rewriting.functions) functions")")
        }
        diagnostic.source = words.source ?? words.instruction.flatMap { program.sourceLine(ofInstruction: $0) }
        self.init(.loadProgram, diagnostic)
        self.errno = errno
        verifierLog = log
    }
}
