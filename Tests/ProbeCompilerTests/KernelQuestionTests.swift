// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

@testable import ProbeCompiler

/// Questions to structures of the kernel, read from the compiler's text as it was stored, and their answers in C.
@Suite("Questions to the kernel's types") struct KernelQuestionTests {
    private static let integer = CType(declaration: "int %", size: 4, alignment: 4)

    private func answers(_ question: ProbeModule.Question) -> String {
        var module = ProbeModule()
        module.kernelTypes = [
            .init(
                name: "inner",
                members: [
                    .init(name: "first", type: Self.integer, offset: 0),
                    .init(name: "second", type: Self.integer, offset: 4),
                ]),
            .init(
                name: "outer",
                members: [
                    .init(name: "pid", type: Self.integer, offset: 0),
                    .init(
                        name: "common", type: CType(declaration: "struct inner %", size: 8, alignment: 4), offset: 4),
                ]),
        ]
        module.questions = [question]
        return CoreWriter.text(of: module)
    }

    @Test("a member of a structure inside has an answer by its whole path")
    func paths() {
        let text = answers(.init(symbol: "$eX", type: "outer"))
        #expect(text.contains("\tcase 8:\n\t\tswitch (question) {\n"))
        #expect(text.contains("((struct outer *)0)->common.second, 0)"))
        #expect(text.contains("((struct outer *)0)->common.first, 1)"))
    }

