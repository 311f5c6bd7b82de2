// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// Why an expression that chooses events cannot be used.
package struct WhereError: DiagnosticError, Equatable {
    /// What is wrong, in one line.
    package let message: String
    /// The bytes of the expression that it is about; empty and behind the last one if something is missing there.
    package let position: Range<Int>
    /// What the user can do about it.
    package let hint: Diagnostic.Hint?
    /// The expression.
    package let expression: String

    init(_ found: WhereProblem, in expression: String) {
        message = found.message
        hint = found.nextStep
        self.expression = expression
        let length = expression.utf8.count
        let start = min(max(found.position.lowerBound, 0), length)
        position = start..<min(max(found.position.upperBound, start), length)
    }

    /// The same in the words of the library.
    package var nextStep: String? { hint?.text() }

    /// The error as the user sees it: the expression, and carets under the word that is wrong.
    package var diagnostic: Diagnostic {
        let lines = Excerpt(of: expression, around: position)
        var diagnostic = Diagnostic(
            .conditionInvalid, stage: .arguments, message, details: [lines.text, lines.carets], nextStep: hint)
        diagnostic.setting = Diagnostic.Setting(.condition)
        return diagnostic
    }

    /// The part of the expression that fits on a line.
    private struct Excerpt {
        var text = ""
        var carets = ""

        /// Bytes that are shown in front of the word and from it on.
        private static let before = 48
        private static let after = 64

        init(of expression: String, around position: Range<Int>) {
            var width = 0
            var caretStart: Int?
            var caretEnd = 0
            var offset = 0
            for scalar in expression.unicodeScalars {
                let start = offset
                offset += UTF8.width(scalar)
                if start + Self.before < position.lowerBound {
                    if text.isEmpty { text = "..." }
                    width = 3
                    continue
                }
                if start > position.lowerBound + Self.after {
                    text += "..."
                    break
                }
                let shown = scalar == "\t" || scalar == "\n" || scalar == "\r" ? " " : String(scalar).terminalSafe
                if caretStart == nil, offset > position.lowerBound { caretStart = width }
                text += shown
                width += shown.unicodeScalars.count
                if start < position.upperBound { caretEnd = width }
            }
            let first = caretStart ?? width
            carets = String(repeating: " ", count: first) + String(repeating: "^", count: max(caretEnd - first, 1))
        }
    }
}

/// What is wrong, and where; the expression is known one step up.
struct WhereProblem: Error {
    let position: Range<Int>
    let message: String
    var nextStep: Diagnostic.Hint?

    init(_ position: Range<Int>, _ message: String, next: Diagnostic.Hint? = nil) {
        self.position = position
        self.message = message
        nextStep = next
    }
}
