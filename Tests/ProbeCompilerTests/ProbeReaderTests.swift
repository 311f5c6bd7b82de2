// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import Testing

@testable import ProbeCompiler

/// What a probe declares, read from the text of the compiler as it was stored, and the C that is made of it.
@Suite("Reader of probes") struct ProbeReaderTests {
    private static let types = """
        !1 = distinct !DIGlobalVariable(name: "events", scope: !2, file: !3, line: 17, type: !4)
        !2 = !DIModule(scope: null, name: "Probe")
        !3 = !DIFile(filename: "Probe.swift", directory: "/home/u")
        !4 = !DIDerivedType(tag: DW_TAG_const_type, baseType: !5)
        !5 = !DICompositeType(tag: DW_TAG_structure_type, scope: !7, size: 192, elements: !8, specification: !41)
        !7 = !DIModule(scope: null, name: "BPFKit")
        !8 = !{!9}
        !9 = !DIDerivedType(tag: DW_TAG_member, scope: !7, baseType: !10, size: 192)
        !10 = !DICompositeType(tag: DW_TAG_structure_type, name: "$e6BPFKit", scope: !7, templateParams: !11)
        !11 = !{!12}
        !12 = !DITemplateTypeParameter(type: !13)
        !13 = !DICompositeType(tag: DW_TAG_structure_type, name: "event", scope: !2, file: !3, line: 5, size: 128, elements: !14, identifier: "$e5Probe5eventVD")
        !14 = !{!15, !16, !17}
        !15 = !DIDerivedType(tag: DW_TAG_member, name: "kind", scope: !2, baseType: !20)
        !16 = !DIDerivedType(tag: DW_TAG_member, name: "time", scope: !2, baseType: !21)
        !17 = !DIDerivedType(tag: DW_TAG_member, name: "name", scope: !2, baseType: !22)
        !20 = !DICompositeType(tag: DW_TAG_enumeration_type, name: "Kind", scope: !2, elements: !23, identifier: "$e5Probe4KindOD")
        !21 = !DICompositeType(tag: DW_TAG_structure_type, name: "UInt64", scope: !30, identifier: "$es6UInt64VD")
        !22 = !DICompositeType(tag: DW_TAG_structure_type, name: "Text", scope: !7, size: 128, templateParams: !25, identifier: "$e6BPFKit4TextVy$15_GD")
        !23 = !{!24, !27}
        !24 = !DIEnumerator(name: "exec", value: 0)
        !25 = !{!26}
        !26 = !DITemplateTypeParameter(type: !28)
        !27 = !DIEnumerator(name: "exit", value: 0)
        !28 = !DICompositeType(tag: DW_TAG_structure_type, name: "$e$15_D", identifier: "$e$15_D")
        !30 = !DIModule(scope: null, name: "Swift")
        !41 = !DICompositeType(tag: DW_TAG_structure_type, name: "RingBuffer", scope: !7, elements: !42)
        !42 = !{}
        !50 = distinct !DISubprogram(name: "run", scope: !2, file: !3, line: 21)
        """
    private static let ring =
        #"@"$e5Probe6events" = protected global %T6BPFKit13MapDefinitionV <{ %Ts6UInt32V <{ i32 27 }>, %Ts6UInt32V zeroinitializer, %Ts6UInt32V zeroinitializer, %Ts6UInt32V <{ i32 4096 }>, %Ts6UInt32V zeroinitializer, %Ts6UInt32V zeroinitializer }>, align 4, !dbg !1"#
    private static let program =
        #"define hidden void @"$e5Probe3run"(ptr readonly captures(none) %0) local_unnamed_addr #0 section "kprobe/f" !dbg !50 {"#

    private func read(_ lines: String...) throws -> ProbeModule {
        try ProbeReader.read((lines + [Self.types]).joined(separator: "\n")) { _ in nil }
    }

    private func failure(_ lines: String...) throws -> Diagnostic {
        do {
            _ = try ProbeReader.read((lines + [Self.types]).joined(separator: "\n")) { _ in nil }
            throw Expected()
        } catch let error as ProbeError {
            return error.diagnostic
        }
    }

    private struct Expected: Error {}

