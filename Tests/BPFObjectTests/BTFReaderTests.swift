// SPDX-License-Identifier: Apache-2.0

@testable import BTF
import Testing

@testable import BPFObject

/// A blob with a type of every kind, and the ids by a short name.
struct EveryKind {
    var builder: BTFBuilder
    private(set) var ids: [String: Int] = [:]

    init(byteOrder: ByteOrder = .native, withLayout: Bool = false) {
        builder = BTFBuilder(byteOrder: byteOrder, withLayout: withLayout)
        let int = builder.int("int", isSigned: true)
        let long = builder.int("long", size: 8)
        let structure = builder.structure(
            "point", size: 8, [.init("x", int, bitSize: 3), .init("y", int, bitOffset: 32, bitSize: 32)])
        let plain = builder.structure("plain", size: 16, [.init("a", int), .init("b", long, bitOffset: 64)])
        let prototype = builder.prototype(returning: int, [("p", plain), ("", 0)])
        let variable = builder.variable("counter", type: long)
        ids = [
            "int": int, "long": long, "bits": structure, "plain": plain, "prototype": prototype, "variable": variable,
            "pointer": builder.pointer(to: plain),
            "array": builder.array(of: long, count: 5, index: int),
            "union": builder.union("either", size: 8, [.init("", plain)]),
            "enum": builder.enumeration("sign", isSigned: true, [("minus", -1), ("plus", 1)]),
            "enum64": builder.enumeration64("wide", [("high", 0x1_0000_0002)]),
            "forward": builder.forward("later", isUnion: true),
            "typedef": builder.typedef("alias", to: builder.const(builder.volatile(builder.restrict(long)))),
            "function": builder.function("main", type: prototype, linkage: .extern),
            "section": builder.dataSection(".data", size: 8, [(variable, 0, 8)]),
            "float": builder.float("double", size: 8),
            "declarationTag": builder.declarationTag("tag:x", on: plain, component: 1),
            "typeTag": builder.typeTag("user", on: plain),
        ]
    }
}

