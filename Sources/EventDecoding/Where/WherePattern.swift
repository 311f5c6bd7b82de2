// SPDX-License-Identifier: Apache-2.0

/// A text that others are compared with: bytes, and the signs `*`, `?` and `[a-z]` that stand for others.
struct WherePattern: Equatable, Sendable {
    enum Step: Equatable, Sendable {
        case byte(UInt8)
        /// `?`: any one byte.
        case any
        /// `*`: any bytes, or none.
        case star
        /// `[a-z]`, `[!a-z]`: one byte of these, or not of these.
        case set(ByteSet)
    }

    /// A set of bytes.
    struct ByteSet: Equatable, Sendable {
        private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

        static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

        mutating func insert(_ byte: UInt8) {
            let bit: UInt64 = 1 << UInt64(byte & 63)
            switch byte >> 6 {
            case 0: words.0 |= bit
            case 1: words.1 |= bit
            case 2: words.2 |= bit
            default: words.3 |= bit
            }
        }

        mutating func invert() {
            words = (~words.0, ~words.1, ~words.2, ~words.3)
        }

        func contains(_ byte: UInt8) -> Bool {
            let word =
                switch byte >> 6 {
                case 0: words.0
                case 1: words.1
                case 2: words.2
                default: words.3
                }
            return word >> UInt64(byte & 63) & 1 != 0
        }
    }

    private(set) var steps: [Step] = []
    /// The bytes, where no sign stands for others; nil else.
    private(set) var literal: [UInt8]? = []

    init() {}

    init(_ text: String) {
        for byte in text.utf8 { append(.byte(byte)) }
    }

    mutating func append(_ step: Step) {
        if case .byte(let byte) = step { literal?.append(byte) } else { literal = nil }
        // Several stars are one.
        if step == .star, steps.last == .star { return }
        steps.append(step)
    }

    /// Whether all of a text is what the pattern says.
    ///
    /// The time is bounded by the product of both lengths: what follows the last star is tried at each place.
    func matches(_ text: RawSpan) -> Bool {
        let count = text.byteCount
        if let literal {
            guard count == literal.count else { return false }
            for index in 0..<count where unsafe text.unsafeLoad(fromByteOffset: index, as: UInt8.self) != literal[index]
            {
                return false
            }
            return true
        }
        var at = 0
        var step = 0
        // Where to go on if what follows the last star does not fit here.
        var retry: (at: Int, step: Int)?
        while at < count {
            if step < steps.count, steps[step] == .star {
                step += 1
                if step == steps.count { return true }
                retry = (at, step)
            } else if step < steps.count, fits(steps[step], unsafe text.unsafeLoad(fromByteOffset: at, as: UInt8.self))
            {
                at += 1
                step += 1
            } else if let (start, first) = retry {
                at = start + 1
                step = first
                retry = (at, first)
            } else {
                return false
            }
        }
        while step < steps.count, steps[step] == .star { step += 1 }
        return step == steps.count
    }

    @inline(__always)
    private func fits(_ step: Step, _ byte: UInt8) -> Bool {
        switch step {
        case .byte(let wanted): byte == wanted
        case .any: true
        case .set(let set): set.contains(byte)
        case .star: false
        }
    }
}
