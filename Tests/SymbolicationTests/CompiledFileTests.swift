// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Foundation
import TestSupport
import Testing

@testable import Symbolication

/// Programs as compilers make them.
struct CompiledFileTests {
    private func compiled(_ source: String, _ arguments: [String]) throws -> UserELF {
        let folder = FileManager.default.temporaryDirectory.appending(path: "compiled-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appending(path: "program.c"), folder.appending(path: "program"))
        try Data(source.utf8).write(to: input)
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = ["gcc"] + arguments + [input.path, "-o", output.path]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
        return try UserELF(FileInMemory(Array(try Data(contentsOf: output))))
    }

    private static let source = """
        #include <stdio.h>
        __attribute__((noinline)) int work(int number) { return puts("work") + number; }
        int main(int count, char **texts) { return work(count); }
        """

    @Test(arguments: [
        ["-O1"], ["-O1", "-no-pie"], ["-O1", "-Wl,-z,now"], ["-O1", "-fcf-protection=none", "-Wl,-z,lazy"],
    ])
    func `functions and the stubs by which others are called have their names`(arguments: [String]) throws {
        let elf = try compiled(Self.source, arguments)
        let functions = FunctionIndex(elf)
        let stubs = CallStub.all(of: elf, elf.dynamicSymbols)
        let stub = try #require(stubs.first { $0.name == "puts@plt" }, "\(stubs)")
        #expect(functions.function(at: stub.address)?.name == "puts@plt")
        let symbols = try #require(elf.symbols)
        var work: UserSymbolTable.Place?
        symbols.forEachFunction { index, name in
            if name.elementsEqual("work".utf8) { work = symbols.place(index) }
            return work == nil
        }
        let place = try #require(work)
        #expect(functions.function(at: place.address + place.size - 1)?.name == "work")
        let offset = try #require(elf.fileOffset(of: place.address))
        #expect(functions.address(ofFileOffset: offset) == place.address)
    }

    @Test func `a stripped program has the stubs of its calls`() throws {
        let elf = try compiled(Self.source, ["-O1", "-s"])
        #expect(!elf.hasSymbols)
        #expect(CallStub.all(of: elf, elf.dynamicSymbols).contains { $0.name == "puts@plt" })
    }
}
