// SPDX-License-Identifier: Apache-2.0

/// What the verifier wrote while it looked at a program, whole; ``report`` is what it means.
public struct VerifierLog: Sendable, Equatable {
    /// The whole text, as the kernel wrote it; bytes that are not UTF-8 are replaced.
    public let text: String
    /// Whether the kernel had more to say than the largest buffer it takes.
    public let isCut: Bool

    /// Takes the bytes of the log buffer, up to the first NUL.
    public init(bytes: some Sequence<UInt8>, isCut: Bool = false) {
        text = String(decoding: Array(bytes.prefix { $0 != 0 }), as: UTF8.self)
        self.isCut = isCut
    }

    /// What the log tells, as a value.
    public var report: VerifierReport { VerifierReport(self) }

    /// The lines that say why, usually one; empty if the verifier said nothing.
    ///
    /// They are the last lines before the statistics. Kernels from 7.3 on write a statement behind them, whose words
    /// are in ``statement``. A broken BTF of the kernel itself is told on the first line.
    public var reason: [String] { Self.reason(of: lines, beginning: beginning) }

    /// What kernels from 7.3 on say in sentences; nil in the logs of older ones.
    public var statement: VerifierStatement? { VerifierStatement(lines: lines) }

    /// The index of the last instruction the verifier looked at, in the program as it was loaded.
    public var instruction: Int? {
        let lines = lines
        return VerifierStatement(lines: lines)?.instruction ?? Self.instruction(of: lines)
    }

    /// How much of the log is read, from its end: it may have a gigabyte, and the last path is there.
    private static let readBytes = 1 << 20

    /// The lines at the end of the log, without those that are empty.
    var lines: [Substring] {
        let newline = UInt8(ascii: "\n")
        var end = text.utf8[...]
        if end.count > Self.readBytes {
            end = end.suffix(Self.readBytes)
            // The first line is not whole, and may begin within a character.
            end = end.firstIndex(of: newline).map { end[$0...] } ?? end[end.endIndex...]
        }
        return end.split(separator: newline).filter { !$0.allSatisfy { $0 == 0x20 || (0x09...0x0d).contains($0) } }
            .map { Substring($0) }
    }

    /// The first lines of the log.
    var beginning: [Substring] { text.prefix(512).split(separator: "\n") }

    static func reason(of lines: [Substring], beginning: [Substring]) -> [String] {
        if let line = beginning.first(where: { $0.hasSuffix("is malformed") }) { return [String(line)] }
        let end = lines.lastIndex { $0.hasPrefix(VerifierStatement.title) } ?? lines.endIndex
        var reason: [String] = []
        for line in lines[..<end].reversed() {
            if isStatistics(line) {
                continue
            }
            if isTrace(line) { break }
            reason.insert(String(withoutStatistics(line)), at: 0)
            // A program can make the kernel write a lot after the last instruction: the end of it is the reason.
            if reason.count == 3 { break }
        }
        return reason
    }

    /// Some reasons have no end of line, and the figures follow at once.
    private static func withoutStatistics(_ line: Substring) -> Substring {
        guard let figures = line.firstRange(of: "processed "), line[figures.upperBound...].contains(" insns (limit ")
        else { return line }
        return line[..<figures.lowerBound]
    }

    static func instruction(of lines: [Substring]) -> Int? {
        for line in lines.reversed() {
            if let index = instructionIndex(line) { return index }
        }
        return nil
    }

    /// `processed 12 insns (limit 1000000) …`, `verification time …`, `stack depth …`: what follows every reason.
    static func isStatistics(_ line: Substring) -> Bool {
        ["processed ", "verification time ", "stack depth ", "max_states_per_insn ", "insns processed "]
            .contains { line.hasPrefix($0) }
    }

    /// The walked path: instructions, registers, source lines, marks of where the walk came from.
    private static func isTrace(_ line: Substring) -> Bool {
        instructionIndex(line) != nil || isRegisterState(line)
            || [
                "; ", "from ", "last_idx ", "parent ", "func#", "mark_precise", "reg type unsupported", "Validating ",
                "caller:", "callee:", "returning from callee:", "to caller at ", "regs=", "frame1: R", "frame2: R",
                "frame3: R", "frame4: R", "frame5: R", "frame6: R", "frame7: R",
            ].contains { line.hasPrefix($0) } || line.hasPrefix("Func#") && line.contains(" is safe for any args")
    }

    /// `R1=ctx(id=0,off=0,imm=0) R10=fp0`, ` R0_w=0`, `5: R1=ctx()`; not `R1 type=scalar expected=ctx`, a reason.
    static func isRegisterState(_ line: Substring) -> Bool {
        var rest = line.drop { $0 == " " || $0 == ":" || ($0.isASCII && $0.isNumber) }
        guard rest.popFirst() == "R" else { return false }
        let number = rest.prefix { $0.isASCII && $0.isNumber }
        return !number.isEmpty
            && rest.dropFirst(number.count).drop { $0 == "_" || $0.isLetter }.hasPrefix("=")
    }

    /// The 17 of `17: (85) call bpf_map_lookup_elem#1`.
    static func instructionIndex(_ line: Substring) -> Int? {
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, line.dropFirst(digits.count).hasPrefix(": (") else { return nil }
        return Int(digits)
    }
}
