// SPDX-License-Identifier: Apache-2.0

extension BTF {
    /// A type as C writes it, for messages: `struct task_struct`, `const char *`, `int (*)(void *)`.
    ///
    /// Long and deep types are cut with `...`.
    public func describe(_ id: Int) -> String {
        var writer = TypeWriter(types: self)
        let text = writer.declaration(id, "")
        guard text.utf8.count > TypeWriter.longest else { return text }
        return String(text.prefix(TypeWriter.longest)) + "..."
    }

    /// A member or a parameter as C declares it: `char comm[16]`, `struct sock *sk`.
    package func declaration(of id: Int, named name: String) -> String {
        var writer = TypeWriter(types: self)
        return writer.declaration(id, name)
    }

    /// A function as C declares it: `int tcp_connect(struct sock *sk)`; nil if the id is not that of a function.
    package func declaration(ofFunction id: Int) -> String? {
        guard let function = self[id], function.kind == .function, let prototype = self[function.sizeOrType],
            prototype.kind == .prototype
        else { return nil }
        return declaration(of: prototype, named: name(of: function))
    }

    /// The most parameters that a declaration shows; the kernel hands no program more.
    private static let shownParameters = 16

    /// A prototype as the function of a name.
    ///
    /// - Parameters:
    ///   - first: The first parameter that is shown.
    ///   - result: The type that it returns, in place of its own; 0 is `void`.
    package func declaration(
        of prototype: BTFType, named name: String, from first: Int = 0, returning result: Int? = nil
    ) -> String {
        let parameters = parameters(of: prototype, limit: Self.shownParameters + 1).dropFirst(first)
        var texts = parameters.prefix(Self.shownParameters).map { parameter in
            parameter.type == 0
                ? "..."
                : declaration(of: parameter.type, named: parameter.nameOffset == 0 ? "" : string(parameter.nameOffset))
        }
        if parameters.count > Self.shownParameters { texts.append("...") }
        let list = texts.isEmpty ? "void" : texts.joined(separator: ", ")
        return declaration(of: result ?? prototype.sizeOrType, named: "\(name)(\(list))")
    }
}

/// Writes one type, from its end inwards as C's declarators go.
private struct TypeWriter {
    static let longest = 200
    private static let shownParameters = 6

    let types: BTF
    /// Types that may still be visited: parameters of parameters grow fast.
    private var allowance = 64

    init(types: BTF) { self.types = types }

    mutating func declaration(_ id: Int, _ declarator: String) -> String {
        var id = id
        var declarator = declarator
        var qualifiers = ""
        while allowance > 0 {
            allowance -= 1
            guard id != 0 else { return qualifiers + join("void", declarator) }
            guard let type = types[id] else { return qualifiers + join("type \(id)", declarator) }
            switch type.kind {
            case .pointer:
                // What was read on the way qualifies the pointer and not what it points to.
                declarator = "*" + join(String(qualifiers.dropLast()), declarator)
                qualifiers = ""
            case .array:
                let count = types.array(of: type)?.count ?? 0
                declarator = grouped(declarator) + "[\(count)]"
                id = types.array(of: type)?.element ?? 0
                continue
            case .prototype:
                declarator = grouped(declarator) + "(\(parameters(type)))"
            case .const: qualifiers += "const "
            case .volatile: qualifiers += "volatile "
            case .restrict: qualifiers += "restrict "
            case .typeTag: break
            default: return qualifiers + join(name(type), declarator)
            }
            id = type.sizeOrType
        }
        return qualifiers + join("...", declarator)
    }

    private mutating func parameters(_ type: BTFType) -> String {
        let parameters = types.parameters(of: type, limit: Self.shownParameters + 1)
        guard !parameters.isEmpty else { return "void" }
        var texts: [String] = []
        for parameter in parameters.prefix(Self.shownParameters) {
            texts.append(parameter.type == 0 ? "..." : declaration(parameter.type, ""))
        }
        if parameters.count > Self.shownParameters { texts.append("...") }
        return texts.joined(separator: ", ")
    }

    /// A name as a declaration has it, with the word before it.
    private func name(_ type: BTFType) -> String {
        let word =
            switch type.kind {
            case .structure: "struct"
            case .union: "union"
            case .forward: type.flag ? "union" : "struct"
            case .enum, .enum64: "enum"
            case .function: "function"
            case .variable: "variable"
            case .dataSection: "section"
            case .declarationTag: "tag"
            default: ""
            }
        let name = types.name(of: type)
        return name.isEmpty ? "anonymous " + (word.isEmpty ? "type" : word) : join(word, name)
    }

    private func join(_ left: String, _ right: String) -> String {
        left.isEmpty || right.isEmpty || right.hasPrefix("[") ? left + right : left + " " + right
    }

    private func grouped(_ declarator: String) -> String {
        declarator.hasPrefix("*") ? "(" + declarator + ")" : declarator
    }
}
