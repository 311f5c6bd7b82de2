// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// Why a probe is not compiled: one diagnostic or several, of which the last one ends the work.
public struct ProbeError: DiagnosticError {
    /// What is told before the last one.
    public var others: [Diagnostic] = []
    /// The error as the user sees it.
    public var diagnostic: Diagnostic

    init(_ diagnostic: Diagnostic, after others: [Diagnostic] = []) {
        self.diagnostic = diagnostic
        self.others = others
    }

    init(
        _ code: Diagnostic.Code, _ message: String, at place: SourcePlace? = nil, cause: String? = nil,
        details: [String] = [], nextStep: Diagnostic.Hint? = nil
    ) {
        diagnostic = Diagnostic(
            code, stage: .object, message, cause: cause, details: details, nextStep: nextStep)
        if let place { diagnostic.source = place.label }
    }

    /// What is told where a step of the toolchain fails.
    static let tested: Diagnostic.Hint =
        "tested with Swift 6.3.1: name the directory of such a toolchain with --toolchain"

    /// How the tested version names itself.
    static let testedVersion = "Swift version 6.3.1 "

    /// All of them, in their order.
    public var all: [Diagnostic] { others + [diagnostic] }
}

/// A place in a source file of the user.
struct SourcePlace: Hashable {
    var file: String
    var line: Int
    /// From 1; 0 if it is not known.
    var column = 0

    var label: Diagnostic.Label { Diagnostic.Label(file: file, line: line, column: column) }
}
