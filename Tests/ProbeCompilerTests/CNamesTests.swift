// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

@testable import ProbeCompiler

/// Names and texts of a probe where C has them.
@Suite("Names in the shell of probes") struct CNamesTests {
    private static let types = """
        !1 = distinct !DIGlobalVariable(name: "one", scope: !2, file: !3, line: 17, type: !4)
        !2 = !DIModule(scope: null, name: "Probe")
        !3 = !DIFile(filename: "Probe.swift", directory: "/home/u")
        !4 = !DICompositeType(tag: DW_TAG_structure_type, name: "Store", scope: !7)
        !5 = distinct !DIGlobalVariable(name: "two", scope: !2, file: !3, line: 18, type: !4)
        !6 = distinct !DIGlobalVariable(name: "one_", scope: !2, file: !3, line: 19, type: !4)
        !7 = !DIModule(scope: null, name: "BPFKit")
        !8 = distinct !DIGlobalVariable(name: "swift_one", scope: !2, file: !3, line: 20, type: !4)
        !9 = distinct !DIGlobalVariable(name: "HIDDEN", scope: !2, file: !3, line: 21, type: !4)
        !10 = distinct !DIGlobalVariable(name: "events", scope: !2, file: !3, line: 22, type: !12)
        !11 = distinct !DIGlobalVariable(name: "others", scope: !2, file: !3, line: 23, type: !13)
        !12 = !DICompositeType(tag: DW_TAG_structure_type, name: "Ring", scope: !7, templateParams: !20, identifier: "$e6BPFKit4RingA")
        !13 = !DICompositeType(tag: DW_TAG_structure_type, name: "Ring", scope: !7, templateParams: !21, identifier: "$e6BPFKit4RingB")
        !20 = !{!22}
        !21 = !{!23}
        !22 = !DITemplateTypeParameter(type: !24)
        !23 = !DITemplateTypeParameter(type: !25)
        !24 = !DICompositeType(tag: DW_TAG_structure_type, name: "event", scope: !2, file: !3, line: 5, elements: !26, identifier: "$e5ProbeA")
        !25 = !DICompositeType(tag: DW_TAG_structure_type, name: "event", scope: !2, file: !3, line: 6, elements: !26, identifier: "$e5ProbeB")
        !26 = !{!27}
        !27 = !DIDerivedType(tag: DW_TAG_member, name: "kind", scope: !2, baseType: !28)
        !28 = !DICompositeType(tag: DW_TAG_enumeration_type, name: "Kind", scope: !2, file: !3, line: 8, elements: !29, identifier: "$e5ProbeC")
        !29 = !{!30, !31}
        !30 = !DIEnumerator(name: "ä", value: 0)
        !31 = !DIEnumerator(name: "ö", value: 0)
        !32 = distinct !DIGlobalVariable(name: "single", scope: !2, file: !3, line: 24, type: !33)
        !33 = !DICompositeType(tag: DW_TAG_structure_type, name: "Ring", scope: !7, templateParams: !34, identifier: "$e6BPFKit4RingC")
        !34 = !{!35}
        !35 = !DITemplateTypeParameter(type: !36)
        !36 = !DICompositeType(tag: DW_TAG_enumeration_type, name: "Only", scope: !2, file: !3, line: 9, elements: !37, identifier: "$e5ProbeD")
        !37 = !{!30}
        !40 = distinct !DIGlobalVariable(name: "license", scope: !2, file: !3, line: 30, type: !42)
        !41 = distinct !DIGlobalVariable(name: "licence", scope: !2, file: !3, line: 31, type: !42)
        !42 = !DICompositeType(tag: DW_TAG_structure_type, name: "License", scope: !7)
        !50 = distinct !DISubprogram(name: "run", scope: !2, file: !3, line: 41)
        !51 = distinct !DISubprogram(name: "run", scope: !2, file: !3, line: 44)
        """
    private static let program = #"define void @"$e5Probe3run"(ptr %0) #0 section "kprobe/f" !dbg !50 {"#
    private static let text = #"@name = private constant [4 x i8] c"a\\b\00""#

    private func map(_ numbers: String, _ node: Int) -> String {
        let words = numbers.split(separator: " ").map { "%Ts6UInt32V <{ i32 \($0) }>" }.joined(separator: ", ")
        return
            "@\"$e5Probe\(node)\" = protected global %T6BPFKit13MapDefinitionV <{ \(words) }>, align 4, !dbg !\(node)"
    }

    private func license(_ symbol: String, _ node: Int) -> String {
        "@\"$e5Probe\(node)\" = constant <{ i64, i64, i8 }> <{ \(symbol), i64 3, i8 2 }>, align 8, !dbg !\(node)"
    }

