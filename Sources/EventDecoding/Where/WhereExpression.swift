// SPDX-License-Identifier: Apache-2.0

/// A condition on events as text: `pid == 1234 && duration_ns > 1ms && comm == "ssh*"`.
///
/// It is read once and compiled once for each type of event. The language is described in `docs/events.md`.
package struct WhereExpression: Sendable {
    /// The text.
    package let text: String
    /// The names that it has, in their order, each one once; enumerators are among them.
    package let fieldNames: [String]

    let syntax: WhereSyntax

    /// Reads an expression.
    ///
    /// - Throws: An error that points to the word that is wrong. Texts of more than 64 KiB and expressions of more than
    ///   100 levels are refused.
    package init(parsing text: String) throws(WhereError) {
        do throws(WhereProblem) {
            var parser = try WhereParser(text)
            syntax = try parser.parse()
        } catch {
            throw WhereError(error, in: text)
        }
        self.text = text
        var names: [String] = []
        var known: Set<String> = []
        syntax.forEachName { if known.insert($0).inserted { names.append($0) } }
        fieldNames = names
    }

    /// Compiles the expression for events of a type, whose own fields hide the context's of the same name.
    ///
    /// - Parameters:
    ///   - plan: The type.
    ///   - machine: The machine that the events are from, as uname(2) names it; numbers of some kinds have other names
    ///     on others.
    /// - Throws: An error that points to a name that the type does not have, or to what does not go together.
    package func compile(
        for plan: DecodingPlan, machine: String = ""
    ) throws(WhereError) -> WhereProgram {
        try compile(typeName: plan.typeName, names: plan.fieldNames, machine: machine) { name in
            plan.field(name).map { .field($0) } ?? ContextField(name: name).map { .context($0) }
        }
    }

    /// Compiles the expression.
    ///
    /// - Parameters:
    ///   - typeName: What `_type` is.
    ///   - names: The names there are beside the context's, for a message about one that is not among them.
    ///   - machine: The machine that the events are from, as uname(2) names it.
    ///   - resolve: Tells what a name means; nil if it means nothing.
    package func compile(
        typeName: String = "", names: [String] = [], machine: String = "", _ resolve: (String) -> WhereOperand?
    ) throws(WhereError) -> WhereProgram {
        do throws(WhereProblem) {
            return try withoutActuallyEscaping(resolve) { resolve throws(WhereProblem) in
                var compiler = WhereCompiler(typeName: typeName, names: names, machine: machine, resolve)
                return try compiler.compile(syntax)
            }
        } catch {
            throw WhereError(error, in: text)
        }
    }
}

/// What a name in an expression means.
package enum WhereOperand: Sendable {
    /// A place in the event.
    case field(EventField)
    /// What the kernel says of the event.
    case context(ContextField)
}
