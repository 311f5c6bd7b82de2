// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Holds JSON to a schema, more strictly than readers should: an object has no member that its schema does not name.
///
/// Knows the keywords that the schema of the tools has, and refuses a schema with others.
public struct JSONSchemaCheck: Sendable {
    /// A fault, with the path in the value.
    public struct Fault: Error, CustomStringConvertible {
        /// What is wrong, and where.
        public let description: String
    }

    private let schema: JSON

    /// JSON in memory.
    private indirect enum JSON: Sendable, Equatable {
        case null
        case bool(Bool)
        case integer(Int128)
        case fraction(Double)
        case string(String)
        case array([JSON])
        case object([String: JSON])

        init(_ text: String) throws {
            self = try JSONDecoder().decode(Box.self, from: Data(text.utf8)).value
        }

        var type: String {
            switch self {
            case .null: "null"
            case .bool: "boolean"
            case .integer: "integer"
            case .fraction: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        }

        subscript(key: String) -> JSON? { if case .object(let members) = self { members[key] } else { nil } }
        var items: [JSON] { if case .array(let items) = self { items } else { [] } }
        var text: String? { if case .string(let text) = self { text } else { nil } }
        var members: [String: JSON] { if case .object(let members) = self { members } else { [:] } }

        private struct Box: Decodable {
            let value: JSON
            init(from decoder: any Decoder) throws {
                let single = try decoder.singleValueContainer()
                if single.decodeNil() {
                    value = .null
                } else if let bool = try? single.decode(Bool.self) {
                    value = .bool(bool)
                } else if let number = try? single.decode(Int64.self) {
                    value = .integer(Int128(number))
                } else if let number = try? single.decode(UInt64.self) {
                    value = .integer(Int128(number))
                } else if let number = try? single.decode(Double.self) {
                    value = .fraction(number)
                } else if let text = try? single.decode(String.self) {
                    value = .string(text)
                } else if let items = try? single.decode([Box].self) {
                    value = .array(items.map(\.value))
                } else {
                    value = .object(try single.decode([String: Box].self).mapValues(\.value))
                }
            }
        }
    }

    private static let keywords: Set<String> = [
        "$schema", "$defs", "$ref", "title", "description", "type", "enum", "const", "minimum", "required",
        "properties",
        "additionalProperties", "items", "anyOf", "if", "then", "else",
    ]

    /// Reads a schema.
    public init(_ text: String) throws {
        schema = try JSON(text)
    }

    /// Holds a line of JSON to the schema, or to one of its definitions.
    public func check(_ line: String, as definition: String? = nil) throws {
        let value: JSON
        do { value = try JSON(line) } catch { throw Fault(description: "no JSON: \(line)") }
        var rule = schema
        if let definition {
            guard let found = schema["$defs"]?[definition] else {
                throw Fault(description: "no definition \(definition)")
            }
            rule = found
        }
        try check(value, rule, "")
    }

    /// Holds all lines of an output that begin as an object does to the schema.
    ///
    /// - Returns: The faults, each with its line.
    public func faults(in output: String) -> [String] {
        output.split(separator: "\n").filter { $0.hasPrefix("{") }.compactMap { line in
            do {
                try check(String(line))
                return nil
            } catch {
                return "\(error) in \(line)"
            }
        }
    }

    private func check(_ value: JSON, _ rule: JSON, _ path: String) throws {
        func fail(_ words: String) -> Fault { Fault(description: "\(path.isEmpty ? "the value" : path) \(words)") }
        for keyword in rule.members.keys where !Self.keywords.contains(keyword) {
            throw Fault(description: "the schema has the keyword \(keyword), which the check does not know")
        }
        if let name = rule["$ref"]?.text {
            guard let target = schema["$defs"]?[String(name.dropFirst("#/$defs/".count))] else {
                throw fail("has \(name)")
            }
            try check(value, target, path)
        }
        if let type = rule["type"] {
            let allowed = type.text.map { [$0] } ?? type.items.compactMap(\.text)
            guard allowed.contains(value.type) else { throw fail("is \(value.type), not \(allowed)") }
        }
        if let constant = rule["const"], constant != value { throw fail("is not \(constant)") }
        if let names = rule["enum"], !names.items.contains(value) { throw fail("is none of \(names.items)") }
        if case .integer(let least)? = rule["minimum"], case .integer(let number) = value, number < least {
            throw fail("is below \(least)")
        }
        if let rules = rule["anyOf"]?.items { try checkAny(value, rules, path) }
        if let condition = rule["if"] {
            let holds = isLike(value, condition)
            if let then = rule[holds ? "then" : "else"] { try check(value, then, path) }
        }
        for name in rule["required"]?.items.compactMap(\.text) ?? [] where value[name] == nil {
            throw fail("lacks \(name)")
        }
        if let item = rule["items"] {
            for (index, each) in value.items.enumerated() { try check(each, item, "\(path)[\(index)]") }
        }
        guard let properties = rule["properties"]?.members else { return }
        for (name, member) in value.members {
            if let rule = properties[name] {
                try check(member, rule, path.isEmpty ? name : path + "." + name)
            } else if rule["additionalProperties"] == nil {
                throw fail("has the member \(name), which the schema does not name")
            }
        }
    }

    private func checkAny(_ value: JSON, _ rules: [JSON], _ path: String) throws {
        var faults: [String] = []
        for rule in rules {
            do { return try check(value, rule, path) } catch { faults.append("\(rule["$ref"]?.text ?? "?"): \(error)") }
        }
        // Those that are of another event say nothing.
        let near = faults.filter { !$0.contains(": event is ") && !$0.contains(": tool is ") }
        throw Fault(description: (near.isEmpty ? faults : near).joined(separator: "; "))
    }

    /// Whether an object has the members of a condition: members that the condition does not name are no matter.
    private func isLike(_ value: JSON, _ condition: JSON) -> Bool {
        let required = condition["required"]?.items.compactMap(\.text) ?? []
        return required.allSatisfy { value[$0] != nil }
            && (condition["properties"]?.members ?? [:]).allSatisfy { name, rule in
                value[name].map { (try? check($0, rule, name)) != nil } ?? true
            }
    }
}
