// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import ProbeCompiler

@Suite("What compilers are given and say") struct CompilerInputTests {
    @Test(
        "names that the compiler does not take are refused in words",
        arguments: [
            (["a/A.swift", "b/A.swift"], "two files are named A.swift: a/A.swift and b/A.swift"),
            (["A.swift", "B.swift", "A.swift"], "A.swift is named twice"),
            ([String(foreignBytes: [0xff]) + ".swift"], "cannot compile"),
        ])
    func names(files: [String], words: String) {
        let error = #expect(throws: ProbeError.self) { try ProbeCompiler(files) }
        #expect(error?.diagnostic.code == .probeSource && error?.diagnostic.message.hasPrefix(words) == true)
    }

    @Test("a source that is no plain file is refused, and not waited for")
    func fifo() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "Probe.swift").path
            #expect(mkfifo(file, 0o600) == 0)
            let error = #expect(throws: ProbeError.self) { try ProbeCompiler([file]) }
            #expect(error?.diagnostic.code == .inputUnreadable && error?.diagnostic.cause == "it is no plain file")
        }
    }

    @Test("an object is made anew for another toolchain, other options and other text, and in no other directory")
    func keys() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "Probe.swift")
            try Data("import BPFKit\n".utf8).write(to: file)
            var options = ProbeOptions()
            let toolchain = Toolchain(folder: "/nowhere")
            let key = try ProbeCompiler([file.path], options).key(toolchain)
            let text = String(decoding: key.bytes, as: UTF8.self)
            #expect(text.contains("-mcpu=v3") && text.contains("-disable-llvm-merge-functions-pass"))
            #expect(!ProbeCompiler.rules.isEmpty && text.contains(ProbeCompiler.rules))
            let kit = String(decoding: KitModule.key(options, toolchain).bytes, as: UTF8.self)
            #expect(kit.contains("-disable-llvm-merge-functions-pass") && kit.contains("RawLayout"))
            #expect(try ProbeCompiler([file.path], options).key(Toolchain(folder: "/other")) != key)
            options.isChecked = true
            #expect(try ProbeCompiler([file.path], options).key(toolchain) != key)
        }
    }

    @Test("lines of a source are found by their numbers")
    func lines() {
        let lines = SourceLines(Array("one\n\nthree".utf8))
        #expect([0, 1, 2, 3, 4, -1, .max].map { lines[$0] } == [nil, "one", "", "three", nil, nil, nil])
        let ended = SourceLines(Array("one\n".utf8))
        #expect(ended[1] == "one" && ended[2] == "" && ended[3] == nil)
    }

    @Test("of many errors the first are shown, and the last one says how many more there are")
    func cut() throws {
        let many = (1...4000).map { Diagnostic(.probeSource, stage: .object, "error \($0)") }
        let shown = CompilerRun.cut(many, "errors")
        #expect(shown.count == 20 && shown.last?.details == ["3980 more errors are not shown"])
        #expect(CompilerRun.cut(Array(many.prefix(20)), "errors") == Array(many.prefix(20)))
    }

    private static let crash = """
        Please submit a bug report and include the crash backtrace.
        Stack dump:
        0.\tProgram arguments: swift-frontend -frontend -emit-ir dir/Probe.swift
        3.\tWhile evaluating request ASTLoweringRequest(Lowering AST to SIL for module Probe)
        4.\tWhile silgen emitFunction SIL function "@$e5Probe1gs5Int32VyYaF".
         for 'g()' (at dir/Probe.swift:2:1)
         #0 0x000055e287507738 main (/opt/swift-frontend+0x72e7738)
        """

    @Test("a crash of the compiler is told with the user's function that it was at")
    func crash() throws {
        let found = try #require(UnplacedErrors.crash(Self.crash, sources: ["./dir/Probe.swift"]))
        #expect(found.code == .probeSource && found.source?.file == "./dir/Probe.swift")
        #expect(found.source?.line == 2 && found.source?.column == 1)
    }

    @Test("a crash at no function of the user, and what is no crash, are none of the probe")
    func otherCrash() {
        #expect(UnplacedErrors.crash(Self.crash, sources: ["Other.swift"]) == nil)
        #expect(UnplacedErrors.crash("for 'g()' (at Probe.swift:2:1)", sources: ["Probe.swift"]) == nil)
    }

    @Test("errors without a place are the probe's, unless the toolchain is what they are about")
    func unplaced() throws {
        let output = "<unknown>:0: error: cannot use a value of protocol type 'any P' in embedded Swift\nnote: x\n"
        let found = UnplacedErrors.diagnostics(output)
        let error = try #require(found.first)
        #expect(found.count == 1 && error.code == .probeExistential && error.source == nil, "\(error)")
        #expect(UnplacedErrors.diagnostics("error: something new: of this probe").first?.code == .probeSource)
        let others = [
            "<unknown>:0: error: unable to load standard library for target 'riscv64-none-none-eabi'",
            "error: unknown argument: '-disable-all-autolinking'", "error: compile command failed due to signal 6",
            "warning: nothing", "",
        ]
        #expect(others.allSatisfy { UnplacedErrors.diagnostics($0).isEmpty })
    }
}
