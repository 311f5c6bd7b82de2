// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ProbeCompiler

@Suite("IR nodes") struct IRNodeTests {
    @Test("the fields of a node are texts, numbers, words and other nodes")
    func fields() throws {
        let node = try #require(
            IRNode(
                #"distinct !DISubprogram(name: "a, b(c", scope: !2, line: 31, spFlags: DISPFlagA | DISPFlagB, expr: !DIExpression(DW_OP_x, 3))"#
            ))
        #expect(node.kind == "DISubprogram")
        #expect(node.text("name") == "a, b(c")
        #expect(node.reference("scope") == 2)
        #expect(node.number("line") == 31)
        #expect(node.word("spFlags") == "DISPFlagA | DISPFlagB")
        #expect(node.text("line") == nil)
    }

    @Test("a list of nodes has them in their order, without what is none")
    func list() { #expect(IRNode("!{!3, null, !12}")?.items == [3, 12]) }

    @Test("what is no node is none", arguments: ["", "null", "!", "!DIFile", "!DIFile(filename: \"a\"", "distinct "])
    func damaged(text: String) { #expect(IRNode(Substring(text)) == nil) }
}
