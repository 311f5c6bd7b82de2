// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// Why an expression that chooses events cannot be used.
package struct WhereError: DiagnosticError, Equatable {
    /// What is wrong, in one line.
    package let message: String
    /// The bytes of the expression that it is about; empty and behind the last one if something is missing there.
    package let position: Range<Int>
    /// The bytes of what led there, such as the parenthesis that is to be closed; nil if there is nothing.
    package let origin: Range<Int>?
    /// What the user can do about it.
    package let hint: Diagnostic.Hint?
    /// The expression.
    package let expression: String

    init(_ found: WhereProblem, in expression: String) {
        message = found.message
        hint = found.nextStep
        self.expression = expression
        let length = expression.utf8.count
        func within(_ place: Range<Int>) -> Range<Int> {
            let start = min(max(place.lowerBound, 0), length)
            return start..<min(max(place.upperBound, start), length)
        }
        position = within(found.position)
        origin = found.origin.map(within)
    }

    /// The same in the words of the library.
    package var nextStep: String? { hint?.text() }

    /// The error as the user sees it: the expression, and carets under the word that is wrong.
    package var diagnostic: Diagnostic {
        var diagnostic = Diagnostic(.conditionInvalid, stage: .arguments, message, nextStep: hint)
        diagnostic.labels = [Diagnostic.Label(of: expression, bytes: position)]
        if let origin {
            var label = Diagnostic.Label(of: expression, bytes: origin)
            label.role = .secondary
            diagnostic.labels.append(label)
        }
        diagnostic.setting = Diagnostic.Setting(.condition)
        return diagnostic
    }
}

/// What is wrong, and where; the expression is known one step up.
struct WhereProblem: Error {
    let position: Range<Int>
    let message: String
    /// What led there.
    let origin: Range<Int>?
    var nextStep: Diagnostic.Hint?

    init(_ position: Range<Int>, _ message: String, from origin: Range<Int>? = nil, next: Diagnostic.Hint? = nil) {
        self.position = position
        self.message = message
        self.origin = origin
        nextStep = next
    }
}
