// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

/// Fields that the user named, in the text that named them: `pid,comm,daddr:ip4`, or a template's.
struct FieldList {
    let references: [FieldReference]
    /// What errors quote.
    private let text: String

    /// Reads a list.
    init(parsing text: String) throws(TemplateError) {
        references = try Template.fields(parsing: text)
        self.text = text
    }

    /// The fields of a template.
    init(_ template: Template) {
        references = template.fields
        text = template.text
    }

    /// What the names mean in events of a type: a field of theirs first, then a part of the context.
    ///
    /// - Parameters:
    ///   - plan: The type.
    ///   - isLenient: Whether fields that the type does not have are left empty.
    /// - Throws: If the type has no such field, or its values do not go with the format.
    func resolve(in plan: DecodingPlan, isLenient: Bool) throws(InputFailure) -> [ShownField] {
        var fields: [ShownField] = []
        for reference in references {
            do throws(InputFailure) {
                fields.append(try resolve(reference, plan))
            } catch {
                guard isLenient else { throw error }
                fields.append(ShownField(.absent, name: reference.name))
            }
        }
        return fields
    }

    private func resolve(_ reference: FieldReference, _ plan: DecodingPlan) throws(InputFailure) -> ShownField {
        let source: ShownField.Source
        if let field = plan.field(reference.name) {
            source = .event(field)
            if let format = reference.format {
                do throws(FormatError) {
                    try field.check(format)
                } catch {
                    throw refusal(.unfit(error), reference)
                }
            }
        } else if let part = ContextField(name: reference.name) {
            source = .context(part)
        } else {
            let names = plan.fieldNames + ContextField.allCases.map(\.name)
            throw refusal(.unknownField(reference.name, among: names), reference)
        }
        return ShownField(source, format: reference.format, name: reference.name)
    }

    private func refusal(_ reason: TemplateError.Reason, _ reference: FieldReference) -> InputFailure {
        InputFailure(diagnostic: TemplateError(reason, in: text, at: reference.place).diagnostic)
    }
}
