// SPDX-License-Identifier: Apache-2.0

/// The names that the C headers give to the numbers of one kind, and how they are put together.
///
/// A new vocabulary is a table of words in this directory, and a format of ``ValueFormat`` that stands for it.
final class Vocabulary: Sendable {
    /// How words make up a number.
    enum Form: Sendable {
        /// One word is the number; one without a word is written in decimal.
        case single
        /// Words for bits and groups of bits: `O_RDONLY|O_CLOEXEC`. What has no word is hexadecimal.
        case flags
        /// A set of which a large one is told by what it lacks: `~(SIGKILL|SIGSTOP)`, `~0`.
        case set
    }

    /// A name of a number, or of some of its bits.
    struct Word: Sendable {
        let name: StaticString
        let value: UInt64
        /// The bits that it tells of.
        let mask: UInt64

        /// A number, or a bit.
        init(_ name: StaticString, _ value: UInt64) { self.init(name, value, of: value) }

        /// One of several values of some bits.
        init(_ name: StaticString, _ value: UInt64, of mask: UInt64) {
            (self.name, self.value, self.mask) = (name, value, mask)
        }
    }

    let form: Form
    /// Of flags the order counts: what tells of several bits stands in front of what tells of some of these.
    let words: [Word]
    /// The bits that there are words for.
    private let known: UInt64
    /// Whether a word's place in the table follows from its number: the numbers have no gap.
    private let first: UInt64?

    init(_ form: Form, _ words: [Word]) {
        self.form = form
        self.words = words
        known = words.reduce(0) { $0 | $1.mask }
        let start = words.first?.value ?? 0
        first = words.enumerated().allSatisfy { $0.element.value == start + UInt64($0.offset) } ? start : nil
    }

    /// The words of numbers that follow each other.
    convenience init(from first: UInt64, _ names: [StaticString]) {
        self.init(.single, names.enumerated().map { Word($0.element, first + UInt64($0.offset)) })
    }

    /// The value of a name.
    func value(named name: String) -> Int128? {
        words.first { "\($0.name)" == name }.map { Int128($0.value) }
    }

    /// The word of a number.
    private func name(of value: UInt64) -> StaticString? {
        guard let first else { return words.first { $0.value == value }?.name }
        guard value >= first, value - first < UInt64(words.count) else { return nil }
        return words[Int(value - first)].name
    }

    /// Appends a number.
    ///
    /// - Parameters:
    ///   - value: The number.
    ///   - pattern: Its bits.
    ///   - line: The text that it is appended to.
    func append(_ value: Int128, pattern: UInt128, to line: inout LineBuffer) {
        guard let bits = UInt64(exactly: pattern) else { return line.append(value) }
        switch form {
        case .single:
            guard let number = UInt64(exactly: value), let name = name(of: number) else { return line.append(value) }
            line.append(name)
        case .flags: appendFlags(bits, to: &line)
        case .set: appendSet(bits, to: &line)
        }
    }

    private func appendFlags(_ bits: UInt64, to line: inout LineBuffer) {
        var told: UInt64 = 0
        var isFirst = true
        for word in words where bits & word.mask == word.value && told & word.mask == 0 {
            // What means that nothing is set (`PROT_NONE`) is said of nothing only.
            guard word.mask != 0 || bits == 0 else { continue }
            if !isFirst { line.append("|") }
            isFirst = false
            line.append(word.name)
            told |= word.mask
        }
        appendRest(bits & ~told, isFirst: isFirst, to: &line)
    }

    private func appendSet(_ bits: UInt64, to line: inout LineBuffer) {
        guard (bits & known).nonzeroBitCount * 2 > known.nonzeroBitCount else { return appendFlags(bits, to: &line) }
        let missing = known & ~bits
        line.append("~")
        if missing.nonzeroBitCount > 1 { line.append("(") }
        appendFlags(missing, to: &line)
        if missing.nonzeroBitCount > 1 { line.append(")") }
        if bits & ~known != 0 { appendRest(bits & ~known, isFirst: false, to: &line) }
    }

    private func appendRest(_ rest: UInt64, isFirst: Bool, to line: inout LineBuffer) {
        guard rest != 0 || isFirst else { return }
        if !isFirst { line.append("|") }
        guard rest != 0 else { return line.append("0") }
        line.append("0x")
        line.append(UInt128(rest), bitsPerDigit: 4)
    }
}
