// SPDX-License-Identifier: Apache-2.0

@testable import BTF
import Testing

@testable import BPFObject

@Suite struct BTFPreparationTests {
    private func prepared(
        _ builder: BTFBuilder, sections: [String: BTFPreparation.Section] = [:], hidden: Set<String> = [],
        for support: KernelBTFSupport = BTFFeatures(BTFFeature.allCases)
    ) throws -> BTF {
        let preparation = try BTFPreparation(
            BTF(parsing: builder.build()), sections: sections, hiddenNames: hidden)
        return try BTF(parsing: preparation.bytes(for: support))
    }

    @Test(arguments: [ByteOrder.little, .big])
    func `sizes and places of a section come from the file, in ascending order`(order: ByteOrder) throws {
        var builder = BTFBuilder(byteOrder: order)
        let int = builder.int("int")
        let first = builder.variable("first", type: int)
        let second = builder.variable("second", type: int)
        let section = builder.dataSection(".bss", [(first, 0, 4), (second, 0, 4)])
        let linked = builder.dataSection(".data", size: 12, [(first, 8, 4)])
        let btf = try prepared(
            builder,
            sections: [".bss": (8, ["first": 4, "second": 0]), ".data": (99, ["first": 0])])
        let type = try #require(btf[section])
        #expect(type.sizeOrType == 8)
        #expect(
            btf.variables(of: type) == [
                BTFSectionVariable(type: second, offset: 0, size: 4),
                BTFSectionVariable(type: first, offset: 4, size: 4),
            ])
        let other = try #require(btf[linked])
        #expect(other.sizeOrType == 12)
        #expect(btf.variables(of: other).map(\.offset) == [8])
    }

    @Test func `hidden functions become static, and declared ones global`() throws {
        var builder = BTFBuilder()
        let prototype = builder.prototype(returning: 0)
        let ids = [
            builder.function("seen", type: prototype), builder.function("hidden", type: prototype),
            builder.function("declared", type: prototype, linkage: .extern),
        ]
        let btf = try prepared(builder, hidden: ["hidden"])
        #expect(ids.map { btf[$0].flatMap { btf.linkage(of: $0) } } == [.global, .static, .global])
    }

    @Test func `hidden variables become static, and declared ones global`() throws {
        var builder = BTFBuilder()
        let int = builder.int("int", isSigned: true)
        let ids = [
            builder.variable("seen", type: int), builder.variable("hidden", type: int),
            builder.variable("declared", type: int, linkage: .extern),
        ]
        let btf = try prepared(builder, hidden: ["hidden"])
        #expect(ids.map { btf[$0].flatMap { btf.linkage(of: $0) } } == [.global, .static, .global])
    }

    @Test func `symbols of the kernel become integers of four bytes`() throws {
        var builder = BTFBuilder()
        let int = builder.int("int", isSigned: true)
        let prototype = builder.prototype(returning: int, [("", int)])
        let function = builder.function("bpf_kfunc", type: prototype, linkage: .extern)
        let variable = builder.variable("jiffies", type: 0, linkage: .extern)
        let section = builder.dataSection(".ksyms", [(function, 0, 0), (variable, 0, 0)])
        let btf = try prepared(builder)
        let type = try #require(btf[section])
        #expect(type.sizeOrType == 8)
        #expect(btf.variables(of: type).map(\.type) == [builder.nextID, variable])
        #expect(btf.variables(of: type).map(\.offset) == [0, 4])
        #expect(btf[builder.nextID].map { btf.name(of: $0) } == "dummy_ksym")
        #expect(btf[variable].flatMap { btf.linkage(of: $0) } == .global)
        #expect(btf[variable]?.sizeOrType == int)
        // Nameless parameters share the stand-in's name.
        let standIn = btf[builder.nextID]?.nameOffset
        #expect(btf[prototype].map { btf.parameters(of: $0).map(\.nameOffset) } == standIn.map { [$0] })
    }

    @Test(arguments: [ByteOrder.little, .big])
    func `what a kernel lacks is rewritten without a change of ids`(order: ByteOrder) throws {
        let built = EveryKind(byteOrder: order, withLayout: true)
        let original = try BTF(parsing: built.builder.build())
        let preparation = BTFPreparation(original, sections: [:])
        #expect(
            preparation.usedFeatures == BTFFeatures(BTFFeature.allCases).subtracting([.questionMarkDataSections]))
        #expect(preparation.notes(for: BTFFeatures(BTFFeature.allCases)).isEmpty)
        #expect(preparation.notes(for: []).count == BTFFeature.allCases.count - 1)
        let btf = try BTF(parsing: preparation.bytes(for: []))
        #expect(btf.parts.layout == nil)
        func kind(_ name: String) -> BTFKind? { built.ids[name].flatMap { btf[$0]?.kind } }
        #expect(kind("variable") == .int)
        #expect(kind("section") == .structure)
        #expect(kind("prototype") == .enum)
        #expect(kind("function") == .typedef)
        #expect(kind("float") == .structure)
        #expect(kind("declarationTag") == .int)
        #expect(kind("typeTag") == .const)
        #expect(kind("enum64") == .union)
        let section = try #require(built.ids["section"].flatMap { btf[$0] })
        #expect(btf.name(of: section) == "_data")
        #expect(btf.members(of: section).map { btf.string($0.nameOffset) } == ["counter"])
        let names = try #require(built.ids["prototype"].flatMap { btf[$0] })
        #expect(btf.enumerators(of: names).allSatisfy { $0.nameOffset != 0 })
        let union = try #require(built.ids["enum64"].flatMap { btf[$0] })
        #expect(btf.members(of: union).map(\.type) == [original.endID])
        #expect(built.ids["enum"].flatMap { btf[$0]?.flag } == false)
        for id in original.firstID..<original.endID {
            #expect(original.extent(ofType: id)?.count == btf.extent(ofType: id)?.count)
        }
    }

    @Test func `names that C does not have are mended`() throws {
        var builder = BTFBuilder()
        let int = builder.int("int")
        let rust = builder.structure("Option<u8>", size: 4, [.init("__0", int)])
        let digit = builder.structure("9p", size: 4, [.init("x", int)])
        let pointer = builder.record(BTFKind.pointer.rawValue, "*mut u8", int)
        let question = builder.dataSection("?.struct_ops", size: 4)
        let btf = try prepared(builder)
        #expect([rust, digit, pointer].map { btf[$0].map { btf.name(of: $0) } } == ["Option_u8_", "_9p", ""])
        #expect(btf[question].map { btf.name(of: $0) } == "?.struct_ops")
        let older = try prepared(builder, for: [.dataSections])
        #expect(older[question].map { older.name(of: $0) } == "_.struct_ops")
    }

    @Test func `a blob without types gets one`() throws {
        #expect(try prepared(BTFBuilder())[1]?.kind == .int)
    }
}
