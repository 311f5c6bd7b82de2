// SPDX-License-Identifier: Apache-2.0

package import Diagnostics
internal import EventDecoding

/// Why a field cannot be summed up.
package struct SummaryError: DiagnosticError, Equatable {
    /// The field.
    package let field: String
    /// What it is instead of a number.
    package let isText: Bool

    /// The error as the user sees it.
    package var diagnostic: Diagnostic {
        var diagnostic = Diagnostic(
            .summaryNotNumber, stage: .arguments, "\(field) is not a number",
            cause: isText ? "it is text" : "it is an array, a structure or bytes",
            nextStep: isText
                ? "count events by it: \(.grouping, field)" : "name one of its members or elements that is a number")
        diagnostic.setting = Diagnostic.Setting(.summary)
        return diagnostic
    }
}
