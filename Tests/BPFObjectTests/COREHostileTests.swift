// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import Testing

@testable import BPFObject

/// Types made to run away with whoever follows them.
struct COREHostileTests {
    private func resolve(_ builder: BTFBuilder, _ id: Int, _ kind: CORERelocation.Kind, access: String = "0") throws {
        let types = try BTF(parsing: builder.build())
        var relocator = CORERelocator(
            local: types, targets: FixedRelocationTargets(kernel: BTFNameIndex(types)), steps: 50_000)
        let relocation = CORERelocation(instruction: 0, typeID: id, access: access, kind: kind)
        do throws(COREError) { _ = try relocator.resolve(relocation) } catch { #expect(!error.description.isEmpty) }
    }

    @Test(.timeLimit(.minutes(30)))
    func `anonymous members that branch without end are given up`() throws {
        var builder = BTFBuilder()
        let number = builder.int("int")
        let inner = builder.nextID
        // It contains itself many times.
        let members = (0..<64).map { _ in BTFBuilder.Member("", inner) }
        _ = builder.structure("", size: 4, members)
        let local = builder.structure("s", size: 4, [.init("a", number)])
        _ = builder.structure("s", size: 4, [.init("", inner)])
        try resolve(builder, local, .fieldOffset, access: "0:0")
    }

    @Test(.timeLimit(.minutes(30)))
    func `prototypes of prototypes and rings of types are given up`() throws {
        var builder = BTFBuilder()
        let itself = builder.nextID + 1
        let named = builder.typedef("f", to: itself)
        let parameters = (0..<32).map { (name: "p\($0)", type: itself) }
        _ = builder.prototype(returning: itself, parameters)
        for kind in [CORERelocation.Kind.typeExists, .typeMatches, .typeSize, .targetTypeID] {
            try resolve(builder, named, kind)
        }
        let ring = builder.typedef("ring", to: builder.nextID + 1)
        _ = builder.const(ring)
        for kind in CORERelocation.Kind.allCases { try resolve(builder, ring, kind) }
    }

    @Test func `a type is described in bounded length`() throws {
        var builder = BTFBuilder()
        let text = builder.pointer(to: builder.nextID + 1)
        let constant = builder.const(builder.nextID + 1)
        let character = builder.int("char", size: 1)
        let structure = builder.structure("task_struct", size: 0)
        let function = builder.pointer(to: builder.nextID + 1)
        _ = builder.prototype(returning: character, [("a", text), ("b", builder.nextID + 1)])
        let fixed = builder.const(builder.pointer(to: structure))
        let ring = builder.nextID
        _ = builder.pointer(to: ring)
        let array = builder.array(of: character, count: 4, index: character)
        let anonymous = builder.union("", size: 0)
        let types = try BTF(parsing: builder.build())
        #expect(types.describe(0) == "void")
        #expect(types.describe(text) == "const char *")
        #expect(types.describe(constant) == "const char")
        #expect(types.describe(structure) == "struct task_struct")
        #expect(types.describe(function).hasPrefix("char (*)(const char *, "))
        #expect(types.describe(array) == "char[4]")
        #expect(types.describe(anonymous) == "anonymous union")
        #expect(types.describe(9_999) == "type 9999")
        #expect(types.describe(fixed).contains("const"))
        #expect(types.describe(ring).utf8.count < 300)
    }
}