    private func read(_ lines: [String]) throws(ProbeError) -> ProbeModule {
        try ProbeReader.read((lines + [Self.types]).joined(separator: "\n")) { _ in nil }
    }

    private func failure(_ lines: String...) -> Diagnostic? {
        do throws(ProbeError) {
            _ = try read(lines)
            return nil
        } catch {
            return error.diagnostic
        }
    }

    @Test("several maps of the form of 2018 have one declaration of it")
    func legacyMaps() throws {
        let module = try read([map("2 4 8 16 0 3", 1), map("2 4 8 16 0 3", 5), Self.program])
        let shell = ShellWriter.text(of: module, sources: [])
        #expect(shell.split(separator: "\n").filter { $0.hasPrefix("struct bpf_elf_map {") }.count == 1)
        #expect(shell.contains("struct bpf_elf_map one SEC(\"maps\")") && shell.contains("struct bpf_elf_map two SEC("))
    }

    @Test("a name with an underscore behind is another one")
    func underscores() throws {
        let module = try read([map("2 4 8 16 0 0", 1), map("2 4 8 16 0 0", 6), Self.program])
        let shell = ShellWriter.text(of: module, sources: [])
        #expect(shell.contains("__typeof__(one) swift_one ") && shell.contains("__typeof__(one_) swift_one_ "))
    }

