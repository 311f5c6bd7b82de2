// SPDX-License-Identifier: Apache-2.0

/// What a log of the verifier tells: why the program is refused, where, how it came there, and what was known then.
///
/// Logs of all kernels are read, from 5.x with their states of registers on lines of their own to 7.3, which writes a
/// ``statement`` in sentences behind them.
public struct VerifierReport: Sendable, Equatable {
    /// A line of C on the way to the refusal, as the log quotes it.
    public struct Line: Sendable, Equatable {
        /// The text of the line, without white space around it.
        public let text: String
        /// The file, where the kernel tells it (6.10).
        public let file: String?
        /// The number of the line, where the kernel tells it.
        public let line: Int?
    }

    /// What the verifier counted (`processed 12 insns (limit 1000000) …`).
    public struct Figures: Sendable, Equatable {
        /// The instructions that it followed, those of loops each time.
        public internal(set) var processed: Int?
        /// The number of instructions that it follows at most.
        public internal(set) var limit: Int?
        /// The states that it kept to compare others with.
        public internal(set) var states: Int?
    }

    /// The kernel's own words: the last lines before its figures, usually one.
    public let reason: [String]
    /// What kernels from 7.3 on say in sentences.
    public let statement: VerifierStatement?
    /// The index of the instruction that is refused, in the program as it was loaded.
    public let instruction: Int?
    /// The last instructions of the way that leads to the refusal.
    public let steps: [VerifierStep]
    /// The lines of C of that way, in its order; the last ones of a long one.
    public let path: [Line]
    /// What was known of the registers before the instruction that is refused, as far as the log tells it.
    public let registers: [VerifierRegister]
    /// What was counted.
    public let figures: Figures
    /// What kind of refusal it is; nil if no rule fits.
    package let rule: VerifierRule?
    /// The call that made the value invalid, if one did.
    let ended: VerifierEnd?
    /// How often each instruction stands in the part of the log that is read.
    let visits: [Int: Int]

    /// Reads a log.
    public init(_ log: VerifierLog) {
        let lines = log.lines
        let walk = VerifierWalk(lines)
        reason = VerifierLog.reason(of: lines, beginning: log.beginning)
        statement = VerifierStatement(lines: lines)
        steps = walk.steps
        path = walk.path
        registers = walk.registers.keys.sorted().compactMap { walk.registers[$0] }
        figures = walk.figures
        visits = walk.visits
        let text = reason.joined(separator: "\n")
        let plain = VerifierRule.fitting(text) ?? VerifierRule.ofTailCall(text, walk.steps.last)
        let ended = VerifierEnd(of: Self.register(in: reason), under: plain, walk)
        rule = plain?.fitted(to: walk, text, ended)
        self.ended = ended
        instruction = Self.named(in: text) ?? statement?.instruction ?? VerifierLog.instruction(of: lines)
    }

    /// The number of the register that the kernel's words are about: the first one that they name.
    public var register: Int? { Self.register(in: reason) }

    private static func register(in reason: [String]) -> Int? {
        for line in reason {
            var rest = line[...]
            while let mark = rest.firstIndex(of: "R") {
                let isStart = mark == line.startIndex || !(line[line.index(before: mark)].isLetter)
                rest = rest[rest.index(after: mark)...]
                let digits = rest.prefix { $0.isASCII && $0.isNumber }
                if isStart, let number = Int(digits), number < VerifierRegister.count { return number }
            }
        }
        return nil
    }

    /// What is known of a register.
    public func state(ofRegister number: Int) -> VerifierRegister? { registers.first { $0.number == number } }

    /// Where the value comes from that the refusal is about.
    var origin: VerifierOrigin? {
        if let ended { return VerifierOrigin(instruction: ended.instruction, kind: .call(ended.name)) }
        let text = reason.joined(separator: "\n")
        if let acquired = Self.number(in: text, after: "alloc_insn=") {
            let call = steps.last { $0.instruction == acquired }?.effect
            if case .call(let name)? = call { return VerifierOrigin(instruction: acquired, kind: .call(name)) }
            return VerifierOrigin(instruction: acquired, kind: .call(""))
        }
        guard rule?.tellsOrigin == true, let register = rule?.register ?? register, register != 10 else { return nil }
        return VerifierOrigin(ofRegister: register, in: steps, followsIndex: rule?.isOfIndex == true)
    }

    /// The instruction that the words name, for what is found before the walk: `back-edge from insn 7 to 2`.
    private static func named(in text: String) -> Int? {
        number(in: text, after: "from insn ") ?? number(in: text, after: "unreachable insn ")
            ?? number(in: text, after: "detected at insn ")
    }

    private static func number(in text: String, after mark: String) -> Int? {
        guard let place = text.firstRange(of: mark) else { return nil }
        return Int(text[place.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }
}
