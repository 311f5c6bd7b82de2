// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// A first value of a `Global` or `Setting` that the compiler does not hand on.
///
/// Swift 6.3 has no constant for an `InlineArray` within another type: all of it is undefined, and zero in the object.
enum LostValue {
    /// That a variable begins with zeros.
    static func warning(_ name: String, _ place: SourcePlace) -> Diagnostic {
        var warning = Diagnostic(
            .probeGlobal, .warning, stage: .object, "the first value of \(name) is zero, whatever is written here",
            cause: "the compiler hands on none of a Global or a Setting that has an InlineArray or a Text",
            nextStep: "write zeros, or a variable without Global: nonisolated(unsafe) var \(name) = …")
        warning.labels = [place.label]
        return warning
    }

    /// Words of a value that is zero.
    private static let words = ["Global", "Setting", "InlineArray", "Text", "repeating", "init", "0"]

    /// Whether a declaration says nothing but zeros, and ends where its line does.
    static func isZero(_ line: String) -> Bool {
        guard let sign = line.firstIndex(of: "=") else { return false }
        var depth = 0
        var value = ""
        // The lengths of arrays are no values.
        for letter in line[line.index(after: sign)...] {
            if letter == "<" { depth += 1 }
            if depth == 0 { value.append(letter) }
            if letter == ">" { depth = max(depth - 1, 0) }
        }
        let code = value.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        guard code.count(where: { $0 == "(" }) == code.count(where: { $0 == ")" }) else { return false }
        return code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.allSatisfy { words.contains(String($0)) }
    }
}