    @Test("what would be one name in C is refused with both places")
    func clashes() throws {
        let programs = try #require(
            failure(Self.program, #"define void @"$e5Probe3runB"(ptr %0) section "kretprobe/f" !dbg !51 {"#))
        #expect(programs.code == .probeName && programs.source?.line == 44)
        #expect(programs.labels.contains { $0.role == .secondary && $0.line == 41 })
        let made = try #require(failure(map("2 4 8 16 0 0", 1), map("2 4 8 16 0 0", 8), Self.program))
        #expect(made.code == .probeName && made.labels.contains { $0.line == 17 } && made.source?.line == 20)
        let macro = try #require(failure(map("2 4 8 16 0 0", 9), Self.program))
        #expect(macro.code == .probeName && macro.source?.line == 21)
        let events = try #require(failure(map("27 0 1 4096 0 0", 10), map("27 0 1 4096 0 0", 11), Self.program))
        #expect(events.code == .probeName && events.source?.line == 6 && events.labels.contains { $0.line == 5 })
    }

    @Test("cases whose names C does not take have numbers")
    func cases() throws {
        let shell = ShellWriter.text(of: try read([map("27 0 1 4096 0 0", 10), Self.program]), sources: [])
        #expect(shell.contains("enum Kind { Kind_0 = 0, Kind_1 = 1 }"))
    }

    @Test("an enumeration of one case takes no room, and is no member")
    func oneCase() throws {
        let refusal = try #require(failure(map("27 0 0 4096 0 0", 32), Self.program))
        #expect(refusal.code == .probeEventType && refusal.cause?.contains("one case") == true)
    }

    @Test("a type that Swift lays out in another size than C is refused")
    func sizes() throws {
        let refusal = try #require(failure(map("27 0 2 4096 0 0", 10), Self.program))
        #expect(refusal.code == .probeEventType && refusal.cause == "it takes 2 bytes in Swift, and 1 bytes in C")
    }

    @Test("a license is read, and one that cannot be read, or a second one, is refused")
    func licenses() throws {
        #expect(try read([license("ptr @name", 40), Self.text, Self.program]).license?.text == "a\\b")
        let unread = try #require(failure(license("ptr @other", 40), Self.program))
        #expect(unread.code == .probeGlobal && unread.source?.line == 30)
        let two = try #require(failure(license("ptr @name", 40), license("ptr @name", 41), Self.text, Self.program))
        #expect(two.source?.line == 31 && two.labels.contains { $0.line == 30 })
    }

    @Test(
        "a license in the text of a source is found, but not in comments and texts",
        arguments: [
            ("import BPFKit\nlet a = License(\"GPL\")", 2), ("let a: License = .init(\"GPL\")", 1),
            ("// License(\"GPL\")", nil), ("/* /* */ License(1) */ let a = 1", nil), ("let a = \"License(\"", nil),
            ("let a = \"\"\"\n\"License(\n\"\"\"\nlet b = License (\"x\")", 4),
            ("struct MyLicense { }; MyLicense()", nil),
            ("\"\\", nil), ("/*", nil), ("", nil),
        ] as [(String, Int?)])
    func licenseInSource(text: String, line: Int?) { #expect(LicenseInSource.line(in: Array(text.utf8)) == line) }

    @Test(
        "a private program is found, whatever else stands in front of its function",
        arguments: [
            ("@section(\"kprobe/f\") private func a() {}", ["a"]), ("private\n@section(\"x\")\nfunc b() {}", ["b"]),
            ("@section(\"x\") @inline(never) fileprivate func c() {}", ["c"]),
            ("private func d() {}\n@section(\"x\") func e() {}", []),
            ("private let s = 1; @section(\"x\") func f() {}", []),
            ("// @section(\"x\") private func g() {}", []), ("private func", []), ("@section(\"x\") private func", []),
        ] as [(String, [String])])
    func privateProgram(text: String, names: [String]) {
        #expect(PrivateProgram.all(in: Array(text.utf8)).map(\.name) == names)
    }

    @Test(
        "a value is zero where its line says nothing else",
        arguments: [
            ("let a = Setting(InlineArray<2, UInt32>(repeating: 0))", true), ("let a = Global(Text<16>())  // 5", true),
            ("let a: Global<Text<8>> = .init(Text())", true),
            ("let a = Global(InlineArray<2, Int>(repeating: 1))", false),
            ("let a = Global(State())", false), ("let a = Global(", false), ("let a", false),
            ("let a = Global(10)", false),
        ] as [(String, Bool)])
    func lostValue(line: String, isZero: Bool) { #expect(LostValue.isZero(line) == isZero) }

    @Test("a license that the compiler dropped is asked for")
    func droppedLicense() throws {
        let module = try read([Self.program])
        do throws(ProbeError) {
            try LicenseInSource.check(module, [("a.swift", Array("\nlet a = License(\"x\")".utf8))])
            Issue.record("it is taken")
        } catch {
            #expect(error.diagnostic.source?.file == "a.swift" && error.diagnostic.source?.line == 2)
        }
    }

    @Test(
        "each byte of a text that is no plain letter is a number for C",
        arguments: [
            ("kprobe/f", "\"kprobe/f\""), ("a\"b\\c\n", "\"a\\042b\\134c\\012\""),
            ("\"\u{301}7", "\"\\042\\314\\2017\""),
        ])
    func texts(text: String, c: String) { #expect(ShellWriter.quoted(text) == c) }

    @Test("the name of a file cannot end the comment of the shell")
    func comment() throws {
        let module = try read([Self.program])
        let shell = ShellWriter.text(of: module, sources: ["a*/\u{301}#b.swift"])
        #expect(shell.hasPrefix("/* Made by load-kp-bpf from a_/___b.swift. */\n"))
    }

    @Test("a backslash of LLVM is two, and other bytes are two digits")
    func unescaped() {
        #expect(IRText.unescaped(#"a\\5Cb\22\5C"#) == #"a\5Cb"\"#)
        #expect(IRText.unescaped(#"\"#) == #"\"#)
    }

    @Test(
        "what a call calls stands in front of its arguments",
        arguments: [
            (#"call i32 @"$e5Probe1a"(i32 %0, ptr @b), !dbg !7"#, "$e5Probe1a"),
            ("call i64 inttoptr (i64 170 to ptr)(ptr %3, ptr @b)", nil), ("call i64 %4(ptr @b)", nil),
            ("call void (ptr, ...) @f(ptr @b)", "f"), (#"call void asm sideeffect "@(", "r"(ptr @b)"#, nil),
            ("call { i64, i1 } @__bpfkit_umulo(i64 %am, i64 ptrtoint (ptr @b to i64))", "__bpfkit_umulo"),
        ] as [(String, String?)])
    func callees(text: String, name: String?) { #expect(IRText.callee(of: Substring(text)).map(String.init) == name) }

    @Test("a function that hands itself to a helper is no recursion, and a longer circle is one")
    func recursion() {
        let timer = CallGraph(
            """
            define i32 @"$e5Probe4tick"() {
              %1 = call i64 inttoptr (i64 170 to ptr)(ptr %0, ptr @"$e5Probe4tick")
            }
            """)
        #expect(timer.recursion == nil)
        let circle = CallGraph(
            (0..<2000).map {
                "define i32 @\"$e5Probe\($0)\"() {\n  call i32 @\"$e5Probe\($0 == 1999 ? 1000 : $0 + 1)\"()\n}\n"
            }.joined())
        #expect(circle.recursion?.name == "$e5Probe1000")
    }

    @Test(
        "what a register or a line cannot have is told in words",
        arguments: [
            ("__bpfkit_no_such_argument", "0 to 5"), ("__bpfkit_trace_percent", "percent"),
            ("__bpfkit_trace_too_wide", "more than 64 bits"), ("__bpfkit_text_too_long", "15 bytes and a NUL"),
        ])
    func words(function: String, words: String) throws {
        let told = BackEndWords(runtimeFunction: function)
        #expect("\(told.message) \(told.cause ?? "")".contains(words) && told.code == .probeOperation)
    }
}
