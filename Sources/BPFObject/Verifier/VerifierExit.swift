// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Where a path leaves a function: compilers give its one exit the line of the closing brace, or of the declaration
/// where a macro such as `BPF_PROG` returns for the program.
struct VerifierExit {
    /// The last instruction in front of the exit that belongs to a line of the function's body.
    let instruction: Int
    /// What to say of it.
    let message: String

    /// Looks for it on the way; nil if the refused instruction is no such exit.
    init?(_ report: VerifierReport, in program: LinkedProgram, at instruction: Int?, rule: VerifierRule?) {
        guard let instruction, let rule, let message = Self.message(rule),
            program.instructions.indices.contains(instruction),
            program.instructions[instruction].code == Self.exitCode,
            let line = program.sourceLine(ofInstruction: instruction),
            let function = program.functionName(ofInstruction: instruction)
        else { return nil }
        let first = program.firstInstruction(ofFunction: function).flatMap(program.sourceLine(ofInstruction:))
        let isBrace = line.text.drop { $0.isWhitespace }.hasPrefix("}")
        guard isBrace || first.map({ $0.file == line.file && $0.line >= line.line }) == true else { return nil }
        // The last step is the exit itself, and other functions that returned before are not where it leaves.
        for step in report.steps.dropLast().suffix(Self.mostSteps).reversed() {
            guard program.functionName(ofInstruction: step.instruction) == function,
                let label = program.sourceLine(ofInstruction: step.instruction), label.file == line.file,
                label.line != line.line, FunctionDeclaration(label.text, of: function) == nil
            else { continue }
            self.instruction = step.instruction
            self.message = message
            return
        }
        return nil
    }

    /// `BPF_JMP | BPF_EXIT`.
    private static let exitCode: UInt8 = 0x95
    /// How far back it is looked for.
    private static let mostSteps = 1024

    /// What is missing where the path leaves; nil for refusals that are not about its end.
    private static func message(_ rule: VerifierRule) -> String? {
        switch rule.code {
        case .verifierReferenceLeak: "leaves from here without it"
        case .verifierLock where rule.here?.hasPrefix("still") == true: "leaves from here, " + (rule.here ?? "")
        case .verifierReturnValue: "returns from here"
        default: nil
        }
    }
}

extension LinkedProgram {
    /// The first instruction of a function of the program.
    func firstInstruction(ofFunction name: String) -> Int? {
        instructions.indices.first { functionName(ofInstruction: $0) == name }
    }
}
