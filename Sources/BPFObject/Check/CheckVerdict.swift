// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// What is known of the load of a program, or of a whole object.
package enum CheckVerdict: Sendable {
    /// The kernel has all that is asked for; what only the verifier knows is left to it.
    case loads
    /// It does not load: the reasons, the first that the loader would give first.
    case doesNotLoad([Diagnostic])
    /// What was given does not tell: which things are not known.
    case notKnown([String])

    /// The verdict as a word for programs.
    package var word: String {
        switch self {
        case .loads: "loads"
        case .doesNotLoad: "does-not-load"
        case .notKnown: "not-known"
        }
    }

    /// The reasons why it does not load.
    package var reasons: [Diagnostic] {
        if case .doesNotLoad(let reasons) = self { reasons } else { [] }
    }

    /// What is not known.
    package var doubts: [String] {
        if case .notKnown(let doubts) = self { doubts } else { [] }
    }

    init(reasons: [Diagnostic], doubts: [String]) {
        self = !reasons.isEmpty ? .doesNotLoad(reasons) : doubts.isEmpty ? .loads : .notKnown(doubts)
    }
}