    @Test("a structure inside and its first member stand at one place, and are told apart by the type that is asked")
    func types() {
        let member = answers(.init(symbol: "$eX", type: "outer"))
        #expect(member.contains("->common.first, 1)") && !member.contains("->common, 1)"))
        let structure = answers(.init(symbol: "$eX", type: "outer", memberType: "inner"))
        #expect(
            structure.contains("->common, 1)") && !structure.contains("->common.first") && !structure.contains("->pid"))
    }

    @Test("what the kernel may have as a typedef is asked for in both forms, of which one is there")
    func typedefs() {
        func answers(_ type: ProbeModule.KernelType) -> String {
            var module = ProbeModule()
            module.kernelTypes = [type]
            module.questions = [.init(symbol: "$eX", type: type.name)]
            return CoreWriter.text(of: module)
        }
        let member = CMember(name: "val", type: Self.integer, offset: 0)
        let text = answers(.init(name: "kuid_t", members: [member]))
        #expect(text.contains("typedef struct { int val; } __attribute__((preserve_access_index)) kuid_t___typedef;"))
        #expect(
            text.contains(
                "case 0: if (__builtin_preserve_type_info(*(struct kuid_t *)0, 0)) return HERE(__builtin_preserve_field_info("
                    + "((struct kuid_t *)0)->val, 0)); return HERE(__builtin_preserve_field_info(((kuid_t___typedef *)0)->val, 0));"
            ), "\(text)")
        // A second type of the name keeps the name in front of ___.
        #expect(answers(.init(name: "kuid_t___2", members: [member])).contains("kuid_t___typedef2;"))
        #expect(!answers(.init(name: "task", members: [member])).contains("___typedef"))
        let enumeration = answers(.init(name: "socket_state", cases: ["SS_FREE"]))
        #expect(enumeration.contains("typedef enum { SS_FREE___typedef } socket_state___typedef;"), "\(enumeration)")
        #expect(enumeration.contains("*(socket_state___typedef *)SS_FREE___typedef, 1)"), "\(enumeration)")
    }

    @Test("what has no answer calls a function that nothing has")
    func opaque() throws {
        let text = answers(.init(symbol: "$eX", type: "outer"))
        let body = try #require(text.split(separator: "core_0(unsigned long member").last)
        #expect(body.hasSuffix("\treturn __bpf_core_opaque(member, question);\n}\n") && !body.contains("return 0;"))
    }

    @Test(
        "the structure and the member's type are in the name of the function as it is written out",
        arguments: [
            ("<Probe.task, Swift.Int>", "Probe.task", "Swift.Int"),
            ("<Probe.(a in _D7), Probe.(b in _D7)>", "Probe.(a in _D7)", "Probe.(b in _D7)"),
            (
                "<Probe.Box<Swift.Int, Swift.Int>, BPFKit.Text<16>>", "Probe.Box<Swift.Int, Swift.Int>",
                "BPFKit.Text<16>"
            ),
        ])
    func names(arguments: String, structure: String, member: String) throws {
        let names = try #require(
            KernelQuestion.types(
                "generic specialization \(arguments) of BPFKit.coreFact<A, B>(A.Type, B.Type) -> Swift.Int"))
        #expect(names.structure == structure && names.member == member)
    }

    @Test("what is no such name is none", arguments: ["BPFKit.coreFact", "specialization <A>", "specialization <A, B"])
    func noNames(text: String) { #expect(KernelQuestion.types(text) == nil) }

    @Test("the name of a private type is without its file")
    func lastName() {
        #expect(KernelQuestion.lastName("Probe.(filename in _4B64)") == "filename")
        #expect(KernelQuestion.lastName("Probe.Outer.filename") == "filename")
    }

    @Test("the sum of a file in a mangled name has no letter that refers to something")
    func sums() {
        let name = PrivateNames.bounded("$e5Probe4sock33_D772927BDF1144219ABABCFA976ADBFDLLVAA")
        #expect(name == "$e5Probe4sock33_D772927BDF1144219HBHBCFH976HDBFDLLVAA")
        #expect(PrivateNames.bounded("$e33_AB") == "$e33_AB")
    }

    private static let types = """
        !1 = !DICompositeType(tag: DW_TAG_structure_type, name: "filename", file: !3, line: 3, elements: !5, identifier: "$e5ProbeONE")
        !2 = !DICompositeType(tag: DW_TAG_structure_type, name: "filename", file: !3, line: 4, elements: !6, identifier: "$e5ProbeTWO")
        !3 = !DIFile(filename: "Probe.swift", directory: "/home/u")
        !5 = !{!7}
        !6 = !{!8}
        !7 = !DIDerivedType(tag: DW_TAG_member, name: "name", baseType: !9)
        !8 = !DIDerivedType(tag: DW_TAG_member, name: "uptr", baseType: !9)
        !9 = !DICompositeType(tag: DW_TAG_structure_type, name: "Int32", scope: !10, identifier: "$es5Int32VD")
        !10 = !DIModule(scope: null, name: "Swift")
        !11 = !DICompositeType(tag: DW_TAG_enumeration_type, name: "kinds", file: !3, line: 6, elements: !12, identifier: "$e5ProbeTHREE")
        !12 = !{!13}
        !13 = !DIEnumerator(name: "ä", value: 0)
        """

    private func read(_ symbols: [String: String]) throws(ProbeError) -> KernelQuestions {
        let names = symbols.merging(
            ["$e5ProbeONE": "Probe.A.filename", "$e5ProbeTWO": "Probe.B.filename", "$e5ProbeTHREE": "Probe.kinds"]
        ) { first, _ in first }
        var questions = KernelQuestions(IRMetadata(IRText.lines(Self.types)), SourceNames([])) { names[$0] }
        for symbol in symbols.keys.sorted() { try questions.read(symbol) }
        return questions
    }

    private func question(_ type: String) -> String {
        "generic specialization <\(type), Swift.Int32> of BPFKit.coreFact<A, B>"
    }

    @Test("two structures of one name are two for C, and one for the kernel")
    func twoOfOneName() throws {
        let questions = try read(["a": question("Probe.A.filename"), "b": question("Probe.B.filename")])
        #expect(questions.types.map(\.name) == ["filename", "filename___2"])
        #expect(questions.types.map { $0.members.map(\.name) } == [["name"], ["uptr"]])
        #expect(questions.questions.map(\.type) == ["filename", "filename___2"])
    }

    @Test(
        "a name that the kernel cannot have is refused",
        arguments: ["Probe.Box<Swift.Int>", "Probe.kinds", "Probe.größe"])
    func refusals(type: String) throws {
        do throws(ProbeError) {
            _ = try read(["a": question(type)])
            Issue.record("\(type) is taken")
        } catch {
            #expect(error.diagnostic.code == .probeName)
        }
    }
}
