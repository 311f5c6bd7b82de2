// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import Testing

@testable import ProbeCompiler

@Suite("Structures of the kernel in Swift") struct KernelTypesTests {
    @Test("names that are words of Swift stand in backquotes, and a bit-field of a truth value is an integer")
    func words() throws {
        var builder = BTFBuilder()
        let bool = builder.int("_Bool", size: 1, isBoolean: true)
        let name = builder.structure("class", size: 4, [])
        let pointer = builder.pointer(to: name)
        _ = builder.structure(
            "task", size: 24,
            [
                .init("init", pointer), .init("is_dead", bool, bitOffset: 64, bitSize: 1),
                .init("is_whole", bool, bitOffset: 72),
            ])
        let index = try BTFNameIndex(BTF(parsing: builder.build()))
        let text = try KernelTypesText(index, of: ["task", "class"]).text
        #expect(text.contains("var `init`: Kernel<`class`>\n"))
        #expect(text.contains("var is_dead: UInt8  // 1 bits: read it with integer(\\.is_dead)\n"))
        #expect(text.contains("var is_whole: Bool\n"))
        #expect(text.contains("struct `class` {\n"))
    }

    @Test(
        "enumerations stand with the enumerators that are asked for, and members that are some have a type of their own"
    )
    func enumerations() throws {
        var builder = BTFBuilder()
        let kind = builder.enumeration("map_kind", [("KIND_HASH", 1), ("KIND_ARRAY", 2)])
        _ = builder.structure("map", size: 4, [.init("kind", kind)])
        let index = try BTFNameIndex(BTF(parsing: builder.build()))
        #expect(
            try KernelTypesText(index, of: ["map", "map_kind"]).text == """
                struct map {
                    var kind: KernelEnum  // enum map_kind
                }

                enum map_kind {
                    case KIND_HASH
                    case KIND_ARRAY
                }

                """)
        #expect(
            try KernelTypesText(index, of: ["map_kind.KIND_ARRAY"]).text == "enum map_kind {\n    case KIND_ARRAY\n}\n")
        let error = #expect(throws: KernelTypesText.Failure.self) {
            try KernelTypesText(index, of: ["map_kind.KIND_HUSH"])
        }
        #expect(error?.diagnostic.message == "the enumeration map_kind has no enumerator KIND_HUSH")
        #expect(error?.diagnostic.cause == "near to it: KIND_HASH")
    }

    @Test("what only a typedef names has its name, as a member of others too")
    func typedefs() throws {
        var builder = BTFBuilder()
        let number = builder.int("unsigned int", size: 4)
        let kuid = builder.typedef("kuid_t", to: builder.structure("", size: 4, [.init("val", number)]))
        let named = builder.typedef("lock_t", to: builder.structure("lock", size: 4, [.init("raw", number)]))
        _ = builder.typedef("socket_state", to: builder.enumeration("", [("SS_FREE", 0), ("SS_CONNECTED", 3)]))
        _ = builder.structure(
            "cred", size: 12,
            [.init("uid", kuid), .init("euid", kuid, bitOffset: 32), .init("lock", named, bitOffset: 64)])
        let index = try BTFNameIndex(BTF(parsing: builder.build()))
        let kuidText = "struct kuid_t {\n    var val: UInt32\n}\n"
        #expect(
            try KernelTypesText(index, of: ["cred"]).text
                == "struct cred {\n    var uid: kuid_t\n    var euid: kuid_t\n}\n\n" + kuidText)
        #expect(try KernelTypesText(index, of: ["kuid_t"]).text == kuidText)
        #expect(
            try KernelTypesText(index, of: ["socket_state.SS_CONNECTED"]).text
                == "enum socket_state {\n    case SS_CONNECTED\n}\n")
        #expect(throws: KernelTypesText.Failure.self) { try KernelTypesText(index, of: ["lock_t"]) }
    }
}
