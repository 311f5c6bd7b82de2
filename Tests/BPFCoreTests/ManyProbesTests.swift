// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Testing

@testable import BPFCore

@Suite struct ManyProbesTests {
    private func listed(_ pattern: String, _ files: [String: String]) throws -> [TraceableFunction] {
        let kernel = try FakeKernel(files)
        return try TraceableFunctions.matching(FunctionPattern(reading: pattern[...]), roots: kernel.roots).functions
    }

    private static let folder = "sys/kernel/tracing/"
    private static let names = """
        __ftrace_invalid_address___12
        vfs_read
        vfs_write
        xfs_read [xfs]

        """
    private static let addresses = """
        ffffffff81000010 vfs_read
        ffffffff81000020 vfs_write (1)           R
        ffffffffc0000010 xfs_read [xfs]
        nonsense

        """

    @Test func `functions are found in the list of the function tracer, with addresses where it has them`() throws {
        let plain = [Self.folder + "events/x": "", Self.folder + "available_filter_functions": Self.names]
        #expect(try listed("*", plain).map(\.place) == ["vfs_read", "vfs_write", "xfs:xfs_read"])
        #expect(try listed("vfs_*", plain).allSatisfy { $0.address == nil })
        let better = plain.merging([Self.folder + "available_filter_functions_addrs": Self.addresses]) { $1 }
        let found = try listed("*", better)
        #expect(found.map(\.place) == ["vfs_read", "vfs_write", "xfs:xfs_read"])
        #expect(found.first?.address == 0xffff_ffff_8100_0010)
        #expect(try listed("xfs:*", better).map(\.name) == ["xfs_read"])
    }

    @Test func `without a list the error says what is missing`() throws {
        let error = #expect(throws: BPFError.self) { try listed("vfs_*", [Self.folder + "events/x": ""]) }
        #expect(error?.diagnostic.cause?.contains("no function tracer") == true)
        let other = #expect(throws: BPFError.self) { try listed("vfs_*", [:]) }
        #expect(other?.diagnostic.cause == "tracefs is not mounted")
    }

    @Test func `what a pattern means and takes no program is told with the reason`() throws {
        let symbols = KernelSymbols(
            kallsyms: Array(
                "1000 T vfs_read\n2000 t vfs_init\n3000 t vfs_read.cold\n4000 T tcp_x\n5000 t vfs_a\t[m]\n".utf8))
        let kernel = try FakeKernel([:])
        let left = UnprobedFunctions.of(
            try FunctionPattern(reading: "vfs_*"), besides: ["vfs_read"], symbols: symbols, roots: kernel.roots)
        #expect(left.count == 3)
        #expect(left.first?.hasPrefix("vfs_init: ") == true)
        #expect(left.last?.hasPrefix("m:vfs_a: ") == true)
        // Names are wanted, each of them: one that is nowhere, or one that takes no program.
        func refused(_ text: String) throws -> BPFError {
            let target = try MultiKprobes(reading: text[...], in: MultiKprobes.sections[0])
            return MissingNames.refused(target.functions.terms, of: target, symbols: symbols, roots: kernel.roots)
        }
        #expect(try "\(refused("vfs_init,nowhere"))".contains("there is no function nowhere"))
        #expect(try refused("vfs_init,m:vfs_a").diagnostic.cause?.hasSuffix("the entry of vfs_init, m:vfs_a") == true)
        #expect(try refused("vfs_init").isTargetMissing && refused("nowhere").isTargetMissing)
    }

    @Test func `those that are refused are found by halves`() {
        let bad: Set = [3, 77, 78, 299]
        let found = RefusedParts.find(in: Array(0..<300)) { part throws(Errno) in
            guard part.allSatisfy({ !bad.contains($0) }) else { throw .invalidArgument }
        }
        #expect(found == bad)
        // Where nearly all are refused the search ends.
        let none = RefusedParts.find(in: Array(0..<300)) { _ throws(Errno) in throw .invalidArgument }
        #expect(none == nil)
    }
}
