// SPDX-License-Identifier: Apache-2.0

@testable import BTF
import Testing

/// The types of elements of maps.
@Suite struct ElementTypeTests {
    private struct Shape: Equatable {
        let name: String
        let offset: Int
        let size: Int?
        let kind: BTFKind?
    }

    private static func shapes(_ types: BTF, _ id: Int) -> [Shape] {
        guard let type = types.resolved(id) else { return [] }
        return types.members(of: type).map {
            Shape(
                name: types.string($0.nameOffset), offset: $0.bitOffset / 8, size: types.size(of: $0.type),
                kind: types.resolved($0.type)?.kind)
        }
    }

    @Test func `the value lies behind the key, at a multiple of eight bytes`() throws {
        var builder = BTFBuilder()
        let int = builder.int("int", isSigned: true)
        let key = builder.structure(
            "key", size: 12, [.init("a", int), .init("b", int, bitOffset: 32), .init("c", int, bitOffset: 64)])
        let value = builder.typedef("count_t", to: builder.int("unsigned long long", size: 8))
        let types = try BTF(parsing: builder.build())
        let schema = try EventSchema.element(
            of: types, key: key, value: value, keySize: 12, valueSize: 8, name: "counts")
        #expect(schema.name == "struct counts" && schema.size == 24)
        let own = try BTF(parsing: schema.btf)
        #expect(
            Self.shapes(own, schema.typeID) == [
                Shape(name: "key", offset: 0, size: 12, kind: .structure),
                Shape(name: "value", offset: 16, size: 8, kind: .int),
            ])
    }

    @Test func `without types, or with some of other sizes, numbers are told by their sizes, the rest is bytes`() throws
    {
        var builder = BTFBuilder()
        let int = builder.int("int", isSigned: true)
        let types = try BTF(parsing: builder.build())
        for types in [nil, types] {
            let schema = try EventSchema.element(
                of: types, key: int, value: int, keySize: 2, valueSize: 13, name: "plain")
            let own = try BTF(parsing: schema.btf)
            #expect(
                Self.shapes(own, schema.typeID) == [
                    Shape(name: "key", offset: 0, size: 2, kind: .int),
                    Shape(name: "value", offset: 8, size: 13, kind: .array),
                ])
        }
    }

    @Test func `an element without a key is its value`() throws {
        let schema = try EventSchema.element(of: nil, key: nil, value: nil, keySize: 0, valueSize: 8, name: "queue")
        #expect(schema.size == 8)
        #expect(try Self.shapes(BTF(parsing: schema.btf), schema.typeID).map(\.name) == ["value"])
    }

    @Test func `variables of a section are members where they lie, with the tags that they have`() throws {
        var builder = BTFBuilder()
        let long = builder.int("unsigned long long", size: 8)
        let int = builder.int("int", isSigned: true)
        let first = builder.variable("hits", type: long)
        let second = builder.variable("on", type: int, linkage: .static)
        let beyond = builder.variable("beyond", type: long)
        let section = builder.dataSection(
            ".bss", size: 24, [(second, 16, 4), (first, 8, 8), (beyond, 20, 8)])
        _ = builder.declarationTag("fmt:bytes", on: first)
        let types = try BTF(parsing: builder.build())
        let schema = try EventSchema.element(
            of: types, key: int, value: section, keySize: 4, valueSize: 24, name: "bss")
        let own = try BTF(parsing: schema.btf)
        let root = try #require(own.resolved(schema.typeID))
        let value = try #require(own.members(of: root).last)
        #expect(value.bitOffset == 64 && own.size(of: value.type) == 24)
        #expect(
            Self.shapes(own, value.type) == [
                Shape(name: "hits", offset: 8, size: 8, kind: .int), Shape(name: "on", offset: 16, size: 4, kind: .int),
            ])
        let tags = (1..<own.endID).compactMap { own[$0] }.filter { $0.kind == .declarationTag }
        #expect(tags.map(own.name) == ["fmt:bytes"] && tags.map { own.componentIndex(of: $0) } == [0])
        #expect(tags.first?.sizeOrType == value.type)
    }

    @Test func `keys of two maps are members of one, from the types of each`() throws {
        var outer = BTFBuilder()
        let slot = outer.int("int", isSigned: true)
        var inner = BTFBuilder()
        let short = inner.int("short", size: 2, isSigned: true)
        let pair = inner.structure("pair", size: 4, [.init("a", short), .init("b", short, bitOffset: 16)])
        let inside = try BTF(parsing: inner.build())
        let schema = try EventSchema.element(
            key: [
                ("outer", .init(size: 4, slot, in: BTF(parsing: outer.build()))),
                ("inner", .init(size: 4, pair, in: inside)),
            ], value: .init(size: 2, short, in: inside), name: "nested")
        let own = try BTF(parsing: schema.btf)
        let root = try #require(own.resolved(schema.typeID))
        let key = try #require(own.members(of: root).first)
        #expect(schema.size == 10)
        #expect(
            Self.shapes(own, key.type) == [
                Shape(name: "outer", offset: 0, size: 4, kind: .int),
                Shape(name: "inner", offset: 4, size: 4, kind: .structure),
            ])
    }

    @Test func `types that lead nowhere are an error, and no element is larger than an event`() throws {
        var builder = BTFBuilder()
        let broken = builder.structure("broken", size: 4, [.init("a", 99)])
        let types = try BTF(parsing: builder.build())
        #expect(throws: EventSchemaError.self) {
            try EventSchema.element(of: types, key: nil, value: broken, keySize: 4, valueSize: 4, name: "x")
        }
        #expect(throws: EventSchemaError.self) {
            try EventSchema.element(of: nil, key: nil, value: nil, keySize: 4, valueSize: Int(Int32.max), name: "x")
        }
    }
}
