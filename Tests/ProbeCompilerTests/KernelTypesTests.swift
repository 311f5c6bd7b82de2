// SPDX-License-Identifier: Apache-2.0

import BTF
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
}
