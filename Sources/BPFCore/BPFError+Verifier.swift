// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

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
        let report = log.report
        let words = RefusalWords(report, program, of: object, release: release, needs: needs, lockdown: lockdown)
        let places = VerifierPlaces(report, in: program, at: words.instruction, rule: words.rule)
        var diagnostic = Diagnostic(
            words.code, stage: .program,
            "the verifier rejected program \(definition.name)" + (words.message.map { ": " + $0 } ?? ""),
            cause: words.cause ?? (words.message == nil ? errno.described : nil),
            details: words.details + places.details, nextStep: words.nextStep ?? "\(.verifierLog)")
        diagnostic.kernelText = words.kernelText
        diagnostic.correction = places.correction
        diagnostic.path = places.path
        diagnostic.labels = words.source.map { [$0] } ?? places.labels
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
        diagnostic.tell(definition.rewriting)
        self.init(.loadProgram, diagnostic)
        self.errno = errno
        verifierLog = log
    }
}

extension Diagnostic {
    /// Says that it was not the program as it is written that the kernel refused.
    mutating func tell(_ rewriting: ArgumentRewriting?) {
        guard let rewriting else { return }
        let loads = rewriting.loads == 1 ? "a load" : "\(rewriting.loads) loads"
        let places = rewriting.functions == 1 ? "one function" : "\(rewriting.functions) functions"
        details.append(
            "the loader changed the program: \(loads) of a system call's arguments "
                + "\(rewriting.loads == 1 ? "reads" : "read") a copy, in front of \(places), which the numbers of the "
                + "kernel's own text count")
        let step: Hint = "\(.rawArguments) loads it as it is written"
        hint = hint.map { "\($0); \(step)" } ?? step
    }
}
