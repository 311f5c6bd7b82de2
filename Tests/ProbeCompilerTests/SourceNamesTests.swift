// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

@testable import ProbeCompiler

@Suite("Names of sources") struct SourceNamesTests {
    @Test(
        "a path is compared without the parts that lead nowhere, as the compiler writes it",
        arguments: [
            ("./a.swift", "a.swift"), ("sub/../a.swift", "a.swift"), (".//a.swift", "a.swift"),
            ("./sub//b.swift", "sub/b.swift"), ("../x/a.swift", "../x/a.swift"), ("../../a.swift", "../../a.swift"),
            ("/x/./sub/../a.swift", "/x/a.swift"), ("/../a.swift", "/a.swift"), ("", ""),
        ])
    func normal(path: String, normal: String) { #expect(SourceNames.normal(path) == normal) }

    @Test("the user's file keeps the name that he gave it")
    func own() {
        let names = SourceNames(["./a.swift", "sub/b.swift"])
        #expect(names.own("a.swift") == "./a.swift" && names.own("sub/b.swift") == "sub/b.swift")
        #expect(names.own("b.swift") == nil)
    }

    @Test("places of a file that the compiler names otherwise are the user's, in code and in reports")
    func places() throws {
        let text = """
            define i32 @"$e5Probe1ayyF"(i32 %0) !dbg !1 {
              %2 = call i32 @putchar(i32 1), !dbg !7
              %3 = call i32 @"$e5Probe1ayyF"(i32 %0)
            }
            !1 = distinct !DISubprogram(name: "a", scope: !3, file: !3, line: 4, spFlags: DISPFlagDefinition)
            !3 = !DIFile(filename: "a.swift", directory: "/home/u")
            !4 = !DIFile(filename: "/kit/Maps.swift", directory: "")
            !5 = distinct !DISubprogram(name: "get", file: !4, spFlags: DISPFlagDefinition)
            !6 = distinct !DILocation(line: 7, column: 2, scope: !1)
            !7 = !DILocation(line: 90, column: 1, scope: !5, inlinedAt: !6)
            """
        let filter = IRFilter(sources: ["./a.swift"], isChecked: false, isQuestion: KernelQuestion.isOne)
        let filtered = filter.filtered(text)
        #expect(filtered.contains("!3 = !DIFile(filename: \"./a.swift\", directory: \"\")"))
        #expect(filtered.contains("!7 = !DILocation(line: 7, column: 2, scope: !1)"))
        let graph = CallGraph(text, sources: ["./a.swift"])
        let place = try #require(graph.recursion?.place)
        #expect(place == SourcePlace(file: "./a.swift", line: 4))
        #expect(graph.places(ofCallsTo: "putchar", in: ["./a.swift"]).map(\.file) == ["./a.swift"])
        let message = BackEndMessages.diagnostics(
            "a.swift:6:9: error: Looks like the BPF stack limit is exceeded", sources: ["./a.swift"])
        #expect(message.first?.source?.file == "./a.swift")
    }

    @Test("what the compiler makes to call a closure has the place of the closure")
    func closures() {
        let filter = IRFilter(sources: ["a.swift"], isChecked: false, isQuestion: KernelQuestion.isOne)
        let text = filter.filtered(
            """
            !1 = !DIFile(filename: "a.swift", directory: "")
            !2 = !DIFile(filename: "<compiler-generated>", directory: "/")
            !3 = distinct !DISubprogram(linkageName: "$e5Probe1aU_", file: !1, line: 9, spFlags: DISPFlagDefinition)
            !4 = distinct !DISubprogram(linkageName: "$e5Probe1aU_TA", file: !2, type: !9, spFlags: DISPFlagDefinition)
            !5 = !DILocation(line: 0, scope: !4)
            !6 = !DILexicalBlockFile(scope: !3, file: !2, discriminator: 0)
            !7 = !DILocation(line: 0, scope: !6)
            """)
        #expect(text.contains("!5 = !DILocation(line: 9, scope: !4)"))
        #expect(text.contains("file: !1, line: 9, type: !9"))
        #expect(text.contains("!7 = !DILocation(line: 9, scope: !3)"))
    }
}
