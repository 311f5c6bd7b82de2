// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension ProgramChecker {
    /// What the kernel keeps for programs under the GPL.
    func askForLicense(
        _ step: LoadPlan.ProgramStep, _ program: LinkedProgram, _ walk: CodeWalk, _ found: inout Findings
    ) {
        guard !License.isGPLCompatible(step.license) else { return }
        let use = LicensedUse(program, walk)
        let kind: String? = step.type == .lsm ? "lsm" : step.type == .structOps ? "struct_ops" : nil
        let subject: String
        let place: Int?
        if let kind {
            (subject, place) = ("programs of the type \(kind) are", nil)
        } else if let call = use.kernelCall {
            (subject, place) = ("it calls a function of the kernel (kfunc), and those are", call)
        } else if let first = use.calls.first {
            let names = use.calls.map(\.name)
            let rest = names.count - Self.mostNames
            (subject, place) = (
                "it calls " + names.prefix(Self.mostNames).joined(separator: ", ")
                    + (rest > 0 ? " and \(rest) others" : "") + (names.count == 1 ? ", which is" : ", which are"),
                first.place
            )
        } else {
            if let name = use.doubt { found.doubts.append("whether the program comes to its call of \(name)") }
            return
        }
        found.reasons.append(
            diagnostic(
                .verifierLicense, program, place,
                cause: subject + " for programs under the GPL; the license is \(step.license)",
                next: "write char LICENSE[] SEC(\"license\") = \"GPL\"; if that is the license"))
    }

    /// Helpers that a message names.
    private static let mostNames = 4
}

/// What of a program's calls the kernel keeps for programs under the GPL.
private struct LicensedUse {
    /// Helpers that the program comes to, each once, in the order of its code.
    private(set) var calls: [(name: String, place: Int)] = []
    /// Its first call of a function of the kernel; the kernel looks at all of them, reached or not.
    private(set) var kernelCall: Int?
    /// A helper of which it is not known whether the program comes to it.
    private(set) var doubt: String?

    init(_ program: LinkedProgram, _ walk: CodeWalk) {
        var index = 0
        while index < program.instructions.count {
            let instruction = program.instructions[index]
            if instruction.code == Instruction.callCode, program.poison[index] == nil {
                take(instruction, at: index, walk)
            }
            index += instruction.isWideLoad ? 2 : 1
        }
    }

    private mutating func take(_ instruction: Instruction, at index: Int, _ walk: CodeWalk) {
        if instruction.source == Instruction.pseudoKernelCall {
            if kernelCall == nil { kernelCall = index }
            return
        }
        let helper = Helper(rawValue: instruction.immediate)
        guard instruction.source == 0, helper.isForGPL, let name = helper.name else { return }
        if walk.reached.contains(index) {
            if !calls.contains(where: { $0.name == name }) { calls.append((name, index)) }
        } else if !walk.isWhole {
            doubt = name
        }
    }
}
