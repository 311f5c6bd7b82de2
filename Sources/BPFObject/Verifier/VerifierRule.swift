// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// A kind of refusal: the words of the kernel by which it is known, and what it means to who wrote the program.
///
/// In the texts `$value` is the name of the variable that is concerned, and `$call` the function that gave it; `$map` is
/// the map that a helper is given, and `$size` and `$buffer` are the arguments of a call for a size and for its memory.
package struct VerifierRule: Sendable, Equatable {
    /// The cause, as a word for programs.
    package internal(set) var code: Diagnostic.Code
    /// What is wrong, in a few words.
    package internal(set) var title: String
    /// Why the kernel cannot take that, in a sentence.
    package internal(set) var cause: String
    /// What to do, in a sentence.
    package internal(set) var remedy: String
    /// What to write, as C.
    package internal(set) var correction: String?
    /// What to say of the place that is refused.
    package internal(set) var here: String?
    /// What to say of the call that the value came from; nil where that tells nothing.
    var there: String?
    /// Texts of which one is in the kernel's words; `*` is anything on the same line.
    let marks: [String]
    /// The register that is meant where the words name none.
    let register: Int?
    /// Whether the value that matters is the number that was added to the register.
    let isOfIndex: Bool
    /// Whether it is about an argument that the kernel does not pass.
    var isOfArgument = false

    init(
        _ code: Diagnostic.Code, _ title: String, marks: [String], cause: String, remedy: String,
        write correction: String? = nil, here: String? = nil, there: String? = nil, register: Int? = nil,
        isOfIndex: Bool = false
    ) {
        self.code = code
        self.title = title
        self.marks = marks
        self.cause = cause
        self.remedy = remedy
        self.correction = correction
        self.here = here
        self.there = there
        self.register = register
        self.isOfIndex = isOfIndex
    }

    /// Whether it helps to know where the value came from.
    var tellsOrigin: Bool { there != nil }

    /// The first rule that fits; the order of the tables is from the narrow to the wide.
    package static func fitting(_ text: String) -> VerifierRule? {
        let lines = lines(of: text)
        return all.first { rule in rule.marks.contains { contains(lines, $0) } }?.narrowed(by: text)
    }

    /// All rules, in the order in which they are tried.
    package static let all = environment + references + values + bounds + calls + structure

    /// Bytes, since the kernel's words are ASCII and there are many marks to look for.
    static func lines(of text: String) -> [[UInt8]] {
        text.utf8.split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    /// Whether the pieces of a mark stand on one line, one behind the other.
    static func contains(_ text: String, _ mark: String) -> Bool { contains(lines(of: text), mark) }

    static func contains(_ lines: [[UInt8]], _ mark: String) -> Bool {
        let pieces = mark.utf8.split(separator: UInt8(ascii: "*")).map(Array.init)
        return lines.contains { line in
            var start = 0
            return pieces.allSatisfy { piece in
                guard let end = end(of: piece, in: line, from: start) else { return false }
                start = end
                return true
            }
        }
    }

    /// Where a piece ends that a line has at or behind a place.
    private static func end(of piece: [UInt8], in line: [UInt8], from start: Int) -> Int? {
        var place = start
        while place + piece.count <= line.count {
            if line[place..<place + piece.count].elementsEqual(piece) { return place + piece.count }
            place += 1
        }
        return nil
    }
}
