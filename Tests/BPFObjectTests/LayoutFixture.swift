// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventTypes
import TestSupport
import Testing

@testable import BPFObject

/// What clang makes of a type, beside what is read from its text.
enum LayoutFixture {
    /// The names that a layout knows without an include.
    static let prelude: String = LayoutScalar.typedefs.keys.sorted()
        .map { "typedef \(LayoutScalar.typedefs[$0]?.rawValue ?? "") \($0);\n" }.joined()

    /// The BTF of an object that has a variable of a type.
    static func compiled(_ text: String, type: String) throws -> BTF {
        let source = prelude + text + ";\n" + type + " the_event __attribute__((used));\n"
        let bytes = try compileBPF(source: source, arguments: ["-g", "-w"])
        return try #require(Object(parsing: bytes, name: "layout.o").typeInfo.types)
    }

    /// A variable's type.
    static func variable(_ name: String, in btf: BTF) throws -> Int {
        let id = try #require(
            (1..<btf.endID).first { id in btf[id].map { $0.kind == .variable && btf.name(of: $0) == name } ?? false })
        return try #require(btf[id]).sizeOrType
    }

    /// Everything that a decoder needs of a type, a line each: names, places, sizes, signs, numbers of enumerations.
    static func lines(_ id: Int, _ btf: BTF, _ path: String = "", bit: Int = 0, depth: Int = 0) -> [String] {
        guard depth < 40, let type = btf.resolved(id) else { return ["\(path) \(bit) void"] }
        switch type.kind {
        case .structure, .union:
            var lines = ["\(path) \(bit) \(type.kind) \(btf.name(of: type)) \(type.sizeOrType)"]
            for member in btf.members(of: type) {
                let name = path + "." + btf.string(member.nameOffset)
                if member.bitSize > 0 { lines.append("\(name) bits \(member.bitSize)") }
                lines += self.lines(member.type, btf, name, bit: bit + member.bitOffset, depth: depth + 1)
            }
            return lines
        case .array:
            guard let array = btf.array(of: type) else { return ["broken"] }
            return ["\(path) \(bit) [\(array.count)]"]
                + lines(array.element, btf, path + "[]", bit: bit, depth: depth + 1)
        case .int:
            let name = btf.name(of: type) == "bool" ? "_Bool" : btf.name(of: type)
            return ["\(path) \(bit) int \(name) \(type.sizeOrType) \(btf.integer(of: type)?.isSigned ?? false)"]
        case .float: return ["\(path) \(bit) float \(btf.name(of: type)) \(type.sizeOrType)"]
        case .pointer: return ["\(path) \(bit) pointer"]
        case .enum, .enum64:
            let names = btf.enumerators(of: type).map { "\(btf.string($0.nameOffset))=\($0.bits)" }
            return ["\(path) \(bit) \(type.kind) \(type.sizeOrType) \(type.flag) \(names)"]
        default: return ["\(path) \(bit) \(type.kind)"]
        }
    }

    /// What is read from a text, a line each.
    static func lines(of schema: EventSchema) throws -> [String] {
        let btf = try BTF(parsing: schema.btf)
        #expect(btf.size(of: schema.typeID) == schema.size)
        return lines(schema.typeID, btf)
    }

    /// Compares a text with what clang makes of the same text.
    static func expectSame(_ text: String, type: String = "struct event") throws {
        let btf = try compiled(text, type: type)
        let wanted = lines(try variable("the_event", in: btf), btf)
        let found = try lines(of: EventSchema.layout(text))
        #expect(found == wanted, "\(text)")
    }
}