    @Test("a map of events has its type, laid out as Swift lays it out")
    func map() throws {
        let module = try read(Self.ring, Self.program)
        let map = try #require(module.maps.first)
        #expect(map.name == "events" && map.definition.kind == 27 && map.definition.maxEntries == 4096)
        let shell = ShellWriter.text(of: module, sources: ["Probe.swift"])
        #expect(shell.contains("enum Kind { Kind_exec = 0, Kind_exit = 1 } __attribute__((packed));"))
        #expect(shell.contains("struct event {\n\tenum Kind kind;\n\tunsigned long long time;\n\tchar name[16];\n};"))
        #expect(shell.contains("_Static_assert(__builtin_offsetof(struct event, time) == 8"))
        #expect(shell.contains("struct { int (*type)[27]; int (*max_entries)[4096]; } events SEC(\".maps\");"))
        #expect(shell.contains("struct event (*const bpf_event_0_events) SEC(\".event_types\") = 0;"))
        #expect(
            shell.contains(
                "#line 21 \"Probe.swift\"\nSEC(\"kprobe/f\") int run(void *context) { swift_run(context); return 0; }"))
        #expect(shell.hasSuffix("char LICENSE[] SEC(\"license\") = \"GPL\";\n"))
    }

    @Test("a map that a function takes is no map of its own")
    func parameters() throws {
        let module = try read(
            Self.ring, Self.program,
            #"!60 = !DILocalVariable(name: "rooms", arg: 1, scope: !50, file: !3, line: 22, type: !4)"#)
        #expect(module.maps.map(\.name) == ["events"])
    }

    /// A type of a C header, as the compiler describes it.
    private static let imported = """
        !1 = !DICompositeType(tag: DW_TAG_structure_type, name: "small", file: !9, size: 64, elements: !10, identifier: "$eSo5smallVD")
        !2 = !DICompositeType(tag: DW_TAG_structure_type, name: "renamed", file: !9, size: 64, elements: !10, identifier: "$eSo7renamedaD")
        !3 = !DICompositeType(tag: DW_TAG_structure_type, name: "numbers", file: !9, size: 48, elements: !12, identifier: "$eSo7numbersVD")
        !4 = !DICompositeType(tag: DW_TAG_structure_type, name: "outer", file: !9, size: 128, elements: !14, identifier: "$eSo5outerVD")
        !9 = !DIFile(filename: "shared.h", directory: "/home/u")
        !10 = !{!20, !21}
        !12 = !{!22}
        !14 = !{!23, !24}
        !20 = !DIDerivedType(tag: DW_TAG_member, name: "a", baseType: !30, size: 32)
        !21 = !DIDerivedType(tag: DW_TAG_member, name: "b", baseType: !31, size: 16)
        !22 = !DIDerivedType(tag: DW_TAG_member, name: "all", baseType: !32, size: 48)
        !23 = !DIDerivedType(tag: DW_TAG_member, name: "inner", baseType: !1, size: 64)
        !24 = !DIDerivedType(tag: DW_TAG_member, name: "next", baseType: !34, size: 64)
        !30 = !DICompositeType(tag: DW_TAG_structure_type, name: "UInt32", size: 32, identifier: "$es6UInt32VD")
        !31 = !DICompositeType(tag: DW_TAG_structure_type, name: "UInt16", size: 16, identifier: "$es6UInt16VD")
        !32 = !DICompositeType(tag: DW_TAG_structure_type, name: "$es6UInt16V_A2BtD", size: 48, elements: !33, identifier: "$es6UInt16V_A2BtD")
        !33 = !{!35, !35, !35}
        !34 = !DICompositeType(tag: DW_TAG_structure_type, name: "UInt64", size: 64, identifier: "$es6UInt64VD")
        !35 = !DIDerivedType(tag: DW_TAG_member, baseType: !31, size: 16)
        """

    @Test(
        "a type of a header has the alignment of its members, and its tag unless it is an alias",
        arguments: [
            (1, "struct small %", 4), (2, "renamed %", 4), (3, "struct numbers %", 2), (4, "struct outer %", 8),
        ])
    func imported(node: Int, declaration: String, alignment: Int) throws {
        var layout = SwiftLayout(IRMetadata(IRText.lines(Self.imported)), SourceNames([])) { _ in nil }
        let type = try layout.type(node, of: "events", at: SourcePlace(file: "Probe.swift", line: 1))
        #expect(type.declaration == declaration && type.alignment == alignment)
        #expect(layout.headers == ["/home/u/shared.h"])
    }

    @Test("a program without a context, and one that returns a number")
    func programs() throws {
        let module = try read(
            #"define hidden i32 @"$e5Probe3run"() #0 section "socket" !dbg !50 {"#)
        #expect(module.programs.first?.result == "int" && module.programs.first?.takesContext == false)
        #expect(ShellWriter.text(of: module, sources: []).contains("int run(void *context) { return swift_run(); }"))
    }

    @Test("what cannot be read is refused with its line")
    func refusals() throws {
        let missing = try failure(Self.ring)
        #expect(missing.code == .probeNoProgram)
        let lazy = try failure(
            #"@"$e5Probe6events" = protected global %T6BPFKit13MapDefinitionV zeroinitializer, align 4, !dbg !1"#,
            Self.program)
        #expect(lazy.code == .probeMapDefinition && lazy.source?.line == 17 && lazy.source?.file == "Probe.swift")
        let name = try failure(#"define void @"$e5Probe3run"(ptr %0) section "run" !dbg !50 {"#)
        #expect(name.code == .probeName && name.source?.line == 21)
        let size = try failure(Self.ring.replacing("i32 4096", with: "i32 5000"), Self.program)
        #expect(size.code == .probeMapDefinition && size.source?.line == 17 && size.message.contains("5000"))
        let local = try failure(
            Self.program, #"!60 = !DILocalVariable(name: "rooms", scope: !50, file: !3, line: 22, type: !4)"#)
        #expect(local.code == .probeMapDefinition && local.source?.line == 22 && local.message.contains("rooms"))
        let two = try failure(#"define void @"$e5Probe3run"(ptr %0, i64 %1) section "x" !dbg !50 {"#)
        #expect(two.code == .probeArguments)
    }

    @Test(
        "constants of LLVM become initialisers of C, without what pads them",
        arguments: [
            ("i64 -4", "-4"), ("%Ts5Int32V <{ i32 7 }>", "7"), ("%Ts5Int32V zeroinitializer", "{0}"),
            ("%T1aV <{ %Ts5UInt8V <{ i8 1 }>, [7 x i8] zeroinitializer, %Ts6UInt64V <{ i64 2 }> }>", "{1, 2}"),
            (#"[3 x i8] c"a\0Ab""#, "{97, 10, 98}"), ("i1 true", "1"),
        ])
    func constants(text: String, c: String) { #expect(IRConstant(Substring(text))?.initialiser == c) }

    @Test(
        "what is no constant of numbers is none",
        arguments: ["", "ptr @a", "i64 ptrtoint (ptr @a to i64)", "<{", "[2 x i8] ["])
    func noConstants(text: String) { #expect(IRConstant(Substring(text)) == nil) }

    @Test("questions to a structure have an answer for each member, where clang takes them")
    func core() {
        let integer = CType(declaration: "int %", size: 4, alignment: 4)
        let pointer = CType(declaration: "void *%", size: 8, alignment: 8)
        var module = ProbeModule()
        module.kernelTypes = [
            .init(
                name: "task",
                members: [.init(name: "pid", type: integer, offset: 0), .init(name: "next", type: pointer, offset: 8)])
        ]
        module.questions = [.init(symbol: "$eX", type: "task")]
        let text = CoreWriter.text(of: module)
        #expect(text.contains("struct task { int pid; void *next; } __attribute__((preserve_access_index));"))
        #expect(text.contains("__asm__(\"$eX\")"))
        #expect(text.contains("->pid, 3)") && !text.contains("->next, 3)") && text.contains("->next, 5)"))
    }

    @Test("entries of the cache are told apart by all that they were made of")
    func cache() {
        var one = ResultCache.Key()
        one.add("a")
        one.add("bc")
        var other = ResultCache.Key()
        other.add("ab")
        other.add("c")
        #expect(one != other)
        let entry = ResultCache.head(of: one) + [1, 2, 3]
        #expect(ResultCache.object(in: entry, of: one) == [1, 2, 3])
        #expect(ResultCache.object(in: entry, of: other) == nil)
        #expect(ResultCache.object(in: [], of: one) == nil)
    }
}
