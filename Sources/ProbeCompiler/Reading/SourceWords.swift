// SPDX-License-Identifier: Apache-2.0

/// The words of a source of Swift outside of comments and texts, with what stands around them.
///
/// It knows no more of the language: what the compiler leaves out is looked for with it.
struct SourceWords {
    /// A word.
    struct Word {
        let text: ArraySlice<UInt8>
        /// The line, from 1.
        let line: Int
        /// The last byte before it that is no space; of a word its first byte, 0 if there is none.
        let before: UInt8
        /// The first byte behind it that is no space.
        let next: UInt8?

        func isOne(of words: [String]) -> Bool { words.contains { text.elementsEqual($0.utf8) } }
    }

    private var rest: ArraySlice<UInt8>
    private var line = 1
    private var before: UInt8 = 0

    /// Begins at the first byte of a source.
    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// The next word; nil at the end.
    mutating func next() -> Word? {
        while let byte = rest.first {
            if skipCommentOrText() { continue }
            guard Self.isPart(byte) else {
                if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t"), byte != UInt8(ascii: "\n") { before = byte }
                step()
                continue
            }
            let text = rest.prefix(while: Self.isPart)
            rest = rest.dropFirst(text.count)
            defer { before = byte }
            return Word(text: text, line: line, before: before, next: rest.first { $0 != UInt8(ascii: " ") })
        }
        return nil
    }

    private mutating func step(_ count: Int = 1) {
        for byte in rest.prefix(count) where byte == UInt8(ascii: "\n") { line += 1 }
        rest = rest.dropFirst(count)
    }

    /// Steps over a comment or a text that begins here.
    private mutating func skipCommentOrText() -> Bool {
        if rest.starts(with: "//".utf8) {
            rest = rest.drop { $0 != UInt8(ascii: "\n") }
        } else if rest.starts(with: "/*".utf8) {
            var depth = 0
            repeat {
                let change = rest.starts(with: "/*".utf8) ? 1 : rest.starts(with: "*/".utf8) ? -1 : 0
                depth += change
                step(change == 0 ? 1 : 2)
            } while depth > 0 && !rest.isEmpty
        } else if rest.starts(with: "\"\"\"".utf8) {
            step(3)
            while !rest.isEmpty, !rest.starts(with: "\"\"\"".utf8) {
                step(rest.first == UInt8(ascii: "\\") ? 2 : 1)
            }
            step(3)
        } else if rest.first == UInt8(ascii: "\"") {
            step()
            while let byte = rest.first, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\n") {
                step(byte == UInt8(ascii: "\\") ? 2 : 1)
            }
            step()
        } else {
            return false
        }
        return true
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        byte >= 128 || byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 32)
    }
}
