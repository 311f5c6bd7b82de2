// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import load_kp_bpf

/// The pages that `--why` prints, and the document that they come from.
struct CodePageTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `every code has a page, in the order of the codes`() {
        #expect(CodePage.all.map(\.code) == Diagnostic.Code.allCases.map(\.rawValue))
        for page in CodePage.all {
            #expect(!page.means.isEmpty && !page.remedy.isEmpty, "\(page.code)")
        }
    }

    @Test func `every refusal of the verifier is told with the kernel's words`() {
        for page in CodePage.all where page.code.hasPrefix("verifier-") {
            #expect(!page.text.isEmpty, "\(page.code)")
        }
        #expect(CodePage.all.filter { $0.text.contains("```c\n") }.count >= 40)
    }

    @Test func `the pages in the tool are those of the document`() throws {
        let made = try runProcess(Self.root.appending(path: "Scripts/code-pages").path, [])
        try #require(made.status == 0, "\(made.errors)")
        let file = Self.root.appending(path: "Sources/load-kp-bpf/Pages/CodePages.swift")
        #expect(
            try String(contentsOf: file, encoding: .utf8) == made.output,
            "run Scripts/code-pages > Sources/load-kp-bpf/Pages/CodePages.swift")
    }

    @Test func `a page is text of 80 columns with its example, and an object in JSON`() throws {
        let outcome = try Tools.run("load-kp-bpf", ["--why", "verifier-null-pointer"])
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("verifier-null-pointer  (exit code 70)\n"), "\(outcome.output)")
        #expect(outcome.output.contains("      if (!value) return 0;"), "\(outcome.output)")
        #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(outcome.output)")
        let json = try Tools.run("load-kp-bpf", ["--why", "verifier.null-pointer", "--json"])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any], "\(json)")
        #expect(object["code"] as? String == "verifier-null-pointer" && object["exit"] as? Int == 70)
        #expect((object["example"] as? String)?.contains("bpf_map_lookup_elem") == true)
    }

    @Test(arguments: [
        ("verifier-nul-pointer", "verifier-null-pointer"), ("verifier.null-deref", "verifier-null-pointer"),
        ("null-pointer", "verifier-null-pointer"),
    ])
    func `near codes are named for one that is not there`(name: String, near: String) throws {
        let outcome = try Tools.run("load-kp-bpf", ["--why", name])
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("there is no code '\(name)'"), "\(outcome.errors)")
        #expect(outcome.errors.contains(near), "\(outcome.errors)")
    }

    @Test(arguments: [["--why"], ["--why", "x", "--list"], ["--why", "x", "--stats"], ["prog.o", "--why", "x"]])
    func `nothing else goes with it`(arguments: [String]) throws {
        let outcome = try Tools.run("load-kp-bpf", arguments)
        #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome)")
    }

    @Test func `the examples of the page compile`() throws {
        var text = try String(contentsOf: Self.root.appending(path: "Tests/Documents/refusals.c"), encoding: .utf8)
        var count = 0
        for page in CodePage.all {
            for part in page.text.components(separatedBy: "```c\n").dropFirst() {
                let code = part.components(separatedBy: "```")[0]
                count += 1
                let isDeclaration = ["static ", "char LICENSE", "struct {"].contains { code.hasPrefix($0) }
                text +=
                    isDeclaration
                    ? code : "EXAMPLE(example_\(count)) {\n char buffer[64] = {};\n\(code)\nreturn 0;\n}\n"
            }
        }
        try #require(count >= 40)
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "examples.c")
            try Data(text.utf8).write(to: file)
            let clang = try runProcess(Self.root.appending(path: "Scripts/bpf-clang").path, []).output
            let headers =
                "/usr/include/\(try runProcess("uname", ["-m"]).output.trimmingCharacters(in: .newlines))-linux-gnu"
            let outcome = try runProcess(
                clang.trimmingCharacters(in: .newlines),
                [
                    "-O2", "-g", "-Wall", "-Werror", "-Wno-unused", "-fsyntax-only", "-target", "bpf",
                    "-D__TARGET_ARCH_x86",
                    "-idirafter", headers, file.path,
                ])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }
}
