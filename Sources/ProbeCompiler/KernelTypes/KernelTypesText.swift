// SPDX-License-Identifier: Apache-2.0

package import BTF
import BPFObject
package import Diagnostics

/// Structures of a kernel as Swift declares them for `Kernel<…>`, those members that are asked for, and enumerations for
/// `EnumValue`.
package struct KernelTypesText {
    /// Why it cannot be written.
    package struct Failure: DiagnosticError {
        /// The error as the user sees it.
        package let diagnostic: Diagnostic
    }

    /// The declarations.
    package private(set) var text = ""

    /// A structure, and the members of it; none is all of them.
    private struct Request {
        var name: String
        var members: [String]
    }

    private let index: BTFNameIndex
    private let requests: [Request]
    /// The structures that only a typedef names, which members of others are: `kuid_t`.
    private var typedefs: [(name: String, text: String)] = []

    /// Writes the structures.
    ///
    /// - Parameters:
    ///   - index: The types of the kernel.
    ///   - names: Such as `task_struct.tgid,real_parent`, or `filename` for all members; `bpf_map_type.BPF_MAP_TYPE_ARENA` of
    ///     an enumeration.
    package init(_ index: BTFNameIndex, of names: [String]) throws(Failure) {
        self.index = index
        requests = names.map { name in
            let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            let members = parts.count > 1 ? parts[1].split(separator: ",").map(String.init) : []
            return Request(name: String(parts[0]), members: members)
        }
        var texts: [String] = []
        for request in requests { texts.append(try declaration(of: request)) }
        let names = Set(requests.map(\.name))
        texts += typedefs.filter { !names.contains($0.name) }.map(\.text)
        text = texts.joined(separator: "\n")
    }

    private static let mostMembers = 4096
    private static let nearest = 5

    private mutating func declaration(of request: Request) throws(Failure) -> String {
        let id = index.id(named: request.name, kind: .structure) ?? nameless(request.name, .structure)
        guard let id, let type = index.btf[id] else {
            if let text = try enumeration(request) { return text }
            let isUnion = index.id(named: request.name, kind: .union) != nil
            throw failure(
                "the kernel has no structure and no enumeration \(request.name)",
                isUnion ? "it is a union, of which a probe reads the members by the structure that has it" : nil)
        }
        let members = members(of: type, depth: 0)
        var wanted: [Member] = []
        if request.members.isEmpty {
            wanted = members
        } else {
            for name in request.members {
                guard let member = members.first(where: { $0.name == name }) else {
                    let near = EditDistance.names(near: name, among: members.map(\.name), limit: Self.nearest)
                    throw failure(
                        "the structure \(request.name) has no member \(name)",
                        near.isEmpty ? nil : "near to it: \(near.joined(separator: ", "))")
                }
                wanted.append(member)
            }
        }
        var lines: [String] = []
        for member in wanted {
            guard let type = swiftType(of: member) else {
                guard request.members.isEmpty else {
                    throw failure(
                        "the member \(request.name).\(member.name) has no type in Swift",
                        "it is \(index.btf.spelling(of: member.type))")
                }
                continue
            }
            lines.append("    var \(Self.quoted(member.name)): \(type)" + remark(on: member))
        }
        return "struct \(Self.quoted(request.name)) {\n" + lines.map { $0 + "\n" }.joined() + "}\n"
    }

    /// An enumeration with the enumerators that are asked for, for `EnumValue`; nil if there is none of the name.
    private func enumeration(_ request: Request) throws(Failure) -> String? {
        guard
            let id = index.id(named: request.name, kind: .enum) ?? index.id(named: request.name, kind: .enum64)
                ?? nameless(request.name, .enum),
            let type = index.btf[id]
        else { return nil }
        let names = index.btf.enumerators(of: type).map { index.btf.string($0.nameOffset) }
        for name in request.members where !names.contains(name) {
            let near = EditDistance.names(near: name, among: names, limit: Self.nearest)
            throw failure(
                "the enumeration \(request.name) has no enumerator \(name)",
                near.isEmpty ? nil : "near to it: \(near.joined(separator: ", "))")
        }
        let wanted = request.members.isEmpty ? names : request.members
        guard wanted.count <= SwiftLayout.mostCases else {
            throw failure(
                "the enumeration \(request.name) has \(names.count) enumerators, and a probe may name "
                    + "\(SwiftLayout.mostCases) of them", "ask for those that it uses: \(request.name).\(names[0])")
        }
        return "enum \(Self.quoted(request.name)) {\n"
            + wanted.map { "    case \(Self.quoted($0))\n" }.joined() + "}\n"
    }

    private func failure(_ message: String, _ cause: String?) -> Failure {
        Failure(diagnostic: Diagnostic(.eventTypeUnknown, stage: .object, message, cause: cause))
    }

    /// The type without a name that a typedef stands for.
    private func nameless(_ name: String, _ kind: BTFKind) -> Int? {
        guard let typedef = index.id(named: name, kind: .typedef), let type = index.btf.resolved(typedef),
            type.kind == kind, index.btf.name(of: type).isEmpty
        else { return nil }
        return type.id
    }

    /// The structure that a typedef names, as Swift has it; nil if a member of it has no type there.
    private mutating func typedef(_ id: Int, _ type: BTFType, depth: Int) -> String? {
        var (name, next) = ("", id)
        for _ in 0..<16 {
            guard let type = index.btf[next], type.kind != .structure else { break }
            if type.kind == .typedef { name = index.btf.name(of: type) }
            next = type.sizeOrType
        }
        guard !name.isEmpty, !typedefs.contains(where: { $0.name == name }) else { return name.isEmpty ? nil : name }
        var lines = ""
        for member in members(of: type, depth: 0) {
            guard let type = swiftType(of: member, depth: depth) else { return nil }
            lines += "    var \(Self.quoted(member.name)): \(type)\(remark(on: member))\n"
        }
        guard !lines.isEmpty else { return nil }
        typedefs.append((name, "struct \(Self.quoted(name)) {\n\(lines)}\n"))
        return name
    }

    // MARK: - Members

    private struct Member {
        var name: String
        var type: Int
        var bits: Int
    }

    /// The members of a structure, those of unions and structures without a name among them: C has their names so.
    private func members(of type: BTFType, depth: Int) -> [Member] {
        var members: [Member] = []
        guard depth < 16 else { return members }
        for member in index.btf.members(of: type) {
            let name = index.btf.string(member.nameOffset)
            if name.isEmpty {
                if let inner = index.btf.resolved(member.type), inner.kind.isComposite {
                    members += self.members(of: inner, depth: depth + 1)
                }
            } else {
                members.append(Member(name: name, type: member.type, bits: member.bitSize))
            }
            guard members.count < Self.mostMembers else { break }
        }
        return members
    }

    private mutating func swiftType(of member: Member, depth: Int = 0) -> String? {
        let type = swiftType(member.type, depth: depth)
        // `integer(_:)` reads bit-fields, and takes integers.
        return member.bits > 0 && type == "Bool" ? "UInt8" : type
    }

    private mutating func swiftType(_ id: Int, depth: Int) -> String? {
        guard depth < 16, let type = index.btf.resolved(id) else { return nil }
        switch type.kind {
        case .int:
            guard let integer = index.btf.integer(of: type) else { return nil }
            if integer.isBoolean { return "Bool" }
            return Self.integer(size: type.sizeOrType, isSigned: integer.isSigned)
        // To the kernel's relocations an integer is no enumeration: the member would not be found.
        case .enum where type.sizeOrType == 4: return "KernelEnum"
        case .pointer:
            // Of a structure that is asked for too, its members can be read on the way.
            guard let target = index.btf.resolved(type.sizeOrType), target.kind == .structure,
                case let name = index.btf.name(of: target), requests.contains(where: { $0.name == name })
            else { return "Address" }
            return "Kernel<\(Self.quoted(name))>"
        case .array:
            guard let array = index.btf.array(of: type), array.count > 0,
                let element = swiftType(array.element, depth: depth + 1)
            else { return nil }
            let isText = index.btf.spelling(of: array.element) == "char"
            return isText ? "Text<\(array.count)>" : "InlineArray<\(array.count), \(element)>"
        case .structure:
            let name = index.btf.name(of: type)
            if name.isEmpty { return typedef(id, type, depth: depth + 1).map(Self.quoted) }
            return requests.contains { $0.name == name } ? Self.quoted(name) : nil
        default: return nil
        }
    }

    private static func integer(size: Int, isSigned: Bool) -> String? {
        [1, 2, 4, 8].contains(size) ? "\(isSigned ? "" : "U")Int\(size * 8)" : nil
    }

    private func remark(on member: Member) -> String {
        if member.bits > 0 { return "  // \(member.bits) bits: read it with integer(\\.\(member.name))" }
        guard let type = index.btf.resolved(member.type), type.kind == .enum else { return "" }
        return "  // \(index.btf.spelling(of: member.type))"
    }

    /// A name as Swift reads it where it is one of its words.
    private static func quoted(_ name: String) -> String { words.contains(name) ? "`\(name)`" : name }

    private static let words: Set<String> = [
        "Any", "Self", "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer",
        "deinit", "do",
        "else",
        "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in",
        "init",
        "inout", "internal", "is", "let", "nil", "operator", "private", "protocol", "public", "repeat", "rethrows",
        "return", "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
        "typealias", "var", "where", "while",
    ]
}
