// SPDX-License-Identifier: Apache-2.0

extension BTF {
    /// A type's name as C writes it, for messages: `unsigned int`, `struct event`, `char [16]`, `int *`.
    package func spelling(of id: Int) -> String {
        var id = id
        var suffix = ""
        for _ in 0..<Limits.typeDepth {
            guard let type = self[id] else { return "void" + suffix }
            let name = self.name(of: type)
            switch type.kind {
            case .pointer:
                suffix = (suffix.hasPrefix("*") ? "*" : " *") + suffix
                id = type.sizeOrType
            case .array:
                guard let array = array(of: type) else { return "an array" }
                suffix += (suffix.isEmpty ? " " : "") + "[\(array.count)]"
                id = array.element
            case .volatile, .const, .restrict, .typeTag: id = type.sizeOrType
            case .structure: return "struct " + (name.isEmpty ? "{…}" : name) + suffix
            case .union: return "union " + (name.isEmpty ? "{…}" : name) + suffix
            case .enum, .enum64: return "enum " + (name.isEmpty ? "{…}" : name) + suffix
            case .forward: return (type.flag ? "union " : "struct ") + name + suffix
            case .prototype: return "function" + suffix
            case .int where name == "_Bool": return "bool" + suffix
            default: return (name.isEmpty ? "a type without a name" : name) + suffix
            }
        }
        return "a type" + suffix
    }
}
