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
        var diagnostic = Diagnostic(.conditionInvalid, stage: .arguments, message, nextStep: hint)
        diagnostic.labels = [Diagnostic.Label(of: expression, bytes: position)]
        diagnostic.setting = Diagnostic.Setting(.condition)
        return diagnostic
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
