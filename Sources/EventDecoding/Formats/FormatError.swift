// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// Why a format cannot be used.
package enum FormatError: DiagnosticError, Equatable {
    /// There is no format of that name.
    case unknown(String)
    /// The format says nothing of the values of a field.
    ///
    /// - Parameters:
    ///   - format: The format.
    ///   - field: The name of the field.
    ///   - kind: What the field holds.
    ///   - bytes: Its size; 0 for a flexible array.
    case unfit(_ format: ValueFormat, field: String, _ kind: ValueKind, bytes: Int)

    /// The error as the user sees it.
    package var diagnostic: Diagnostic {
        switch self {
        case .unknown(let name):
            let near = EditDistance.names(near: name, among: ValueFormat.allCases.map(\.rawValue), limit: 1)
            return Diagnostic(
                .formatUnknown, stage: .arguments, "there is no format '\(name)'",
                cause: "the formats are " + ValueFormat.allCases.map(\.rawValue).joined(separator: ", "),
                nextStep: near.first.map { "did you mean '\(.chooseName([$0]), $0)'?" })
        case .unfit(let format, let field, let kind, let bytes):
            let fitting = ValueFormat.allCases.filter { $0.accepts(kind, bytes: bytes) }.map(\.rawValue)
            return Diagnostic(
                .formatUnfit, stage: .arguments, "format '\(format.rawValue)' does not fit '\(field)'",
                cause: "it is for \(format.purpose); '\(field)' is \(kind.words(bytes: bytes))",
                nextStep: fitting.isEmpty
                    ? "leave the format out" : "take one of \(.chooseName(fitting), fitting.joined(separator: ", "))")
        }
    }
}

extension ValueKind {
    /// The kind as a user names it.
    func words(bytes: Int) -> String {
        switch self {
        case .unsigned(let bits): "an unsigned integer of \(bits) bits"
        case .signed(let bits): "a signed integer of \(bits) bits"
        case .boolean: "a truth value"
        case .float(let bits): "a floating-point number of \(bits) bits"
        case .enumeration: "an enumeration of \(bytes) bytes"
        case .pointer: "a pointer"
        case .text(let count): count == 0 ? "a text of any length" : "a text of \(count) characters"
        case .bytes(let count): count == 0 ? "bytes of any number" : "\(count) bytes"
        case .array: bytes == 0 ? "an array of any length" : "an array of \(bytes) bytes"
        case .structure: "a structure of \(bytes) bytes"
        }
    }
}
