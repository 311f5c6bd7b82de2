// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// A refusal in terms of the source: the line that is refused, where its value comes from, and the lines between.
package struct VerifierPlaces {
    /// The line that is refused, and the one where the value comes from.
    package private(set) var labels: [Diagnostic.Label] = []
    /// The lines of C on the way there, each once in a row, and a loop's rounds that are alike once; the last ones of a
    /// long way.
    package private(set) var path: [Diagnostic.Label] = []
    /// What to write, with the names of the source.
    package private(set) var correction: String?
    /// What is known of the registers concerned, and what takes the most room or time.
    package private(set) var details: [String] = []

    /// The lines of a path that are told.
    private static let mostLines = 24

    /// Maps a report to the lines of a program.
    ///
    /// - Parameters:
    ///   - instruction: The instruction that is refused, if it is not the report's.
    ///   - rule: The rule that fits; nil if the cause is another one.
    package init(_ report: VerifierReport, in program: LinkedProgram, at instruction: Int?, rule: VerifierRule?) {
        let here = instruction.flatMap { Self.label(ofInstruction: $0, in: program) }
        let origin = rule == nil ? nil : report.origin
        let there = origin.flatMap { Self.label(ofInstruction: $0.instruction, in: program) }
        let exit = VerifierExit(report, in: program, at: instruction, rule: rule)
        let left = exit.flatMap { Self.label(ofInstruction: $0.instruction, in: program) }
        if var label = left?.label ?? here?.label {
            label.message = left == nil ? rule?.here : exit?.message
            if rule?.isOfArgument == true { label.underline(parameter: report.register) }
            labels.append(label)
        }
        if let rule, let origin, var label = there?.label, Self.tells(origin, label, rule) {
            label.role = .secondary
            label.message = Self.words(of: origin, rule)
            if labels.first.map({ !$0.overlaps(label) }) ?? true {
                labels.append(label)
            } else if left != nil, let message = label.message, let end = exit?.message {
                // What acquires it is the condition of the branch that leaves.
                labels[0].message = "\(message), and a path \(end)"
            }
        }
        path = Self.path(report, program)
        correction = Self.statement(rule, origin).map {
            Self.filled($0, report, here?.expression)
                .replacing("$value", with: Self.name(report, here?.expression, there?.expression, origin) ?? "value")
        }
        details = Self.registers(report, rule)
        switch rule?.code {
        case .verifierTooComplex?: details += Self.busiest(report, program)
        case .verifierStackSize?: details += StackUse.lines(of: program)
        case .verifierTailCall? where report.reason.contains { $0.contains("previous frames") }:
            details += StackUse.lines(of: program)
        case .verifierNullPointer? where instruction.map { program.isInGlobalFunction($0) } == true && origin == nil:
            details.append(
                "the function is global: the kernel checks it by itself, whatever its callers pass; static ones are checked with them"
            )
        default: break
        }
    }

    /// What to write: for what is not given back, the call that goes with the one that it came from.
    private static func statement(_ rule: VerifierRule?, _ origin: VerifierOrigin?) -> String? {
        if rule?.code == .verifierReferenceLeak, case .call(let name)? = origin?.kind,
            let statement = VerifierEnd.statement(for: name)
        {
            return statement
        }
        return rule?.correction
    }

    /// Whether it helps to know where the value comes from: a constant that is returned may be set long before, in the line
    /// of a condition.
    private static func tells(_ origin: VerifierOrigin, _ label: Diagnostic.Label, _ rule: VerifierRule) -> Bool {
        rule.code != .verifierReturnValue || origin.kind != .constant || label.text.contains("return")
    }

    /// A correction with the names of the size and the memory that a call is given, for `$size` and `$buffer`.
    private static func filled(_ text: String, _ report: VerifierReport, _ call: SourceExpression?) -> String {
        guard text.contains("$size") else { return text }
        let register = report.register.flatMap { (2...5).contains($0) ? $0 : nil }
        let size = register.flatMap { call?.argument($0) }
        // The size of what a pointer leads to is not the one of the pointer: only variables of the stack are named.
        let buffer = register.flatMap { register in
            report.state(ofRegister: register - 1)?.kind.hasPrefix("fp") == true ? call?.argument(register - 1) : nil
        }
        return text.replacing("$size", with: size ?? "size").replacing("$buffer", with: buffer ?? "buffer")
    }

    private static func label(
        ofInstruction index: Int, in program: LinkedProgram
    ) -> (label: Diagnostic.Label, expression: SourceExpression?)? {
        guard var label = program.sourceLine(ofInstruction: index) else { return nil }
        let expression = SourceExpression(label)
        label = label.underlined(expression)
        label.function = program.functionName(ofInstruction: index)
        return (label, expression)
    }

    private static func words(of origin: VerifierOrigin, _ rule: VerifierRule) -> String {
        switch origin.kind {
        case .call(let name): (rule.there ?? "").replacing("$call", with: name.isEmpty ? "this call" : name + "()")
        case .load: "the value is read here"
        case .constant: "the value is set here"
        case .change: "the value is computed here"
        }
    }

    /// The name of the variable that the refusal is about.
    private static func name(
        _ report: VerifierReport, _ here: SourceExpression?, _ there: SourceExpression?, _ origin: VerifierOrigin?
    ) -> String? {
        if case .call(let call)? = origin?.kind, let argument = VerifierEnd.made(by: call) {
            return there?.argument(argument)
        }
        if let there, let name = there.target { return name }
        if origin == nil || origin?.kind == .load, there?.text == here?.text || there == nil, let name = here?.pointer {
            return name
        }
        if case .load? = origin?.kind, let name = there?.variable { return name }
        guard let here else { return nil }
        return report.register.flatMap { here.argument($0) } ?? here.variable
    }

    private static func path(_ report: VerifierReport, _ program: LinkedProgram) -> [Diagnostic.Label] {
        var lines: [Diagnostic.Label] = []
        for step in report.steps.reversed() {
            guard let label = program.sourceLine(ofInstruction: step.instruction) else { continue }
            if let last = lines.last, last.line == label.line, last.file == label.file {
                // The walk is backward: an earlier instruction of the line has the column where it begins.
                continue
            }
            lines.append(Diagnostic.Label(file: label.file, line: label.line, text: label.text, role: .secondary))
            fold(&lines)
            if lines.count == mostLines { break }
        }
        return lines.reversed()
    }

    /// Removes the last round of a loop, if it is like the one before.
    private static func fold(_ lines: inout [Diagnostic.Label]) {
        let half = lines.count / 2
        guard half > 1 else { return }
        for length in 2...half where lines.suffix(length) == lines.dropLast(length).suffix(length) {
            lines.removeLast(length)
            return
        }
    }

    /// `R1 is a number from 0 to 255`, for the register that the kernel names and those of the last instruction.
    private static func registers(_ report: VerifierReport, _ rule: VerifierRule?) -> [String] {
        // What was known before a call took the pointer away is no longer true.
        guard report.ended == nil else { return [] }
        var numbers: [Int] = []
        if let register = report.register { numbers.append(register) }
        switch report.steps.last?.effect {
        case .copy(_, let from)?: numbers.append(from)
        case .load(_, let base)?: numbers.append(base)
        case .change(let to, let by)?: numbers += [to] + (by.map { [$0] } ?? [])
        default: break
        }
        var told: Set<Int> = [10]
        return numbers.compactMap { number in
            guard told.insert(number).inserted, let state = report.state(ofRegister: number) else { return nil }
            // The number that is returned is told as one of 32 bits.
            if rule?.code == .verifierReturnValue, state.isConstant { return nil }
            return "R\(number) is \(state.words)"
        }
    }

    /// The lines of C that the verifier went through most often, in the part of the log that is read.
    private static func busiest(_ report: VerifierReport, _ program: LinkedProgram) -> [String] {
        struct Place: Hashable {
            let file: String
            let line: Int
        }
        var counts: [Place: Int] = [:]
        var texts: [Place: String] = [:]
        var total = 0
        for (instruction, count) in report.visits {
            total += count
            guard let label = program.sourceLine(ofInstruction: instruction) else { continue }
            let place = Place(file: label.file, line: label.line)
            counts[place, default: 0] += count
            texts[place] = label.text
        }
        guard total > 0 else { return [] }
        let busiest = counts.sorted { ($0.value, $1.key.line) > ($1.value, $0.key.line) }.prefix(3)
        return busiest.map { place, count in
            let text = texts[place]?.split { $0.isWhitespace }.joined(separator: " ") ?? ""
            return "\(count * 100 / total) % of the last instructions are of line \(place.line): \(text)"
        }
    }
}

extension Diagnostic.Label {
    /// Underlines a parameter, by its number, in the line of a function's declaration, of which no column is known.
    fileprivate mutating func underline(parameter number: Int?) {
        guard columns == nil, let number, let function,
            let parameters = FunctionDeclaration(text, of: function)?.parameters,
            parameters.indices.contains(number - 1)
        else { return }
        columns = parameters[number - 1].columns
    }

    /// Whether two places of a line have columns in common.
    fileprivate func overlaps(_ other: Diagnostic.Label) -> Bool {
        guard file == other.file, line == other.line else { return false }
        guard let columns, let others = other.columns else { return true }
        return columns.overlaps(others) || columns.lowerBound == others.lowerBound
    }
}
