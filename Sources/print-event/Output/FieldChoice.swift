// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
internal import EventDecoding

/// A field that the user named, and how it is to be shown: `daddr:ip4`.
struct FieldChoice {
    /// The name: a path in the event, or a part of its context.
    let name: String
    let format: ValueFormat?

    init(name: String, format: ValueFormat? = nil) {
        self.name = name
        self.format = format
    }

    /// Reads `name` or `name:format`.
    init(_ text: Substring) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts.first ?? "")
        format = parts.count > 1 ? try ValueFormat(parsing: String(parts[1])) : nil
        guard !name.isEmpty else { throw ValidationError("A field has no name in \"\(text)\".") }
    }

    /// Reads a list: `pid,comm,daddr:ip4`.
    static func list(_ text: String) throws -> [FieldChoice] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { try FieldChoice($0) }
    }

    /// What the name means in events of a type: a field of theirs first, then a part of the context.
    ///
    /// - Throws: If the type has no such field, or its values do not go with the format.
    func resolve(in plan: DecodingPlan) throws(InputFailure) -> ShownField {
        let source: ShownField.Source
        if let field = plan.field(name) {
            source = .event(field)
            if let format {
                do throws(FormatError) {
                    try format.check(field: name, field.kind, bytes: field.size)
                } catch {
                    throw InputFailure(diagnostic: error.diagnostic)
                }
            }
        } else if let part = ContextField(name: name) {
            source = .context(part)
        } else {
            throw unknown(in: plan)
        }
        return ShownField(source, format: format, name: name)
    }

    private func unknown(in plan: DecodingPlan) -> InputFailure {
        let names = plan.fieldNames + ContextField.allCases.map(\.name)
        let near = EditDistance.names(near: name, among: names)
        let listed = names.prefix(16).joined(separator: ", ") + (names.count > 16 ? ", …" : "")
        return InputFailure(
            diagnostic: Diagnostic(
                stage: .arguments, "\(plan.typeName.terminalSafe) has no field \(name.terminalSafe)",
                cause: "its fields are \(listed.terminalSafe)",
                nextStep: near.isEmpty ? nil : "did you mean \(near.joined(separator: ", ").terminalSafe)?",
                exitStatus: .usage))
    }
}