@Suite struct BTFReaderTests {
    @Test(arguments: [ByteOrder.little, .big], [false, true])
    func `every kind is read as it was built`(order: ByteOrder, withLayout: Bool) throws {
        let built = EveryKind(byteOrder: order, withLayout: withLayout)
        let btf = try BTF(parsing: built.builder.build())
        #expect(btf.byteOrder == order)
        #expect(btf.endID == built.builder.nextID)
        func type(_ name: String) throws -> BTFType { try #require(built.ids[name].flatMap { btf[$0] }) }
        let int = try type("int")
        #expect(btf.name(of: int) == "int")
        #expect(
            btf.integer(of: int)
                == BTFInteger(isSigned: true, isCharacter: false, isBoolean: false, bitOffset: 0, bits: 32))
        let bits = try btf.members(of: type("bits"))
        #expect(bits.map(\.bitSize) == [3, 32])
        #expect(bits.map(\.bitOffset) == [0, 32])
        let plain = try btf.members(of: type("plain"))
        #expect(plain.map(\.bitOffset) == [0, 64])
        #expect(plain.map { btf.string($0.nameOffset) } == ["a", "b"])
        let names = try btf.enumerators(of: type("enum"))
        #expect(names.map { Int64(bitPattern: $0.bits) } == [-1, 1])
        #expect(try btf.enumerators(of: type("enum64")).first?.bits == 0x1_0000_0002)
        let array = try type("array")
        #expect(
            btf.array(of: array) == BTFArray(element: built.ids["long"] ?? 0, index: built.ids["int"] ?? 0, count: 5))
        #expect(btf.size(of: array.id) == 40)
        #expect(btf.size(of: built.ids["pointer"] ?? 0) == 8)
        #expect(btf.size(of: built.ids["variable"] ?? 0) == 8)
        #expect(btf.size(of: built.ids["typedef"] ?? 0) == 8)
        #expect(btf.size(of: built.ids["prototype"] ?? 0) == nil)
        #expect(btf.resolved(built.ids["typedef"] ?? 0)?.id == built.ids["long"])
        #expect(try btf.linkage(of: type("function")) == .extern)
        #expect(try btf.linkage(of: type("variable")) == .global)
        #expect(try btf.variables(of: type("section")).map(\.size) == [8])
        #expect(try btf.parameters(of: type("prototype")).map(\.type) == [built.ids["plain"], 0])
        #expect(try btf.componentIndex(of: type("declarationTag")) == 1)
        #expect(try type("forward").flag)
        #expect(btf.size(of: built.ids["float"] ?? 0) == 8)
        #expect(btf[0] == nil)
        #expect(btf[btf.endID] == nil)
        #expect(btf[-1] == nil)
    }

    @Test func `split types go on with the ids and strings of their base`() throws {
        let base = try BTF(parsing: EveryKind().builder.build())
        var builder = BTFBuilder(base: base)
        let structure = builder.structure("module_only", size: 4, [.init("field", 1)])
        let split = try BTF(parsing: builder.build(), base: base)
        #expect(structure == base.endID)
        #expect(split.firstID == base.endID)
        let type = try #require(split[structure])
        #expect(split.name(of: type) == "module_only")
        #expect(split.members(of: type).map { split.string($0.nameOffset) } == ["field"])
        #expect(split[1].map { split.name(of: $0) } == "int")
        #expect(BTFNameIndex(split).ids(essentialName: "module_only") == [structure])
        #expect(BTFNameIndex(split).ids(essentialName: "int").isEmpty)
        // A type of the base is read from the base's bytes.
        #expect(split[4].map { split.members(of: $0).count } == 2)
    }

    @Test func `a kind that is not known is passed over by the sizes that the layout part tells`() throws {
        var unknown = BTFBuilder()
        _ = unknown.record(40, "unknown")
        #expect(throws: BTFError.unknownKind(40, id: 1)) { try BTF(parsing: unknown.build()) }
        // One more entry in the layout, for kind 20: 4 bytes once, 8 for each element.
        var told = BTFBuilder(withLayout: true)
        _ = told.record(20, "unknown", count: 2, body: [1, 2, 3, 4, 5])
        let id = told.int("after")
        #expect(throws: BTFError.unknownKind(20, id: 1)) { try BTF(parsing: told.build()) }
        let btf = try BTF(parsing: told.build(extraLayout: [4, 8, 0, 0]))
        #expect(btf[1] == nil)
        #expect(btf[id].map { btf.name(of: $0) } == "after")
        let preparation = BTFPreparation(btf, sections: [:])
        #expect(throws: BTFError.unknownKind(20, id: 1)) { try preparation.bytes(for: []) }
        #expect(throws: Never.self) { try preparation.bytes(for: [.layout]) }
    }

    @Test(arguments: [ByteOrder.little, .big])
    func `a blob cut at any byte, or with any byte changed, is read or refused`(order: ByteOrder) throws {
        let bytes = EveryKind(byteOrder: order, withLayout: true).builder.build()
        for count in bytes.indices {
            #expect(throws: BTFError.self) { try BTF(parsing: Array(bytes[..<count])) }
        }
        for index in bytes.indices {
            for value in [0, 1, 0x7f, 0xff] as [UInt8] where bytes[index] != value {
                var changed = bytes
                changed[index] = value
                guard let btf = try? BTF(parsing: changed) else { continue }
                Self.walk(btf)
            }
        }
    }

    @Test func `rings of types and endless arrays have no size`() throws {
        var builder = BTFBuilder()
        _ = builder.typedef("ring", to: 2)
        _ = builder.const(1)
        let int = builder.int("int")
        _ = builder.array(of: 4, count: 2, index: int)
        var id = int
        for _ in 0..<3 { id = builder.array(of: id, count: 0xffff_ffff, index: int) }
        _ = builder.pointer(to: 8)
        let btf = try BTF(parsing: builder.build())
        #expect(btf.resolved(1) == nil)
        #expect(btf.size(of: 1) == nil)
        #expect(btf.size(of: 4) == nil)
        #expect(btf.size(of: id) == nil)
    }

    @Test(arguments: [
        ("a___b", "a"), ("a___b___c", "a___b"), ("a____b", "a____b"), ("___a", "___a"), ("a___", "a___"), ("", ""),
        ("a___b____", "a"), ("_", "_"), ("task_struct___old", "task_struct"), ("a__b", "a__b"),
    ])
    func `the essential name ends before the last flavour`(name: String, essential: String) throws {
        #expect(BTFNameIndex.essential(name) == essential)
        guard !name.isEmpty else { return }
        var builder = BTFBuilder()
        let int = builder.int("int")
        let first = builder.structure(name, size: 4, [.init("x", int)])
        let second = builder.structure(name, size: 4)
        _ = builder.pointer(to: first)
        let index = try BTFNameIndex(BTF(parsing: builder.build()))
        #expect(index.ids(essentialName: essential) == [first, second])
        #expect(index.id(named: name, kind: .structure) == first)
        #expect(index.id(named: name, kind: .union) == nil)
    }

    @Test func `the records of the extension are read in steps of their claimed size`() throws {
        var builder = BTFBuilder(byteOrder: .little)
        let name = UInt32(builder.string("kprobe/x"))
        let types = try BTF(parsing: builder.build())
        func bytes(_ words: [UInt32]) -> [UInt8] {
            words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        }
        let functions: [UInt32] = [12, name, 2, 16, 7, 0, 8, 9, 0]
        let header: [UInt32] = [0x1_eb9f, 24, 0, 36, 36, 0]
        let reader = ByteReader(bytes: bytes(header + functions), byteOrder: .little)
        let read = try BTFExtension(reader, types: types)
        let records = try #require(read.functions.sections["kprobe/x"])
        #expect(records.map(\.instruction) == [1, 2])
        #expect(records.map { read.functions.field(1, of: $0) } == [9, 7])
        for index in [6, 8] {
            var lying = header + functions
            lying[index] = index == 6 ? 7 : 3
            #expect(throws: BTFError.self) {
                try BTFExtension(ByteReader(bytes: bytes(lying), byteOrder: .little), types: types)
            }
        }
    }

    /// Asks everything of every type.
    static func walk(_ btf: BTF) {
        for id in 0...btf.endID {
            guard let type = btf[id] else { continue }
            _ = (btf.name(of: type), btf.size(of: id), btf.resolved(id), btf.linkage(of: type), btf.array(of: type))
            _ = (btf.members(of: type), btf.enumerators(of: type), btf.variables(of: type), btf.parameters(of: type))
            _ = (btf.integer(of: type), btf.componentIndex(of: type), btf.member(of: type, at: type.count))
        }
        _ = BTFNameIndex(btf).ids(essentialName: "int")
    }
}
