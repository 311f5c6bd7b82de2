// SPDX-License-Identifier: Apache-2.0

/// Follows the lines of a log: instructions, quoted lines of C, states of registers, figures.
///
/// At the level that is asked for, the kernel takes back what it wrote of a way that turned out well, so that what
/// stands there is the way to the refusal.
struct VerifierWalk {
    private(set) var steps: [VerifierStep] = []
    private(set) var path: [VerifierReport.Line] = []
    private(set) var registers: [Int: VerifierRegister] = [:]
    /// Registers that were an address in the packet since they were written, also where they are none any more.
    private(set) var packets: Set<Int> = []
    private(set) var figures = VerifierReport.Figures()
    private(set) var visits: [Int: Int] = [:]

    /// The steps that are kept, and the lines of C: nobody reads more.
    static let mostSteps = 4096
    static let mostLines = 64

    init(_ lines: [Substring]) {
        for line in lines {
            if line.hasPrefix(VerifierStatement.title) { break }
            take(line)
        }
        for line in lines.reversed().prefix(8) { count(line) }
    }

    private mutating func take(_ line: Substring) {
        if line.hasPrefix("; ") { return quote(line.dropFirst(2)) }
        if line.hasPrefix("Validating ") || line.hasPrefix("Func#") {
            // Another function begins: what was before does not lead to it.
            (steps, path, registers, packets) = ([], [], [:], [])
            return
        }
        if let step = VerifierStep(line) {
            // The one before was carried out.
            forget()
            steps.append(step)
            if steps.count > 2 * Self.mostSteps { steps.removeFirst(Self.mostSteps) }
            visits[step.instruction, default: 0] += 1
            pending = step
            if let state = VerifierStep.state(in: line) {
                forget()
                merge(state)
            }
            return
        }
        if line.hasPrefix("from "), let colon = line.firstIndex(of: ":") {
            pending = nil
            registers = [:]
            merge(line[line.index(after: colon)...])
        } else if line == "caller:" || line == "callee:" || line.hasPrefix("to caller at ") {
            pending = nil
            registers = [:]
        } else if VerifierLog.isRegisterState(line) {
            forget()
            merge(line.drop { $0 != "R" })
        } else if line.hasPrefix("frame") || line.hasPrefix(" frame"), let colon = line.firstIndex(of: ":") {
            forget()
            merge(line[line.index(after: colon)...])
        }
    }

    /// The last instruction, as long as it is not known that it was carried out.
    private var pending: VerifierStep?

    private mutating func forget() {
        if let pending { forget(pending) }
        pending = nil
    }

    /// What the instruction wrote is no longer what was told of it.
    private mutating func forget(_ step: VerifierStep) {
        guard let register = step.destination else { return }
        registers[register] = nil
        packets.remove(register)
        guard register == 0, case .call = step.effect else { return }
        for argument in 1...5 { registers[argument] = nil }
    }

    private mutating func merge(_ state: Substring) {
        for register in VerifierRegister.all(in: state) {
            registers[register.number] = register
            if register.kind == "pkt" { packets.insert(register.number) }
        }
    }

    /// `if (x) @ prog.bpf.c:17`, before 6.10 without the place.
    private mutating func quote(_ line: Substring) {
        var text = line
        var file: String?
        var number: Int?
        if let at = line.ranges(of: " @ ").last, let colon = line.lastIndex(of: ":"), at.upperBound <= colon,
            let place = Int(line[line.index(after: colon)...])
        {
            (text, file, number) = (line[..<at.lowerBound], String(line[at.upperBound..<colon]), place)
        }
        let quoted = VerifierReport.Line(text: String(text.trimmed), file: file, line: number)
        guard path.last != quoted else { return }
        path.append(quoted)
        if path.count > 2 * Self.mostLines { path.removeFirst(Self.mostLines) }
    }

    /// `processed 12 insns (limit 1000000) max_states_per_insn 0 total_states 0 …`, and `Processed 1000001 insn`.
    private mutating func count(_ line: Substring) {
        let words = line.split { $0 == " " || $0 == "(" || $0 == ")" }
        for (word, next) in zip(words, words.dropFirst()) {
            switch word {
            case "processed", "Processed": figures.processed = figures.processed ?? Int(next)
            case "limit": figures.limit = figures.limit ?? Int(next)
            case "total_states": figures.states = figures.states ?? Int(next)
            default: break
            }
        }
    }
}
